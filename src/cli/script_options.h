// The options table of a script, as read from its JSON.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "load/plan.h"
#include "metrics/registry.h"
#include "metrics/threshold.h"

namespace cli {

// The load of one level (script or flags); what it does not say is empty.
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

  bool has_length() const { return duration || iterations || stages; }
};

struct ScriptOptions {
  LoadOptions load;
  std::vector<metrics::Threshold> thresholds;
  std::optional<std::uint64_t> seed;
};

// Errors: name the field by its path, what was expected and what was given, with "did you mean" for
// an unknown one: `options: unknown field "durration" (did you mean "duration"?)`,
// `options.stages[2].duration: expected a duration such as "30s", got "30x"`.
base::Result<ScriptOptions> read_script_options(const nlohmann::json& options,
                                                const metrics::Registry& registry);

}  // namespace cli
