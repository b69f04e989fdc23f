#include "cli/run_options.h"

#include <algorithm>
#include <random>
#include <thread>

#include "base/duration.h"
#include "cli/script_options.h"

namespace cli {
namespace {

using base::Duration;
using base::Result;
using nlohmann::json;

Result<LoadOptions> read_load_flags(const RunFlags& flags) {
  LoadOptions load;
  load.vus = flags.vus;
  load.iterations = flags.iterations;
  load.spawn_rate = flags.spawn_rate;
  if (flags.spawn_rate && *flags.spawn_rate <= 0) {
    return base::fail("--spawn-rate: expected a number above 0, got {}", *flags.spawn_rate);
  }
  const auto read = [](const std::optional<std::string>& text, const char* flag,
                       std::optional<Duration>& into) -> Result<void> {
    if (!text) return {};
    const auto duration = base::parse_duration(*text);
    if (!duration) return base::fail_at(flag, duration.error());
    into = *duration;
    return {};
  };
  if (auto done = read(flags.duration, "--duration", load.duration); !done) {
    return tl::unexpected(done.error());
  }
  if (auto done = read(flags.graceful_stop, "--graceful-stop", load.graceful_stop); !done) {
    return tl::unexpected(done.error());
  }
  for (const std::string& text : flags.stages) {
    const auto stage = load::parse_stage(text);
    if (!stage) return base::fail_at("--stage", stage.error());
    if (!load.stages) load.stages.emplace();
    load.stages->push_back(*stage);
  }
  return load;
}

LoadOptions merge(const LoadOptions& below, const LoadOptions& above) {
  LoadOptions merged = below;
  if (above.has_length()) {
    merged.duration = above.duration;
    merged.iterations = above.iterations;
    merged.stages = above.stages;
    // What belongs to the plan that is replaced goes with it.
    if (!above.duration) merged.spawn_rate.reset();
    merged.start_vus.reset();
    merged.max_duration.reset();
  }
  if (above.vus) merged.vus = above.vus;
  if (above.spawn_rate) merged.spawn_rate = above.spawn_rate;
  if (above.graceful_stop) merged.graceful_stop = above.graceful_stop;
  return merged;
}

// k6's short forms: stages ramp, iterations are shared, a duration keeps the VUs constant, and VUs
// alone share as many iterations as there are VUs.
Result<load::Scenario> make_scenario(const LoadOptions& load, std::vector<load::UserClass> users) {
  load::Scenario scenario;
  scenario.users = std::move(users);
  scenario.vus = load.vus.value_or(1);
  scenario.graceful_stop = load.graceful_stop.value_or(scenario.graceful_stop);
  scenario.graceful_ramp_down = load.graceful_ramp_down.value_or(scenario.graceful_ramp_down);
  if (load.stages && (load.duration || load.iterations)) {
    return base::fail("options: stages exclude duration and iterations; keep one of them");
  }
  if (load.spawn_rate && (load.stages || !load.duration || load.iterations)) {
    return base::fail("options: spawn_rate goes with a duration; a ramp is written as stages");
  }
  if (load.start_vus && !load.stages) return base::fail("options: start_vus goes with stages");
  if (load.stages) {
    scenario.executor = load::ExecutorKind::kRampingVus;
    scenario.stages = *load.stages;
    scenario.start_vus = static_cast<double>(load.start_vus.value_or(load.vus.value_or(1)));
  } else if (load.iterations || !load.duration) {
    scenario.executor = load::ExecutorKind::kSharedIterations;
    scenario.iterations = load.iterations.value_or(scenario.vus);
    scenario.max_duration =
        load.duration.value_or(load.max_duration.value_or(scenario.max_duration));
  } else {
    scenario.executor = load::ExecutorKind::kConstantVus;
    scenario.duration = *load.duration;
    scenario.spawn_rate = load.spawn_rate.value_or(0);
  }
  if (auto valid = load::validate(scenario); !valid) return tl::unexpected(valid.error());
  return scenario;
}

json describe(const RunSettings& settings) {
  const load::Scenario& scenario = settings.plan.scenarios.front();
  json options = {{"executor", load::to_string(scenario.executor)},
                  {"graceful_stop_s", base::to_seconds(scenario.graceful_stop)},
                  {"threads", settings.threads}};
  switch (scenario.executor) {
    case load::ExecutorKind::kConstantVus:
      options["vus"] = scenario.vus;
      options["duration_s"] = base::to_seconds(scenario.duration);
      if (scenario.spawn_rate > 0) options["spawn_rate"] = scenario.spawn_rate;
      break;
    case load::ExecutorKind::kRampingVus:
      options["start_vus"] = scenario.start_vus;
      options["graceful_ramp_down_s"] = base::to_seconds(scenario.graceful_ramp_down);
      for (const load::Stage& stage : scenario.stages) {
        options["stages"].push_back(
            {{"duration_s", base::to_seconds(stage.duration)}, {"target", stage.target}});
      }
      break;
    case load::ExecutorKind::kSharedIterations:
      options["vus"] = scenario.vus;
      options["iterations"] = scenario.iterations;
      options["max_duration_s"] = base::to_seconds(scenario.max_duration);
      break;
  }
  for (const load::UserClass& user : scenario.users) {
    options["users"].push_back({{"name", user.name}, {"weight", user.weight}});
  }
  for (const metrics::Threshold& threshold : settings.thresholds) {
    options["thresholds"].push_back(threshold.source);
  }
  return options;
}

int choose_threads(const RunFlags& flags, const load::Scenario& scenario) {
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  // A worker without a VU would only cost its start.
  const auto useful =
      std::min<std::uint64_t>(cores, std::max<std::uint64_t>(1, scenario.max_vus()));
  return flags.threads.value_or(static_cast<int>(useful));
}

}  // namespace

std::uint64_t draw_seed() { return std::random_device{}() % 1'000'000; }

std::uint64_t choose_seed(const RunFlags& flags, const json& script_options, std::uint64_t drawn) {
  if (flags.seed) return *flags.seed;
  if (script_options.contains("seed") && script_options["seed"].is_number()) {
    return script_options["seed"].get<std::uint64_t>();
  }
  return drawn;
}

Result<RunSettings> consolidate(const RunFlags& flags, const script::Description& description,
                                const metrics::Registry& registry, std::uint64_t seed) {
  auto script_options = read_script_options(description.options, registry);
  if (!script_options) return base::fail_at(flags.script, script_options.error());
  const auto load_flags = read_load_flags(flags);
  if (!load_flags) return tl::unexpected(load_flags.error());
  auto scenario = make_scenario(merge(script_options->load, *load_flags), description.users);
  if (!scenario) return tl::unexpected(scenario.error());

  RunSettings settings;
  settings.thresholds = std::move(script_options->thresholds);
  for (const std::string& text : flags.thresholds) {
    auto threshold = metrics::parse_threshold(text, registry);
    if (!threshold) return base::fail_at("--threshold", threshold.error());
    settings.thresholds.push_back(std::move(*threshold));
  }
  settings.threads = choose_threads(flags, *scenario);
  settings.plan.seed = seed;
  settings.plan.scenarios.push_back(std::move(*scenario));
  settings.options = describe(settings);
  return settings;
}

Result<std::map<std::string, std::string>> parse_variables(
    const std::vector<std::string>& variables) {
  std::map<std::string, std::string> parsed;
  for (const std::string& text : variables) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return base::fail("-e: expected NAME=VALUE, got \"{}\"", text);
    }
    parsed[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return parsed;
}

}  // namespace cli
