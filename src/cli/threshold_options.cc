#include "cli/threshold_options.h"

#include <string>

#include "cli/option_values.h"

namespace cli {
namespace {

using base::Result;
using metrics::Threshold;
using nlohmann::json;

struct ThresholdField {
  const char* name;
  Result<void> (*read)(const json& value, Threshold& into);
};

template <auto kRead, auto kMember>
Result<void> read_into(const json& value, Threshold& into) {
  auto result = kRead(value);
  if (!result) return tl::unexpected(result.error());
  into.*kMember = *result;
  return {};
}

// Windows end at each second of the test.
Result<base::Duration> read_window(const json& value) {
  auto window = read_positive_duration(value);
  if (window && *window % std::chrono::seconds(1) != base::Duration::zero()) {
    return base::fail("expected whole seconds, such as \"30s\", got {}", value.dump());
  }
  return window;
}

constexpr ThresholdField kFields[] = {
    {"abort_on_fail", &read_into<&read_boolean, &Threshold::abort_on_fail>},
    {"delay", &read_into<&read_duration, &Threshold::delay>},
    {"window", &read_into<&read_window, &Threshold::window>},
    {"min_samples", &read_into<&read_whole, &Threshold::min_samples>},
    {"allow_empty", &read_into<&read_boolean, &Threshold::allow_empty>},
};

Result<Threshold> read_threshold(const json& value, const metrics::Registry& registry) {
  if (value.is_string()) return metrics::parse_threshold(value.get<std::string>(), registry);
  // The script's { "llm_ttft p(95) < 2s", delay = "10s" } arrives with its line as `threshold`.
  if (!value.is_object() || !value.contains("threshold") || !value["threshold"].is_string()) {
    return base::fail("expected a threshold such as \"llm_ttft p(95) < 2s\", got {}", shown(value));
  }
  auto threshold = metrics::parse_threshold(value["threshold"].get<std::string>(), registry);
  if (!threshold) return threshold;
  if (auto known = check_fields(value, threshold_field_names()); !known) {
    return tl::unexpected(known.error());
  }
  for (const ThresholdField& field : kFields) {
    if (!value.contains(field.name)) continue;
    auto done = field.read(value[field.name], *threshold);
    if (!done) return within(fmt::format(".{}", field.name), done.error());
  }
  return threshold;
}

// k6's form: { llm_ttft = { "p(95)<2s", … } }, with the metric as the key.
Result<json> flatten(const json& value) {
  if (value.is_array()) return value;
  if (!value.is_object()) {
    return base::fail("expected a list such as {{ \"llm_ttft p(95) < 2s\" }}, got {}",
                      shown(value));
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

}  // namespace

std::vector<std::string> threshold_field_names() {
  std::vector<std::string> names = {"threshold"};
  for (const ThresholdField& field : kFields) names.emplace_back(field.name);
  return names;
}

Result<std::vector<Threshold>> read_thresholds(const json& value,
                                               const metrics::Registry& registry) {
  const auto list = flatten(value);
  if (!list) return tl::unexpected(list.error());
  std::vector<Threshold> thresholds;
  for (const json& entry : *list) {
    auto threshold = read_threshold(entry, registry);
    if (!threshold) {
      return within(fmt::format("[{}]", thresholds.size() + 1), threshold.error());
    }
    thresholds.push_back(std::move(*threshold));
  }
  return thresholds;
}

Result<std::vector<metrics::Objective>> read_objectives(const json& value,
                                                        const metrics::Registry& registry) {
  const auto lines = read_texts(value);
  if (!lines) {
    const bool in_the_list = lines.error().message.starts_with('[');
    if (in_the_list) return tl::unexpected(lines.error());
    return base::fail("expected a list such as {{ \"llm_ttft < 2s\" }}, got {}", shown(value));
  }
  std::vector<metrics::Objective> objectives;
  for (const std::string& line : *lines) {
    auto objective = metrics::parse_objective(line, registry);
    if (!objective) {
      return within(fmt::format("[{}]", objectives.size() + 1), objective.error());
    }
    objectives.push_back(std::move(*objective));
  }
  return objectives;
}

}  // namespace cli
