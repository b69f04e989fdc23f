#include "cli/script_options.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/duration.h"
#include "base/text.h"

namespace cli {
namespace {

using base::Duration;
using base::Result;
using nlohmann::json;

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

}  // namespace

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

}  // namespace cli
