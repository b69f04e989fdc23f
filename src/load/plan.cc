#include "load/plan.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "base/distribution.h"
#include "base/duration.h"
#include "base/text.h"

namespace load {
namespace {

// More are typing errors: no test has ten million users or lasts longer than a year.
constexpr std::uint64_t kMostVus = 10'000'000;
constexpr base::Duration kLongest = std::chrono::hours(24 * 365);

// What is wrong with a scenario, or "" where nothing is.
using Problem = std::string;

Problem check_duration(std::string_view field, base::Duration duration) {
  if (duration < base::Duration::zero()) {
    return fmt::format("{} must not be negative (got {})", field, base::format_duration(duration));
  }
  if (duration > kLongest) {
    return fmt::format("{} must be at most 8760h (got {})", field, base::format_duration(duration));
  }
  return {};
}

Problem check_positive_duration(std::string_view field, base::Duration duration) {
  if (duration > base::Duration::zero()) return check_duration(field, duration);
  return fmt::format("{} must be longer than 0s (got {}); try {} = \"30s\"", field,
                     base::format_duration(duration), field);
}

Problem check_vus(std::uint64_t vus) {
  if (vus < 1) return fmt::format("vus must be at least 1 (got {})", vus);
  if (vus > kMostVus) {
    return fmt::format("vus must be at most {} (got {})", base::format_count(kMostVus),
                       base::format_count(vus));
  }
  return {};
}

// A number of VUs on a ramp's line, which may be a fraction.
Problem check_level(std::string_view field, double level) {
  if (level >= 0 && level <= static_cast<double>(kMostVus)) return {};
  return fmt::format("{} must be from 0 to {} (got {})", field, base::format_count(kMostVus),
                     level);
}

Problem check_name(const Scenario& scenario) {
  const auto allowed = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; };
  const std::string& name = scenario.name;
  if (!name.empty() && std::all_of(name.begin(), name.end(), allowed)) return {};
  return fmt::format("name must be letters, digits, \"_\" and \"-\" (got \"{}\")", name);
}

Problem check_users(const Scenario& scenario) {
  if (scenario.users.empty()) return "users must name at least 1 user class (got 0)";
  for (std::size_t i = 0; i < scenario.users.size(); ++i) {
    const UserClass& user = scenario.users[i];
    if (user.weight > 0 && std::isfinite(user.weight)) continue;
    return fmt::format("users[{}].weight of \"{}\" must be a number above 0 (got {})", i + 1,
                       user.name, user.weight);
  }
  return {};
}

Problem check_common(const Scenario& scenario) {
  if (Problem p = check_name(scenario); !p.empty()) return p;
  if (Problem p = check_duration("start_time", scenario.start_time); !p.empty()) return p;
  if (Problem p = check_duration("graceful_stop", scenario.graceful_stop); !p.empty()) return p;
  return check_users(scenario);
}

Problem check_constant_vus(const Scenario& scenario) {
  if (Problem p = check_vus(scenario.vus); !p.empty()) return p;
  if (!(scenario.spawn_rate >= 0) || !std::isfinite(scenario.spawn_rate)) {
    return fmt::format("spawn_rate must be 0 or more VUs a second (got {})", scenario.spawn_rate);
  }
  return check_positive_duration("duration", scenario.duration);
}

Problem check_stages(const Scenario& scenario) {
  if (scenario.stages.empty())
    return "stages must have at least 1 stage, such as \"30s:10\" (got 0)";
  base::Duration total{};
  for (std::size_t i = 0; i < scenario.stages.size(); ++i) {
    const Stage& stage = scenario.stages[i];
    const std::string place = fmt::format("stages[{}]", i + 1);
    if (Problem p = check_duration(place + ".duration", stage.duration); !p.empty()) return p;
    if (Problem p = check_level(place + ".target", stage.target); !p.empty()) return p;
    total += stage.duration;
    if (Problem p = check_duration("the sum of all stages", total); !p.empty()) return p;
  }
  if (total > base::Duration::zero()) return {};
  return "stages must last longer than 0s in all (got 0s)";
}

Problem check_ramping_vus(const Scenario& scenario) {
  if (Problem p = check_level("start_vus", scenario.start_vus); !p.empty()) return p;
  if (Problem p = check_stages(scenario); !p.empty()) return p;
  if (scenario.max_vus() < 1) {
    return "stages must reach at least 1 VU: start_vus and every target are below 1";
  }
  return check_duration("graceful_ramp_down", scenario.graceful_ramp_down);
}

Problem check_shared_iterations(const Scenario& scenario) {
  if (Problem p = check_vus(scenario.vus); !p.empty()) return p;
  if (scenario.iterations < 1) {
    return fmt::format("iterations must be at least 1 (got {})", scenario.iterations);
  }
  return check_positive_duration("max_duration", scenario.max_duration);
}

Problem check_executor(const Scenario& scenario) {
  switch (scenario.executor) {
    case ExecutorKind::kConstantVus:
      return check_constant_vus(scenario);
    case ExecutorKind::kRampingVus:
      return check_ramping_vus(scenario);
    case ExecutorKind::kSharedIterations:
      break;
  }
  return check_shared_iterations(scenario);
}

}  // namespace

std::string_view to_string(ExecutorKind kind) {
  switch (kind) {
    case ExecutorKind::kConstantVus:
      return "constant-vus";
    case ExecutorKind::kRampingVus:
      return "ramping-vus";
    case ExecutorKind::kSharedIterations:
      break;
  }
  return "shared-iterations";
}

base::Duration Scenario::regular_duration() const {
  switch (executor) {
    case ExecutorKind::kConstantVus:
      return duration;
    case ExecutorKind::kSharedIterations:
      return max_duration;
    case ExecutorKind::kRampingVus:
      break;
  }
  base::Duration total{};
  for (const Stage& stage : stages) total += stage.duration;
  return total;
}

std::uint64_t Scenario::max_vus() const {
  if (executor != ExecutorKind::kRampingVus) return vus;
  double highest = start_vus;
  for (const Stage& stage : stages) highest = std::max(highest, stage.target);
  constexpr double kTolerance = 1e-9;  // As in wanted_spans(): 0.1 * 30 is meant as 3.
  return static_cast<std::uint64_t>(std::floor(highest + kTolerance));
}

base::Result<Stage> parse_stage(std::string_view text) {
  const auto refuse = [text] {
    return base::fail("expected a stage such as \"30s:10\", got \"{}\"", text);
  };
  const auto parts = base::split(text, ':');
  if (parts.size() != 2) return refuse();
  const auto duration = base::parse_duration(parts[0]);
  const auto target = base::parse_number(parts[1]);
  if (!duration || !target) return refuse();
  return Stage{*duration, *target};
}

base::Result<void> validate(const Scenario& scenario) {
  Problem problem = check_common(scenario);
  if (problem.empty()) problem = check_executor(scenario);
  if (problem.empty()) return {};
  return base::fail("scenario \"{}\": {}", scenario.name, problem);
}

}  // namespace load
