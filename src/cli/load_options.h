// The load that options ask for: the levels' load options, laid over each other, as scenarios.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/scenario_options.h"
#include "load/plan.h"
#include "metrics/tags.h"
#include "script/script.h"

namespace cli {

// The load of one level (config file, script, environment, flags), or of several laid over each
// other; what was not said is empty.
struct LoadOptions {
  std::optional<std::uint64_t> vus;
  std::optional<double> spawn_rate;
  std::optional<base::Duration> duration;
  std::optional<std::uint64_t> iterations;
  std::optional<std::vector<load::Stage>> stages;
  std::optional<std::uint64_t> start_vus;
  std::optional<base::Duration> max_duration;
  std::optional<base::Duration> graceful_stop;
  std::optional<base::Duration> graceful_ramp_down;
  std::optional<std::vector<ScenarioOptions>> scenarios;
  std::optional<std::vector<load::Stage>> shape;  // From the script's function of that name.

  // The graceful times stand above the level of the scenarios, and so replace theirs.
  bool graceful_stop_wins = false;
  bool graceful_ramp_down_wins = false;

  bool has_length() const { return duration || iterations || stages || scenarios || shape; }
};

// Errors: fields of one level that exclude each other. `level` names it, as in
// "chat.lua: options".
base::Result<void> check_load(const LoadOptions& load, const std::string& level);

// A higher level's duration, iterations, stages, scenarios or shape replace all of these of the
// level below it, as in k6; vus and the graceful times are replaced one by one, but VUs that came
// from below are no more than the iterations. Says in `notes` when scenarios or a shape are
// replaced.
//
// Errors: vus or spawn_rate over scenarios or a shape, which have VUs of their own.
base::Result<LoadOptions> lay_over(LoadOptions below, const LoadOptions& above,
                                   const std::string& level, std::vector<std::string>& notes);

// The scenarios, complete with users, tags and bounds of their VUs (which depend on what so many
// workers need themselves), and checked.
base::Result<std::vector<load::Scenario>> make_scenarios(const LoadOptions& load,
                                                         const script::Description& description,
                                                         const metrics::TagSet& tags,
                                                         std::uint64_t workers);

}  // namespace cli
