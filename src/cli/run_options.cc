#include "cli/run_options.h"

#include <cmath>
#include <random>
#include <thread>

#include "base/duration.h"
#include "base/text.h"

namespace cli {
namespace {

using base::Duration;
using base::Result;
using nlohmann::json;

// The load of one level (script or flags); what it does not say is empty.
struct LoadOptions {
  std::optional<std::uint64_t> vus;
  std::optional<double> spawn_rate;
  std::optional<Duration> duration;
  std::optional<std::uint64_t> iterations;
  std::optional<std::vector<load::Stage>> stages;
  std::optional<std::uint64_t> start_vus;
  std::optional<Duration> max_duration;
  std::optional<Duration> graceful_stop;
  std::optional<Duration> graceful_ramp_down;

  bool has_length() const { return duration || iterations || stages; }
};

struct ScriptOptions {
  LoadOptions load;
  std::vector<metrics::Threshold> thresholds;
  std::optional<std::uint64_t> seed;
};

// ---- reading values; the caller puts the field's name in front of an error

// "[2]" + ".duration: expected …" is one path, "duration" + "expected …" a path and a text.
tl::unexpected<base::Error> within(const std::string& place, const base::Error& error) {
  const bool path_goes_on = error.message.starts_with('[') || error.message.starts_with('.');
  return base::fail("{}{}{}", place, path_goes_on ? "" : ": ", error.message);
}

Result<Duration> read_duration(const json& value) {
  if (value.is_string()) return base::parse_duration(value.get<std::string>());
  if (value.is_number() && value.get<double>() >= 0) return base::from_seconds(value.get<double>());
  return base::fail("expected a duration such as \"30s\" or a number of seconds, got {}",
                    value.dump());
}

Result<std::uint64_t> read_whole(const json& value) {
  constexpr double kMost = 9007199254740992.0;  // 2^53: Lua's numbers are whole up to here.
  const double number = value.is_number() ? value.get<double>() : -1;
  if (number >= 0 && number <= kMost && number == std::floor(number)) {
    return static_cast<std::uint64_t>(number);
  }
  return base::fail("expected a whole number of zero or more, got {}", value.dump());
}

Result<double> read_positive(const json& value) {
  if (value.is_number() && value.get<double>() > 0) return value.get<double>();
  return base::fail("expected a number above 0, got {}", value.dump());
}

Result<void> check_fields(const json& object, const std::vector<std::string>& known) {
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string near = base::did_you_mean(name, known);
    return base::fail("unknown field \"{}\"{}", name,
                      near.empty() ? "; known are " + base::join(known, ", ") : near);
  }
  return {};
}

Result<load::Stage> read_stage(const json& value) {
  if (value.is_string()) return load::parse_stage(value.get<std::string>());
  if (!value.is_object() || !value.contains("duration") || !value.contains("target")) {
    return base::fail(
        "expected a stage such as \"30s:10\" or {{ duration = \"30s\", target = 10 }}");
  }
  if (auto known = check_fields(value, {"duration", "target"}); !known) {
    return tl::unexpected(known.error());
  }
  const auto duration = read_duration(value["duration"]);
  if (!duration) return within(".duration", duration.error());
  const auto target = read_whole(value["target"]);
  if (!target) return within(".target", target.error());
  return load::Stage{*duration, static_cast<double>(*target)};
}

Result<std::vector<load::Stage>> read_stages(const json& value) {
  if (!value.is_array() || value.empty()) {
    return base::fail("expected a list of stages such as {{ \"30s:10\", \"1m:0\" }}, got {}",
                      value.dump());
  }
  std::vector<load::Stage> stages;
  for (const json& entry : value) {
    const auto stage = read_stage(entry);
    // Lists count from 1, as in the script.
    if (!stage) return within(fmt::format("[{}]", stages.size() + 1), stage.error());
    stages.push_back(*stage);
  }
  return stages;
}

Result<metrics::Threshold> read_threshold(const json& value, const metrics::Registry& registry) {
  if (value.is_string()) return metrics::parse_threshold(value.get<std::string>(), registry);
  // A Lua table with both a list entry and named fields arrives as an object with the key "1".
  if (!value.is_object() || !value.contains("threshold") || !value["threshold"].is_string()) {
    return base::fail("expected a threshold such as \"llm_ttft p(95) < 2s\", got {}", value.dump());
  }
  auto threshold = metrics::parse_threshold(value["threshold"].get<std::string>(), registry);
  if (!threshold) return threshold;
  if (auto known = check_fields(
          value, {"threshold", "abort_on_fail", "delay", "min_samples", "allow_empty"});
      !known) {
    return tl::unexpected(known.error());
  }
  for (const char* flag : {"abort_on_fail", "allow_empty"}) {
    if (value.contains(flag) && !value[flag].is_boolean()) {
      return base::fail(".{}: expected true or false, got {}", flag, value[flag].dump());
    }
  }
  threshold->abort_on_fail = value.value("abort_on_fail", false);
  threshold->allow_empty = value.value("allow_empty", false);
  if (value.contains("delay")) {
    const auto delay = read_duration(value["delay"]);
    if (!delay) return within(".delay", delay.error());
    threshold->delay = *delay;
  }
  if (value.contains("min_samples")) {
    const auto samples = read_whole(value["min_samples"]);
    if (!samples) return within(".min_samples", samples.error());
    threshold->min_samples = *samples;
  }
  return threshold;
}

// k6's form: { llm_ttft = { "p(95)<2s", … } }, with the metric as the key.
Result<json> flatten_thresholds(const json& value) {
  if (value.is_array()) return value;
  if (!value.is_object()) {
    return base::fail("expected a list such as {{ \"llm_ttft p(95) < 2s\" }}, got {}",
                      value.dump());
  }
  json list = json::array();
  for (const auto& [metric, conditions] : value.items()) {
    for (const json& condition : conditions.is_array() ? conditions : json::array({conditions})) {
      json entry = condition;
      if (entry.is_string()) {
        entry = metric + " " + entry.get<std::string>();
      } else if (entry.is_object() && entry.contains("threshold") &&
                 entry["threshold"].is_string()) {
        entry["threshold"] = metric + " " + entry["threshold"].get<std::string>();
      }
      list.push_back(entry);
    }
  }
  return list;
}

Result<std::vector<metrics::Threshold>> read_thresholds(const json& value,
                                                        const metrics::Registry& registry) {
  const auto list = flatten_thresholds(value);
  if (!list) return tl::unexpected(list.error());
  std::vector<metrics::Threshold> thresholds;
  for (const json& entry : *list) {
    auto threshold = read_threshold(entry, registry);
    if (!threshold) {
      return within(fmt::format("[{}]", thresholds.size() + 1), threshold.error());
    }
    thresholds.push_back(std::move(*threshold));
  }
  return thresholds;
}

// ---- the script's options

struct Field {
  const char* name;
  Result<void> (*read)(const json& value, ScriptOptions& into, const metrics::Registry& registry);
};

template <auto kRead, auto kMember>
Result<void> read_load(const json& value, ScriptOptions& into,
                       const metrics::Registry& /*unused*/) {
  auto result = kRead(value);
  if (!result) return tl::unexpected(result.error());
  into.load.*kMember = std::move(*result);
  return {};
}

Result<void> read_seed(const json& value, ScriptOptions& into,
                       const metrics::Registry& /*unused*/) {
  const auto seed = read_whole(value);
  if (!seed) return tl::unexpected(seed.error());
  into.seed = *seed;
  return {};
}

Result<void> read_threshold_field(const json& value, ScriptOptions& into,
                                  const metrics::Registry& registry) {
  auto thresholds = read_thresholds(value, registry);
  if (!thresholds) return tl::unexpected(thresholds.error());
  into.thresholds = std::move(*thresholds);
  return {};
}

constexpr Field kFields[] = {
    {"vus", &read_load<&read_whole, &LoadOptions::vus>},
    {"spawn_rate", &read_load<&read_positive, &LoadOptions::spawn_rate>},
    {"duration", &read_load<&read_duration, &LoadOptions::duration>},
    {"iterations", &read_load<&read_whole, &LoadOptions::iterations>},
    {"stages", &read_load<&read_stages, &LoadOptions::stages>},
    {"start_vus", &read_load<&read_whole, &LoadOptions::start_vus>},
    {"max_duration", &read_load<&read_duration, &LoadOptions::max_duration>},
    {"graceful_stop", &read_load<&read_duration, &LoadOptions::graceful_stop>},
    {"graceful_ramp_down", &read_load<&read_duration, &LoadOptions::graceful_ramp_down>},
    {"thresholds", &read_threshold_field},
    {"seed", &read_seed},
};

Result<ScriptOptions> read_script_options(const json& options, const metrics::Registry& registry) {
  std::vector<std::string> names;
  for (const Field& field : kFields) names.emplace_back(field.name);
  if (auto known = check_fields(options, names); !known) {
    return base::fail_at("options", known.error());
  }
  ScriptOptions result;
  for (const Field& field : kFields) {
    if (!options.contains(field.name)) continue;
    auto done = field.read(options[field.name], result, registry);
    if (!done) return within(fmt::format("options.{}", field.name), done.error());
  }
  return result;
}

// ---- the flags

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
// alone run one iteration each.
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

std::uint64_t choose_seed(const RunFlags& flags, const json& script_options) {
  if (flags.seed) return *flags.seed;
  if (script_options.contains("seed") && script_options["seed"].is_number()) {
    return script_options["seed"].get<std::uint64_t>();
  }
  // Short enough to be typed again from the summary.
  return std::random_device{}() % 1'000'000;
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
