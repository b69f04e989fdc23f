// Tags and groups of what a VU records.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "script/bindings.h"
#include "script/lua_vu.h"
#include "script/script.h"

namespace script {
namespace {

// Tags that say what a sample is about; a script's own value would make reports lie.
constexpr std::array<std::string_view, 4> kReserved = {"scenario", "user", "task", "group"};

int l_set_task(lua_State* L) {
  const std::string name(check_text(L, 1));
  check_vu(L, "set_task").set_task(name);
  return 0;
}

int l_set_tag(lua_State* L) {
  const std::string name(check_text(L, 1));
  const std::string value(check_text(L, 2));
  if (name.empty()) return raise(L, "a tag's name must not be empty");
  if (std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end()) {
    return raise(L, fmt::format("the tag \"{}\" is set by perigee; choose another name", name));
  }
  check_vu(L, "a tag").set_tag(name, value);
  return 0;
}

// A strand's groups are its own, so a coroutine of the script's uses those of the one it runs in.
Strand& check_strand(lua_State* L) {
  check_vu(L, "perigee.group");
  Strand* strand = Script::of(L).strand();
  if (strand == nullptr) raise(L, "perigee.group is not available where a pause is drawn");
  return *strand;
}

int l_group_begin(lua_State* L) {
  const std::string name(check_text(L, 1));
  if (name.empty()) return raise(L, "a group's name must not be empty");
  check_strand(L).begin_group(name);
  return 0;
}

int l_group_end(lua_State* L) {
  if (!check_strand(L).end_group()) return raise(L, "no group is open here");
  return 0;
}

constexpr luaL_Reg kFunctions[] = {
    {"set_task", &guarded<l_set_task>},
    {"set_tag", &guarded<l_set_tag>},
    {"group_begin", &guarded<l_group_begin>},
    {"group_end", &guarded<l_group_end>},
    {nullptr, nullptr},
};

}  // namespace

const luaL_Reg* tag_functions() { return kFunctions; }

}  // namespace script
