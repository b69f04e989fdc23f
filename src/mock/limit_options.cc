#include "mock/limit_options.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "base/distribution.h"
#include "base/duration.h"
#include "base/text.h"
#include "mock/models.h"

namespace mock {
namespace {

// ---- presets

struct PresetRow {
  std::string_view preset;
  std::string_view model_class;  // "" for all that have no row of their own.
  ClassLimits limits;
};

constexpr auto kPresets = std::to_array<PresetRow>({
    // As of 2026-08-22.
    {"start", "", {1'000, 2e6, 400e3}},
    {"start", "fable-5", {1'000, 500e3, 100e3}},
    {"start", "haiku-3-5", {1'000, 100e3, 20e3}},
    {"build", "", {5'000, 5e6, 1e6}},
    {"build", "fable-5", {2'000, 1.5e6, 300e3}},
    {"build", "haiku-3-5", {2'000, 200e3, 40e3}},
    {"scale", "", {10'000, 10e6, 2e6}},
    {"scale", "fable-5", {4'000, 4e6, 800e3}},
    {"scale", "haiku-3-5", {4'000, 400e3, 80e3}},
    // As of 2026-04-25. Models that came later get what Opus and Sonnet had.
    {"tier-1", "", {50, 30e3, 8e3}},
    {"tier-1", "haiku-4-5", {50, 50e3, 10e3}},
    {"tier-1", "haiku-3-5", {50, 50e3, 10e3}},
    {"tier-2", "", {1'000, 450e3, 90e3}},
    {"tier-2", "haiku-3-5", {1'000, 100e3, 20e3}},
    {"tier-3", "", {2'000, 800e3, 160e3}},
    {"tier-3", "haiku-4-5", {2'000, 1e6, 200e3}},
    {"tier-3", "haiku-3-5", {2'000, 200e3, 40e3}},
    {"tier-4", "", {4'000, 2e6, 400e3}},
    {"tier-4", "haiku-4-5", {4'000, 4e6, 800e3}},
    {"tier-4", "haiku-3-5", {4'000, 400e3, 80e3}},
});

// ---- what users write

base::Result<LimitOptions> find_preset(std::string_view name) {
  LimitOptions options;
  if (name == "none") return options;
  for (const PresetRow& row : kPresets) {
    if (row.preset != name) continue;
    if (row.model_class.empty()) {
      options.other = row.limits;
    } else {
      options.classes.emplace(row.model_class, row.limits);
    }
  }
  if (options.other) return options;
  std::vector<std::string> known = preset_names();
  known.insert(known.begin(), "none");
  return base::fail("expected {}, or limits such as \"rpm=50,itpm=30000,otpm=8000\", got \"{}\"{}",
                    base::join(known, ", "), name, base::did_you_mean(name, known));
}

void limit_every_class(LimitOptions& options, double ClassLimits::*quantity, double per_minute) {
  if (!options.other) options.other.emplace();
  (*options.other).*quantity = per_minute;
  for (auto& [name, limits] : options.classes) limits.*quantity = per_minute;
}

enum class Form { kNumber, kCount, kDuration, kFlag };

struct Setting {
  std::string_view name;
  Form form;
  void (*set)(LimitOptions&, double);
};

using Options = LimitOptions;
constexpr auto kSettings = std::to_array<Setting>({
    {"rpm", Form::kNumber,
     [](Options& o, double n) { limit_every_class(o, &ClassLimits::requests, n); }},
    {"itpm", Form::kNumber,
     [](Options& o, double n) { limit_every_class(o, &ClassLimits::input_tokens, n); }},
    {"otpm", Form::kNumber,
     [](Options& o, double n) { limit_every_class(o, &ClassLimits::output_tokens, n); }},
    {"burst", Form::kDuration, [](Options& o, double n) { o.burst = base::from_seconds(n); }},
    {"acceleration", Form::kNumber, [](Options& o, double n) { o.acceleration_start = n; }},
    {"concurrency", Form::kCount,
     [](Options& o, double n) { o.concurrency = static_cast<std::uint64_t>(n); }},
    {"spend", Form::kNumber, [](Options& o, double n) { o.spend_cap_usd = n; }},
    {"estimate", Form::kNumber, [](Options& o, double n) { o.input_estimate = n; }},
    {"exact", Form::kFlag, [](Options& o, double) { o.exact_headers = true; }},
    {"otpm-by-max-tokens", Form::kFlag, [](Options& o, double) { o.output_by_max_tokens = true; }},
});

base::Result<double> read_value(Form form, std::string_view value) {
  if (form == Form::kNumber) return base::parse_number(value);
  if (form == Form::kDuration) {
    auto seconds = base::parse_seconds(value);
    if (seconds && *seconds == 0)
      return base::fail("expected a duration above zero, got \"{}\"", value);
    return seconds;
  }
  if (form == Form::kFlag) {
    if (!value.empty()) return base::fail("expected nothing behind it, got \"{}\"", value);
    return 1;
  }
  auto number = base::parse_number(value);
  if (!number || *number != std::floor(*number) || *number > 1e9) {
    return base::fail("expected a whole number, got \"{}\"", value);
  }
  return number;
}

const Setting* find_setting(std::string_view item) {
  const std::string_view name = base::trim(item.substr(0, item.find('=')));
  const auto row = std::find_if(kSettings.begin(), kSettings.end(),
                                [&](const Setting& setting) { return setting.name == name; });
  return row == kSettings.end() ? nullptr : &*row;
}

// "rpm=50" or "exact". Returns the setting's name.
base::Result<std::string_view> apply_setting(LimitOptions& options, std::string_view item) {
  const std::size_t equals = item.find('=');
  const Setting* setting = find_setting(item);
  if (setting == nullptr) {
    std::vector<std::string> known;
    known.reserve(kSettings.size());
    for (const Setting& row : kSettings) known.emplace_back(row.name);
    const std::string name(base::trim(item.substr(0, equals)));
    return base::fail("unknown limit \"{}\"{}; known are {}", name, base::did_you_mean(name, known),
                      base::join(known, ", "));
  }
  const bool has_value = equals != std::string_view::npos;
  const auto value =
      read_value(setting->form, has_value ? base::trim(item.substr(equals + 1)) : "");
  if (!value) return base::fail_at(std::string(setting->name), value.error());
  setting->set(options, *value);
  return setting->name;
}

// ---- the limits as the Admin API lists them

// Class -> ids and aliases.
nlohmann::ordered_json models_by_class() {
  nlohmann::ordered_json classes = nlohmann::ordered_json::object();
  const auto list = nlohmann::json::parse(list_models("limit=1000").value());
  for (const auto& entry : list["data"]) {
    const Model* model = find_model(entry["id"].get_ref<const std::string&>());
    auto& names = classes[std::string(model->limit_class)];
    names.push_back(model->id);
    if (!model->alias.empty()) names.push_back(model->alias);
  }
  return classes;
}

nlohmann::ordered_json limits_json(const ClassLimits& limits) {
  auto list = nlohmann::ordered_json::array();
  const auto add = [&](std::string_view type, double value) {
    if (value > 0) list.push_back({{"type", type}, {"value", std::llround(value)}});
  };
  add("requests_per_minute", limits.requests);
  add("input_tokens_per_minute", limits.input_tokens);
  add("output_tokens_per_minute", limits.output_tokens);
  return list;
}

}  // namespace

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const PresetRow& row : kPresets) {
    if (row.model_class.empty()) names.emplace_back(row.preset);
  }
  return names;
}

ClassLimits limits_of(const LimitOptions& options, std::string_view model_class) {
  const auto own = options.classes.find(model_class);
  if (own != options.classes.end()) return own->second;
  return options.other.value_or(ClassLimits{});
}

base::Result<LimitOptions> parse_limits(std::string_view text) {
  const std::vector<std::string> items = base::split(text, ',');
  LimitOptions options;
  auto item = items.begin();
  if (item->find('=') == std::string::npos && find_setting(*item) == nullptr) {
    auto preset = find_preset(*item++);
    if (!preset) return preset;
    options = *std::move(preset);
  }
  std::set<std::string_view> given;
  for (; item != items.end(); ++item) {
    const auto name = apply_setting(options, *item);
    if (!name) return tl::unexpected(name.error());
    if (!given.insert(*name).second) {
      return base::fail("{} is given twice in \"{}\"", *name, text);
    }
  }
  return options;
}

std::string_view limit_class(std::string_view model) {
  const Model* known = find_model(model);
  return known == nullptr ? model : known->limit_class;
}

std::string rate_limits_json(const LimitOptions& options) {
  using nlohmann::ordered_json;
  auto groups = ordered_json::array();
  const ordered_json classes = models_by_class();
  for (const auto& [name, models] : classes.items()) {
    ordered_json limits = limits_json(limits_of(options, name));
    if (limits.empty()) continue;
    groups.push_back({{"type", "rate_limit"},
                      {"group_type", "model_group"},
                      {"models", models},
                      {"limits", std::move(limits)}});
  }
  return ordered_json{{"data", std::move(groups)}, {"next_page", nullptr}}.dump();
}

}  // namespace mock
