#include "output/result_file.h"

#include <fmt/format.h>

#include <cmath>
#include <functional>

#include "metrics/builtin.h"
#include "output/client_findings.h"
#include "output/definitions_json.h"
#include "output/figures.h"
#include "output/intervals_json.h"
#include "output/series_json.h"
#include "output/statistics_json.h"
#include "output/summary.h"
#include "output/text_file.h"
#include "output/verdict.h"

namespace output {
namespace {

using Json = nlohmann::ordered_json;

Json run_to_json(const RunResult& result) {
  return {{"script", result.script},
          {"started_at", result.started_at},
          {"elapsed_s", base::to_seconds(result.elapsed)},
          {"warmup_s", base::to_seconds(result.warmup)},
          {"judged_s", base::to_seconds(result.counted_time())},
          {"seed", result.seed},
          {"workers", result.workers},
          {"end", output::to_string(result.end)},
          {"end_reason", result.end_reason},
          {"exit_code", result.exit_code},
          {"verdict", verdict_name(result.exit_code)}};
}

std::string unit_of_value(const metrics::Threshold& threshold, const metrics::Metric& metric) {
  const std::string unit = unit_in_file(metrics::measured_unit(metric, threshold.aggregate));
  const bool per_second = metric.type == metrics::Type::kCounter &&
                          threshold.aggregate == metrics::Threshold::Aggregate::kRate;
  return per_second ? unit + "/s" : unit;
}

Json worst_window_to_json(const metrics::Judgement& judgement) {
  if (!judgement.worst_window) return nullptr;
  return {{"begin_s", base::to_seconds(judgement.worst_window->begin)},
          {"end_s", base::to_seconds(judgement.worst_window->end)}};
}

// JSON knows no infinity.
Json error_above_to_json(const metrics::Judgement& judgement) {
  return std::isfinite(judgement.error_above) ? Json(judgement.error_above) : Json();
}

Json thresholds_to_json(const RunResult& result) {
  Json json = Json::array();
  for (const auto& [threshold, judgement] : result.thresholds) {
    std::string unit;
    if (result.store != nullptr) {
      unit = unit_of_value(threshold, result.store->registry().at(threshold.metric));
    }
    json.push_back({{"source", threshold.source},
                    {"verdict", to_string(judgement.verdict)},
                    {"value", judgement.measured.value},
                    {"unit", std::move(unit)},
                    {"is_lower_bound", judgement.measured.is_lower_bound},
                    {"error_below", judgement.error_below},
                    {"error_above", error_above_to_json(judgement)},
                    {"samples", judgement.samples},
                    {"window_s", base::to_seconds(threshold.window)},
                    {"min_samples", threshold.min_samples},
                    {"allow_empty", threshold.allow_empty},
                    {"abort_on_fail", threshold.abort_on_fail},
                    {"delay_s", base::to_seconds(threshold.delay)},
                    {"worst_window", worst_window_to_json(judgement)},
                    {"windows", judgement.windows},
                    {"windows_failed", judgement.windows_failed},
                    {"reason", judgement.reason},
                    {"note", judgement.note}});
  }
  return json;
}

Json objectives_to_json(const RunResult& result) {
  if (result.objectives.empty() || result.store == nullptr) return nullptr;
  Json sources = Json::array();
  for (const metrics::Objective& objective : result.objectives) {
    sources.push_back(objective.source);
  }
  const metrics::Rate good = result.store->rate(metrics::kLlmGood);
  const auto speed = [&result](metrics::MetricId metric) {
    return per_second(result.store->counter(metric), result.counted_time());
  };
  return {{"sources", std::move(sources)},
          {"good", good.trues},
          {"requests", good.total},
          {"share", good.share()},
          {"requests_per_s", speed(metrics::kLlmGoodRequests)},
          {"output_tokens_per_s", speed(metrics::kLlmGoodOutputTokens)}};
}

Json script_errors_to_json(const std::vector<ScriptError>& errors) {
  Json json = Json::array();
  for (const ScriptError& error : errors) {
    json.push_back({{"text", error.text}, {"count", error.count}});
  }
  return json;
}

Json hook_errors_to_json(const std::vector<HookError>& errors) {
  Json json = Json::array();
  for (const HookError& error : errors) {
    json.push_back({{"hook", error.hook}, {"text", error.text}});
  }
  return json;
}

// The whole, with the metrics in the form that is asked for.
Json document(const RunResult& result, Json metrics) {
  Json json;
  json["schema"] = "perigee-result";
  json["schema_version"] = kResultSchemaVersion;
  json["perigee"] = {{"version", result.version}};
  json["run"] = run_to_json(result);
  json["options"] = result.options;
  json["host"] = result.host;
  json["budget"] = nullptr;
  if (result.budget) {
    json["budget"] = {{"limit_usd", result.budget->limit},
                      {"spent_usd", result.budget->spent},
                      {"unknown_usd", result.budget->unknown}};
  }
  json["thresholds"] = thresholds_to_json(result);
  json["client"] = client_to_json(result);
  json["objectives"] = objectives_to_json(result);
  json["metrics"] = std::move(metrics);
  json["tags_overflowed"] = result.store != nullptr ? result.store->tags_overflowed() : 0;
  json["intervals"] = intervals_to_json(result);
  json["definitions"] = definitions_to_json(result.definitions);
  json["script_errors"] = script_errors_to_json(result.script_errors);
  json["hook_errors"] = hook_errors_to_json(result.hook_errors);
  json["failures"] = result.failures;
  json["warnings"] = result.warnings;
  return json;
}

}  // namespace

std::string result_text(const RunResult& result) {
  Json json = document(result, nullptr);
  json["apart"] = nullptr;
  const auto series = [](const metrics::Store* store) {
    return store != nullptr ? metrics_text(*store) : "[]";
  };
  std::string text = "{";
  for (const auto& [key, value] : json.items()) {
    if (text.size() > 1) text += ',';
    text += fmt::format("\"{}\":", key);
    text += key == "metrics" ? series(result.store)
            : key == "apart" ? series(result.apart)
                             : json_text(value);
  }
  return text + "}\n";
}

Json summary_data(const RunResult& result) {
  Json json = document(result, result.store != nullptr
                                   ? statistics_to_json(*result.store, result.counted_time())
                                   : Json::object());
  json["text"] = summary_text(result, {});
  return json;
}

std::string summary_data_text(const RunResult& result) { return json_text(summary_data(result)); }

base::Result<void> check_result_path(const std::string& path) { return check_writable(path); }

base::Result<void> write_result_file(const RunResult& result, const std::string& path) {
  const auto written = write_file(result_text(result), path);
  if (!written) {
    return base::fail("cannot write the result file \"{}\": {}", path, written.error().message);
  }
  return {};
}

}  // namespace output
