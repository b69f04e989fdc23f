// Opening streams from scripts: what the bindings of all dialects share.
#pragma once

#include "client/llm_call.h"
#include "script/bindings.h"

namespace script {

// The fields of the request table at 1 that all dialects have.
client::LlmSpec llm_fields(lua_State* L, const LuaVu& vu);

// Starts the request and pushes its handle, a perigee.native.LlmStream: a binding's last statement.
int push_new_stream(lua_State* L, LuaVu& vu, client::LlmSpec spec);

}  // namespace script
