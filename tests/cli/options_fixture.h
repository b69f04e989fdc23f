// Options from JSON, as a script or a config file has them, and what comes out of them.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "cli/run_options.h"

namespace tests {

// A script chat.lua with two user classes and a function `browse`, and what stands around it.
struct Given {
  nlohmann::json options = nlohmann::json::object();  // The script's.
  cli::RunFlags flags{};
  cli::OptionSources sources{};
  std::optional<std::vector<load::Stage>> shape{};

  base::Result<cli::RunSettings> consolidate() const {
    static const metrics::Registry registry;
    script::Description description;
    description.options = options;
    description.shape = shape;
    const auto add = [&](const std::string& name, double weight) {
      load::UserClass user;
      user.name = name;
      user.weight = weight;
      user.index = description.classes.size();
      description.classes.push_back(user);
    };
    add("chat", 3);
    add("api", 1);
    add("browse", 1);
    description.default_users = {"chat", "api"};
    cli::RunFlags with_script = flags;
    with_script.script = "chat.lua";
    return cli::consolidate(with_script, sources, description, registry, 7);
  }

  // REQUIRES of the test: no error.
  cli::RunSettings settings() const {
    auto result = consolidate();
    REQUIRE((result ? "" : result.error().message) == "");
    return std::move(*result);
  }

  load::Scenario scenario() const { return settings().plan.scenarios.front(); }

  std::string error() const {
    const auto result = consolidate();
    return result ? "" : result.error().message;
  }
};

inline Given with_options(const nlohmann::json& options) { return {options}; }

inline Given with_scenario(const nlohmann::json& scenario) {
  return {{{"scenarios", {{"peak", scenario}}}}};
}

inline std::vector<std::string> names(const std::vector<load::UserClass>& users) {
  std::vector<std::string> list;
  for (const load::UserClass& user : users) list.push_back(user.name);
  return list;
}

}  // namespace tests
