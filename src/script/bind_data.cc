// Data files and made-up text.
#include <filesystem>

#include "base/random_text.h"
#include "script/bindings.h"
#include "script/script.h"

namespace script {
namespace {

constexpr const char* kDataSetType = "perigee.native.DataSet";

base::RowFile::Format check_format(lua_State* L, int index) {
  using Format = base::RowFile::Format;
  const std::string_view name = check_text(L, index);
  if (name == "jsonl") return Format::kJsonLines;
  if (name == "json") return Format::kJson;
  if (name == "csv") return Format::kCsv;
  if (name == "lines") return Format::kLines;
  luaL_argerror(L, index, "expected jsonl, json, csv or lines");
  return Format::kLines;
}

int raise_plain(lua_State* L, const std::string& text) {
  lua_pushlstring(L, text.data(), text.size());
  return lua_error(L);
}

int l_data_open(lua_State* L) {
  const std::string_view path = check_text(L, 1);
  const base::RowFile::Format format = check_format(L, 2);
  Script& script = Script::of(L);
  if (script.current() != nullptr) {
    return raise(L, "data files are opened while the script loads");
  }
  // The handle's place is made first: allocating may raise.
  auto** handle = static_cast<DataSet**>(lua_newuserdata(L, sizeof(DataSet*)));
  const std::string file = (std::filesystem::path(script.directory()) / path).lexically_normal();
  const auto set = script.surroundings().shared.data_set(file, format);
  if (!set) return raise_plain(L, set.error().message);
  *handle = *set;
  luaL_getmetatable(L, kDataSetType);
  lua_setmetatable(L, -2);
  return 1;
}

DataSet& check_data_set(lua_State* L) {
  return **static_cast<DataSet**>(luaL_checkudata(L, 1, kDataSetType));
}

int l_size(lua_State* L) {
  lua_pushnumber(L, static_cast<double>(check_data_set(L).rows().size()));
  return 1;
}

int l_row(lua_State* L) {
  const base::RowFile& rows = check_data_set(L).rows();
  const lua_Number row = luaL_checknumber(L, 2);
  if (!(row >= 1 && row <= static_cast<lua_Number>(rows.size()))) {
    return luaL_argerror(L, 2, "no such row");
  }
  return push_row(L, rows, static_cast<std::size_t>(row) - 1);
}

int l_next_sequential(lua_State* L) {
  lua_pushnumber(L, static_cast<double>(check_data_set(L).next_sequential() + 1));
  return 1;
}

int l_next_unique(lua_State* L) {
  const auto row = check_data_set(L).next_unique();
  if (!row) return 0;
  lua_pushnumber(L, static_cast<double>(*row + 1));
  return 1;
}

int l_random_text(lua_State* L) {
  constexpr lua_Number kMostTokens = 10'000'000;
  const lua_Number tokens = luaL_checknumber(L, 1);
  const lua_Number seed = luaL_checknumber(L, 2);
  if (!(tokens >= 0 && tokens <= kMostTokens)) {
    return luaL_argerror(L, 1, "expected 0 to 10,000,000 tokens");
  }
  if (!(seed >= -0x1p53 && seed <= 0x1p53)) return luaL_argerror(L, 2, "expected a whole number");
  const std::string text =
      base::random_text(static_cast<std::uint64_t>(tokens),
                        static_cast<std::uint64_t>(static_cast<std::int64_t>(seed)));
  lua_pushlstring(L, text.data(), text.size());
  return 1;
}

constexpr luaL_Reg kFunctions[] = {
    {"data_open", &guarded<l_data_open>},
    {"random_text", &guarded<l_random_text>},
    {nullptr, nullptr},
};

constexpr luaL_Reg kMethods[] = {
    {"size", &guarded<l_size>},
    {"row", &guarded<l_row>},
    {"next_sequential", &guarded<l_next_sequential>},
    {"next_unique", &guarded<l_next_unique>},
    {nullptr, nullptr},
};

}  // namespace

const luaL_Reg* data_functions() { return kFunctions; }

void make_data_metatable(lua_State* L) {
  luaL_newmetatable(L, kDataSetType);
  lua_newtable(L);
  for (const luaL_Reg* entry = kMethods; entry->name != nullptr; ++entry) {
    lua_pushcfunction(L, entry->func);
    lua_setfield(L, -2, entry->name);
  }
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

}  // namespace script
