#include "script/description.h"

#include <lua.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "script/json_text.h"

namespace script {
namespace {

// The field as a JSON tree; null where there is none.
base::Result<nlohmann::json> field(lua_State* L, const char* name) {
  lua_getfield(L, -1, name);
  auto tree = to_json_tree(L, -1);
  lua_pop(L, 1);
  if (!tree) return base::fail_at(name, tree.error());
  return tree;
}

bool has(lua_State* L, const char* name) {
  lua_getfield(L, -1, name);
  const bool value = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return value;
}

load::UserClass to_class(const nlohmann::json& from, std::size_t index) {
  load::UserClass user_class{.name = from.at("name"), .weight = from.at("weight")};
  if (from.contains("fixed_count")) user_class.fixed_count = from.at("fixed_count");
  user_class.has_on_start = from.at("on_start");
  user_class.index = index;
  return user_class;
}

}  // namespace

base::Result<Description> read_description(lua_State* L) {
  Description description;
  auto options = field(L, "options");
  if (!options) return tl::unexpected(options.error());
  if (!options->is_null() && !options->empty()) description.options = std::move(*options);

  const auto classes = field(L, "classes");
  if (!classes) return tl::unexpected(classes.error());
  for (const nlohmann::json& entry : *classes) {
    description.classes.push_back(to_class(entry, description.classes.size()));
    description.tasks[entry.at("name")] = entry.at("tasks");
  }
  const auto default_users = field(L, "default_users");
  if (!default_users) return tl::unexpected(default_users.error());
  for (const nlohmann::json& name : *default_users) description.default_users.push_back(name);

  const auto shape = field(L, "shape");
  if (!shape) return tl::unexpected(shape.error());
  if (!shape->is_null()) description.shape.emplace();
  for (const nlohmann::json& stage : *shape) {
    description.shape->push_back(
        {base::from_seconds(stage.at("duration")), stage.at("target").get<double>()});
  }
  description.has_setup = has(L, "setup");
  description.has_teardown = has(L, "teardown");
  description.has_summary = has(L, "summary");
  return description;
}

}  // namespace script
