// The rules of a plan's fields: validate().
#include <algorithm>
#include <cctype>
#include <cmath>

#include "base/duration.h"
#include "base/text.h"
#include "load/plan.h"

namespace load {
namespace {

// More are typing errors: no test has ten million users, lasts longer than a year or starts more
// than a million iterations a second.
constexpr std::uint64_t kMostVus = 10'000'000;
constexpr base::Duration kLongest = std::chrono::hours(24 * 365);
constexpr double kFastest = 1e6;
// Beyond them nearly all gaps are too short for a number, or all are the same.
constexpr double kLeastBurstiness = 0.01;
constexpr double kMostBurstiness = 1000;

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

Problem check_positive(std::string_view field, double number) {
  if (number > 0 && std::isfinite(number)) return {};
  return fmt::format("{} must be a number above 0 (got {})", field, number);
}

Problem check_vus(std::string_view field, std::uint64_t vus) {
  if (vus < 1) return fmt::format("{} must be at least 1 (got {})", field, vus);
  if (vus > kMostVus) {
    return fmt::format("{} must be at most {} (got {})", field, base::format_count(kMostVus),
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

// A number of starts per time unit. REQUIRES: a time unit above zero.
Problem check_rate(const Scenario& scenario, std::string_view field, double rate) {
  if (!(rate >= 0) || !std::isfinite(rate)) {
    return fmt::format("{} must be 0 or more (got {})", field, rate);
  }
  if (rate / base::to_seconds(scenario.time_unit) <= kFastest) return {};
  return fmt::format("{} must be at most 1,000,000 starts a second (got {} per {})", field, rate,
                     base::format_duration(scenario.time_unit));
}

Problem check_name(const Scenario& scenario) {
  const auto allowed = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; };
  const std::string& name = scenario.name;
  if (!name.empty() && std::all_of(name.begin(), name.end(), allowed)) return {};
  return fmt::format("name must be letters, digits, \"_\" and \"-\" (got \"{}\")", name);
}

Problem check_fixed_counts(const Scenario& scenario) {
  std::uint64_t fixed = 0;
  for (const UserClass& user : scenario.users) {
    if (!user.fixed_count) return {};
    fixed += *user.fixed_count;
  }
  const std::uint64_t vus = scenario.most_vus();
  if (is_open(scenario.executor) || vus <= fixed) return {};
  return fmt::format(
      "users all have a fixed_count, {} VUs in all, but there are {} VUs; leave fixed_count out of "
      "one user class, so that it gets the others",
      base::format_count(fixed), base::format_count(vus));
}

Problem check_users(const Scenario& scenario) {
  if (scenario.users.empty()) return "users must name at least 1 user class (got 0)";
  for (std::size_t i = 0; i < scenario.users.size(); ++i) {
    const UserClass& user = scenario.users[i];
    const std::string place = fmt::format("users[{}]", i + 1);
    if (Problem p =
            check_positive(fmt::format("{}.weight of \"{}\"", place, user.name), user.weight);
        !p.empty()) {
      return p;
    }
    if (user.fixed_count.value_or(0) > kMostVus) {
      return fmt::format("{}.fixed_count of \"{}\" must be at most {} (got {})", place, user.name,
                         base::format_count(kMostVus), base::format_count(*user.fixed_count));
    }
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
  if (Problem p = check_vus("vus", scenario.vus); !p.empty()) return p;
  if (!(scenario.spawn_rate >= 0) || !std::isfinite(scenario.spawn_rate)) {
    return fmt::format("spawn_rate must be 0 or more VUs a second (got {})", scenario.spawn_rate);
  }
  return check_positive_duration("duration", scenario.duration);
}

template <typename CheckTarget>
Problem check_stages(const Scenario& scenario, const CheckTarget& check_target) {
  if (scenario.stages.empty())
    return "stages must have at least 1 stage, such as \"30s:10\" (got 0)";
  base::Duration total{};
  for (std::size_t i = 0; i < scenario.stages.size(); ++i) {
    const Stage& stage = scenario.stages[i];
    const std::string place = fmt::format("stages[{}]", i + 1);
    if (Problem p = check_duration(place + ".duration", stage.duration); !p.empty()) return p;
    if (Problem p = check_target(place + ".target", stage.target); !p.empty()) return p;
    total += stage.duration;
    if (Problem p = check_duration("the sum of all stages", total); !p.empty()) return p;
  }
  if (total > base::Duration::zero()) return {};
  return "stages must last longer than 0s in all (got 0s)";
}

Problem check_ramping_vus(const Scenario& scenario) {
  if (Problem p = check_level("start_vus", scenario.start_vus); !p.empty()) return p;
  if (Problem p = check_stages(scenario, check_level); !p.empty()) return p;
  if (scenario.most_vus() < 1) {
    return "stages must reach at least 1 VU: start_vus and every target are below 1";
  }
  return check_duration("graceful_ramp_down", scenario.graceful_ramp_down);
}

Problem check_iterations(const Scenario& scenario) {
  if (Problem p = check_vus("vus", scenario.vus); !p.empty()) return p;
  if (scenario.iterations < 1) {
    return fmt::format("iterations must be at least 1 (got {})", scenario.iterations);
  }
  const bool shared = scenario.executor == ExecutorKind::kSharedIterations;
  if (shared && scenario.iterations < scenario.vus) {
    return fmt::format(
        "iterations must be at least vus, {}, since the VUs share them (got {}); start fewer VUs",
        scenario.vus, scenario.iterations);
  }
  return check_positive_duration("max_duration", scenario.max_duration);
}

Problem check_pool(const Scenario& scenario) {
  if (Problem p = check_vus("max_vus", scenario.max_vus); !p.empty()) return p;
  if (scenario.pre_allocated_vus <= scenario.max_vus) return {};
  return fmt::format("pre_allocated_vus must be at most max_vus, {} (got {})",
                     base::format_count(scenario.max_vus),
                     base::format_count(scenario.pre_allocated_vus));
}

Problem check_burstiness(double burstiness) {
  if (burstiness >= kLeastBurstiness && burstiness <= kMostBurstiness) return {};
  return fmt::format("arrival.gamma, the burstiness, must be from {} to {} (got {})",
                     kLeastBurstiness, kMostBurstiness, burstiness);
}

Problem check_arrival(const Scenario& scenario) {
  if (Problem p = check_positive_duration("time_unit", scenario.time_unit); !p.empty()) return p;
  if (scenario.arrival.kind == Arrival::Kind::kGamma) {
    return check_burstiness(scenario.arrival.burstiness);
  }
  return {};
}

Problem check_constant_arrival_rate(const Scenario& scenario) {
  if (Problem p = check_arrival(scenario); !p.empty()) return p;
  if (Problem p = check_positive("rate", scenario.rate); !p.empty()) return p;
  if (Problem p = check_rate(scenario, "rate", scenario.rate); !p.empty()) return p;
  if (Problem p = check_positive_duration("duration", scenario.duration); !p.empty()) return p;
  return check_pool(scenario);
}

Problem check_ramping_arrival_rate(const Scenario& scenario) {
  const auto check_target = [&scenario](std::string_view field, double target) {
    return check_rate(scenario, field, target);
  };
  if (Problem p = check_arrival(scenario); !p.empty()) return p;
  if (Problem p = check_target("start_rate", scenario.start_rate); !p.empty()) return p;
  if (Problem p = check_stages(scenario, check_target); !p.empty()) return p;
  const bool starts_any =
      scenario.start_rate > 0 || std::any_of(scenario.stages.begin(), scenario.stages.end(),
                                             [](const Stage& stage) { return stage.target > 0; });
  if (!starts_any) return "stages must reach a rate above 0: start_rate and every target are 0";
  return check_pool(scenario);
}

Problem check_trace(const Scenario& scenario) {
  if (!scenario.trace || scenario.trace->arrivals.empty()) {
    return "trace must have at least 1 arrival (got 0)";
  }
  if (Problem p = check_positive("speed", scenario.speed); !p.empty()) return p;
  // In seconds, since a tiny speed would leave the range of a duration.
  const double length = base::to_seconds(scenario.trace->arrivals.back().due) / scenario.speed;
  if (length > base::to_seconds(kLongest)) {
    return fmt::format("speed must be high enough to replay the trace within 8760h (got {})",
                       scenario.speed);
  }
  return check_pool(scenario);
}

Problem check_executor(const Scenario& scenario) {
  switch (scenario.executor) {
    case ExecutorKind::kConstantVus:
      return check_constant_vus(scenario);
    case ExecutorKind::kRampingVus:
      return check_ramping_vus(scenario);
    case ExecutorKind::kConstantArrivalRate:
      return check_constant_arrival_rate(scenario);
    case ExecutorKind::kRampingArrivalRate:
      return check_ramping_arrival_rate(scenario);
    case ExecutorKind::kTrace:
      return check_trace(scenario);
    case ExecutorKind::kSharedIterations:
    case ExecutorKind::kPerVuIterations:
      break;
  }
  return check_iterations(scenario);
}

}  // namespace

base::Result<void> validate(const Scenario& scenario) {
  Problem problem = check_common(scenario);
  if (problem.empty()) problem = check_executor(scenario);
  if (problem.empty()) problem = check_fixed_counts(scenario);
  if (problem.empty()) return {};
  return base::fail("scenario \"{}\": {}", scenario.name, problem);
}

}  // namespace load
