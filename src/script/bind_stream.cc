#include "script/bindings.h"
#include "script/llm_stream.h"
#include "script/lua_vu.h"

namespace script {
namespace {

using llm::CustomRules;

CustomRules rules_fields(lua_State* L) {
  CustomRules rules;
  if (text_field(L, 1, "format") == "lines") rules.format = CustomRules::Format::kLines;
  rules.content_pointer = text_field(L, 1, "content_pointer");
  if (!rules.content_pointer.empty()) rules.content = CustomRules::ContentRule::kPointer;
  if (flag_field(L, 1, "content_told")) rules.content = CustomRules::ContentRule::kTold;
  rules.done_text = text_field(L, 1, "done_text");
  rules.done_pointer = text_field(L, 1, "done_pointer");
  rules.input_tokens_pointer = text_field(L, 1, "input_tokens_pointer");
  rules.output_tokens_pointer = text_field(L, 1, "output_tokens_pointer");
  return rules;
}

int l_stream_open(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  LuaVu& vu = check_vu(L, "perigee.http.stream");
  client::LlmSpec spec = llm_fields(L, vu);
  spec.dialect = client::Dialect::kCustom;
  spec.rules = rules_fields(L);
  spec.stream = true;
  spec.request.user_password = text_field(L, 1, "user_password");
  spec.request.cookie = text_field(L, 1, "cookie");
  if (!flag_field(L, 1, "no_cookies")) spec.request.cookies = vu.cookies();
  return push_new_stream(L, vu, std::move(spec));
}

constexpr luaL_Reg kFunctions[] = {
    {"stream_open", &guarded<l_stream_open>},
    {nullptr, nullptr},
};

}  // namespace

const luaL_Reg* stream_functions() { return kFunctions; }

}  // namespace script
