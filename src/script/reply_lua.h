// Replies as Lua tables.
#pragma once

#include "client/llm_spec.h"
#include "llm/error_kind.h"
#include "llm/reply.h"

struct lua_State;

namespace script {

// Pushes the table that perigee.llm completes; its fields are those of perigee.llm.Reply.
void push_reply(lua_State* L, const client::LlmAnswer& answer);

// Sets the field `usage` of the table on top to a perigee.llm.Usage.
void push_usage(lua_State* L, const llm::Usage& usage);

// Pushes a perigee.llm.Error.
void push_failure(lua_State* L, const llm::Failure& failure);

}  // namespace script
