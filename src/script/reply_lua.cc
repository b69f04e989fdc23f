#include "script/reply_lua.h"

#include <lua.hpp>
#include <string>
#include <vector>

#include "script/bindings.h"

namespace script {
namespace {

void push_seconds(lua_State* L, const char* name, const std::optional<base::Duration>& duration) {
  if (duration) set_number(L, name, base::to_seconds(*duration));
}

void push_tool_uses(lua_State* L, const std::vector<llm::ToolUse>& tool_uses) {
  lua_createtable(L, static_cast<int>(tool_uses.size()), 0);
  for (std::size_t i = 0; i < tool_uses.size(); ++i) {
    lua_createtable(L, 0, 3);
    set_text(L, "id", tool_uses[i].id);
    set_text(L, "name", tool_uses[i].name);
    set_text(L, "input_json", tool_uses[i].input_json);
    lua_rawseti(L, -2, static_cast<int>(i + 1));
  }
  lua_setfield(L, -2, "tool_uses");
}

// The field's table, made where there is none; left on the stack.
void push_subtable(lua_State* L, std::string_view name) {
  const std::string key(name);
  lua_getfield(L, -1, key.c_str());
  if (!lua_isnil(L, -1)) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, key.c_str());
}

// By quantity; those of other tiers in a table of their own.
void push_limits(lua_State* L, const std::vector<llm::RateLimit>& limits) {
  lua_newtable(L);
  for (const llm::RateLimit& limit : limits) {
    const bool standard = limit.tier == llm::LimitTier::kStandard;
    if (!standard) push_subtable(L, llm::to_string(limit.tier));
    lua_createtable(L, 0, 4);
    set_number(L, "limit", limit.limit);
    set_number(L, "remaining", limit.remaining);
    set_number(L, "used", limit.used());
    push_seconds(L, "reset", limit.reset);
    lua_setfield(L, -2, std::string(llm::to_string(limit.quantity)).c_str());
    if (!standard) lua_pop(L, 1);
  }
  lua_setfield(L, -2, "limits");
}

}  // namespace

void push_usage(lua_State* L, const llm::Usage& usage) {
  lua_createtable(L, 0, 5);
  set_number(L, "input_tokens", static_cast<double>(usage.input_tokens));
  set_number(L, "output_tokens", static_cast<double>(usage.output_tokens));
  set_number(L, "cache_read_tokens", static_cast<double>(usage.cache_read_tokens));
  set_number(L, "cache_write_tokens", static_cast<double>(usage.cache_write_tokens));
  set_number(L, "thinking_tokens", static_cast<double>(usage.thinking_tokens.value_or(0)));
  lua_setfield(L, -2, "usage");
}

void push_reply(lua_State* L, const client::LlmAnswer& answer) {
  const llm::Reply& reply = answer.reply;
  const auto failed_as = [&](llm::ErrorKind kind) {
    return reply.failure && reply.failure->kind == kind;
  };
  lua_createtable(L, 0, 32);
  set_flag(L, "ok", answer.outcome == client::Outcome::kCompleted);
  set_number(L, "status", answer.status);
  set_text(L, "text", reply.text);
  set_text(L, "thinking", reply.thinking);
  set_text(L, "stop_reason", reply.stop_reason);
  set_text(L, "model", reply.model);
  set_text(L, "id", reply.id);
  set_text(L, "request_id", answer.request_id);
  push_tool_uses(L, reply.tool_uses);
  push_usage(L, reply.usage);
  push_seconds(L, "ttft", answer.ttft);
  push_seconds(L, "ttft_text", answer.ttft_text);
  push_seconds(L, "tpot", answer.tpot);
  push_seconds(L, "thinking_duration", answer.thinking_duration);
  push_seconds(L, "text_duration", answer.text_duration);
  push_seconds(L, "tool_input_duration", answer.tool_input_duration);
  set_number(L, "duration", base::to_seconds(answer.duration));
  set_number(L, "retries", answer.retries);
  set_number(L, "queue_time", base::to_seconds(answer.queue_time));
  set_number(L, "events", static_cast<double>(reply.events));
  set_text(L, "cache", answer.cache);
  set_flag(L, "rate_limited", failed_as(llm::ErrorKind::kRateLimited));
  set_flag(L, "overloaded", failed_as(llm::ErrorKind::kOverloaded));
  set_flag(L, "truncated", failed_as(llm::ErrorKind::kTruncated));
  set_flag(L, "cancelled", answer.cancelled);
  set_flag(L, "censored", answer.outcome == client::Outcome::kCensored);
  if (answer.cost_usd) set_number(L, "cost_usd", *answer.cost_usd);
  push_limits(L, answer.limits);
  if (!reply.failure) return;
  push_failure(L, *reply.failure);
  lua_setfield(L, -2, "error");
}

void push_failure(lua_State* L, const llm::Failure& failure) {
  lua_createtable(L, 0, 7);
  set_text(L, "kind", llm::to_string(failure.kind));
  set_number(L, "status", failure.status);
  set_text(L, "type", failure.type);
  set_text(L, "message", failure.message);
  set_text(L, "request_id", failure.request_id);
  const bool limited = failure.kind == llm::ErrorKind::kRateLimited;
  set_text(L, "limit", limited ? llm::to_string(failure.limit) : "");
  push_seconds(L, "retry_after", failure.retry_after);
}

}  // namespace script
