// Scenarios and stages as options write them.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "load/plan.h"
#include "metrics/registry.h"
#include "script/script.h"

namespace cli {

// What the readers of options need to know beside the values.
struct Reading {
  const metrics::Registry& registry;
  const script::Description& description;
  std::string directory;  // Where relative paths begin; "" for the working directory.
};

// A path as it is written in options, seen from the working directory.
std::string resolve_path(const std::string& path, const Reading& reading);

struct ScenarioOptions {
  load::Scenario scenario;
  std::set<std::string> given;  // The fields that were given; the others have their defaults.
};

// { name = { executor = …, … }, … }, in the order of their names.
//
// Errors: name the field by its path, and, where a field does not belong to the executor, those it
// goes with: `.peak.rate: goes with constant-arrival-rate, not with constant-vus`.
base::Result<std::vector<ScenarioOptions>> read_scenarios(const nlohmann::json& value,
                                                          const Reading& reading);

// A list such as { "30s:10", { duration = "1m", target = 0 } }. Targets are VUs, so whole numbers,
// unless `fractions` says that they are rates.
base::Result<std::vector<load::Stage>> read_stages(const nlohmann::json& value, bool fractions);

// The script's classes of these names. Errors: an unknown name, with "did you mean".
base::Result<std::vector<load::UserClass>> find_classes(const std::vector<std::string>& names,
                                                        const script::Description& description);

// As the result file has it: the executor's own fields, durations in seconds as "…_s".
nlohmann::json describe_scenario(const load::Scenario& scenario);

// All fields that a scenario can have, `executor` included.
std::vector<std::string> scenario_field_names();

}  // namespace cli
