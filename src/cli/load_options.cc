#include "cli/load_options.h"

#include <algorithm>

#include "cli/host.h"

namespace cli {
namespace {

using base::Result;
using load::ExecutorKind;
using load::Scenario;

// Open scenarios that do not bound their VUs may have so many.
constexpr std::uint64_t kDefaultMaxVus = 10'000;

// The first of the short forms that a level has, or nullptr.
const char* short_form(const LoadOptions& load) {
  if (load.duration) return "duration";
  if (load.iterations) return "iterations";
  if (load.stages) return "stages";
  if (load.vus) return "vus";
  if (load.spawn_rate) return "spawn_rate";
  if (load.start_vus) return "start_vus";
  if (load.max_duration) return "max_duration";
  return nullptr;
}

void replace_length(LoadOptions& merged, const LoadOptions& above) {
  if (above.scenarios || above.shape) merged.vus.reset();
  // What belongs to the plan that is replaced goes with it.
  if (!above.duration) merged.spawn_rate.reset();
  merged.duration = above.duration;
  merged.iterations = above.iterations;
  merged.stages = above.stages;
  merged.scenarios = above.scenarios;
  merged.shape = above.shape;
  merged.start_vus.reset();
  merged.max_duration.reset();
}

// k6's short forms: stages ramp, iterations are shared, a duration keeps the VUs constant, and VUs
// alone share as many iterations as there are VUs.
Result<Scenario> short_scenario(const LoadOptions& load) {
  Scenario scenario;
  scenario.vus = load.vus.value_or(1);
  scenario.graceful_stop = load.graceful_stop.value_or(scenario.graceful_stop);
  scenario.graceful_ramp_down = load.graceful_ramp_down.value_or(scenario.graceful_ramp_down);
  if (load.spawn_rate && (!load.duration || load.iterations)) {
    return base::fail("options: spawn_rate goes with a duration; a ramp is written as stages");
  }
  if (load.start_vus && !load.stages) return base::fail("options: start_vus goes with stages");
  if (load.max_duration && !load.iterations && load.has_length()) {
    return base::fail("options: max_duration goes with iterations");
  }
  if (load.shape) {
    scenario.executor = ExecutorKind::kRampingVus;
    scenario.stages = *load.shape;
    scenario.start_vus = 0;
  } else if (load.stages) {
    scenario.executor = ExecutorKind::kRampingVus;
    scenario.stages = *load.stages;
    scenario.start_vus = static_cast<double>(load.start_vus.value_or(load.vus.value_or(1)));
  } else if (load.iterations || !load.duration) {
    scenario.executor = ExecutorKind::kSharedIterations;
    scenario.iterations = load.iterations.value_or(scenario.vus);
    scenario.max_duration =
        load.duration.value_or(load.max_duration.value_or(scenario.max_duration));
  } else {
    scenario.executor = ExecutorKind::kConstantVus;
    scenario.duration = *load.duration;
    scenario.spawn_rate = load.spawn_rate.value_or(0);
  }
  return scenario;
}

Scenario full_scenario(const ScenarioOptions& options, const LoadOptions& load) {
  Scenario scenario = options.scenario;
  if (load.graceful_stop && (load.graceful_stop_wins || !options.given.contains("graceful_stop"))) {
    scenario.graceful_stop = *load.graceful_stop;
  }
  if (load.graceful_ramp_down &&
      (load.graceful_ramp_down_wins || !options.given.contains("graceful_ramp_down"))) {
    scenario.graceful_ramp_down = *load.graceful_ramp_down;
  }
  return scenario;
}

// Bounds the VUs of the open scenarios that do not say how many they may have, so that all
// scenarios together fit into what the process may open.
void bound_open_scenarios(std::vector<Scenario>& scenarios, std::uint64_t workers) {
  const auto unbounded = [](const Scenario& s) {
    return load::is_open(s.executor) && s.max_vus == 0;
  };
  const auto count = std::count_if(scenarios.begin(), scenarios.end(), unbounded);
  if (count == 0) return;
  std::uint64_t taken = 0;
  for (const Scenario& scenario : scenarios) {
    if (!unbounded(scenario)) taken += scenario.most_vus();
  }
  const std::uint64_t most = most_connections(workers);
  const std::uint64_t share = (most - std::min(most, taken)) / static_cast<std::uint64_t>(count);
  for (Scenario& scenario : scenarios) {
    if (!unbounded(scenario)) continue;
    scenario.max_vus =
        std::max({std::uint64_t{1}, scenario.pre_allocated_vus, std::min(share, kDefaultMaxVus)});
  }
}

Result<void> complete(Scenario& scenario, const script::Description& description,
                      const metrics::TagSet& tags) {
  if (scenario.users.empty()) {
    auto users = find_classes(description.default_users, description);
    if (!users) return tl::unexpected(users.error());
    if (users->empty()) {
      return base::fail(
          "scenario \"{}\": the script has neither users nor default to run; a scenario names what "
          "it runs with exec, and load flags take the place of the script's scenarios",
          scenario.name);
    }
    scenario.users = std::move(*users);
  }
  metrics::TagSet all = tags;
  for (const auto& [key, value] : scenario.tags.tags()) all.set(key, value);
  scenario.tags = std::move(all);
  return load::validate(scenario);
}

}  // namespace

Result<void> check_load(const LoadOptions& load, const std::string& level) {
  const char* form = short_form(load);
  if (load.scenarios && form != nullptr) {
    return base::fail("{}: scenarios and {} exclude each other; keep one of them", level, form);
  }
  if (load.shape && (load.scenarios || form != nullptr)) {
    return base::fail("{}: the function shape and options.{} exclude each other; keep one of them",
                      level, form != nullptr ? form : "scenarios");
  }
  if (load.stages && (load.duration || load.iterations)) {
    return base::fail("{}: stages exclude duration and iterations; keep one of them", level);
  }
  return {};
}

Result<LoadOptions> lay_over(LoadOptions below, const LoadOptions& above, const std::string& level,
                             std::vector<std::string>& notes) {
  LoadOptions merged = std::move(below);
  const char* own_plan = merged.scenarios ? "scenarios" : merged.shape ? "shape" : nullptr;
  if (above.has_length()) {
    if (own_plan != nullptr) {
      const char* by = above.scenarios ? "scenarios" : above.shape ? "shape" : short_form(above);
      notes.push_back(fmt::format("{} from {} takes the place of {}", by, level, own_plan));
    }
    replace_length(merged, above);
  } else if (own_plan != nullptr && short_form(above) != nullptr) {
    return base::fail(
        "{}: {} alone does not change {}, which say their own VUs; give a duration, iterations or "
        "stages as well, to replace them",
        level, short_form(above), own_plan);
  }
  const bool below_scenarios = merged.scenarios && !above.scenarios;
  if (above.graceful_stop) merged.graceful_stop_wins = below_scenarios;
  if (above.graceful_ramp_down) merged.graceful_ramp_down_wins = below_scenarios;
  const auto take = [](auto& into, const auto& from) {
    if (from) into = from;
  };
  take(merged.vus, above.vus);
  // `-i 1` over a script with many VUs asks for one iteration, not for an error.
  if (above.iterations && !above.vus && merged.vus > above.iterations) {
    merged.vus = std::max<std::uint64_t>(1, *above.iterations);
  }
  take(merged.spawn_rate, above.spawn_rate);
  take(merged.start_vus, above.start_vus);
  take(merged.max_duration, above.max_duration);
  take(merged.graceful_stop, above.graceful_stop);
  take(merged.graceful_ramp_down, above.graceful_ramp_down);
  return merged;
}

Result<std::vector<Scenario>> make_scenarios(const LoadOptions& load,
                                             const script::Description& description,
                                             const metrics::TagSet& tags, std::uint64_t workers) {
  std::vector<Scenario> scenarios;
  if (load.scenarios) {
    for (const ScenarioOptions& options : *load.scenarios) {
      scenarios.push_back(full_scenario(options, load));
    }
  } else {
    auto scenario = short_scenario(load);
    if (!scenario) return tl::unexpected(scenario.error());
    scenarios.push_back(std::move(*scenario));
  }
  bound_open_scenarios(scenarios, workers);
  for (Scenario& scenario : scenarios) {
    if (auto done = complete(scenario, description, tags); !done) {
      return tl::unexpected(done.error());
    }
  }
  return scenarios;
}

}  // namespace cli
