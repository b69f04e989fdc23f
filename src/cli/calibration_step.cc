#include "cli/calibration_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/histogram.h"
#include "metrics/threshold.h"

namespace cli {
namespace {

using nlohmann::json;

constexpr std::array<double, 3> kQuantiles = {0.5, 0.95, 0.99};
constexpr std::array<const char*, 3> kNames = {"p50", "p95", "p99"};

void for_each_series(const json& told, std::string_view metric,
                     const std::function<void(const json&)>& fn) {
  for (const json& each : told.value("metrics", json::array())) {
    if (each.value("name", "") != metric) continue;
    for (const json& series : each["series"]) fn(series);
  }
}

double sum_of(const json& told, std::string_view counter, std::string_view outcome = "") {
  double sum = 0;
  for_each_series(told, counter, [&](const json& series) {
    const bool wanted = outcome.empty() || series["tags"].value("outcome", "") == outcome;
    if (wanted) sum += series.value("sum", 0.0);
  });
  return sum;
}

double highest_of(const json& told, std::string_view gauge) {
  double highest = 0;
  for_each_series(told, gauge, [&](const json& series) {
    highest = std::max(highest, series.value("max", 0.0));
  });
  return highest;
}

// The values of all series; those of a bucket stand at its middle, as in every percentile.
metrics::Histogram values_of(const json& told, std::string_view trend) {
  metrics::Histogram values;
  for_each_series(told, trend, [&values](const json& series) {
    const json& file = series["values"];
    if (const auto zeros = file.value("zeros", std::uint64_t{0})) values.record(0, zeros);
    int index = 0;
    for (std::size_t i = 0; i < file["index_deltas"].size(); ++i) {
      index += file["index_deltas"][i].get<int>();
      values.record(metrics::Histogram::representative(index),
                    file["counts"][i].get<std::uint64_t>());
    }
  });
  return values;
}

double true_quantile(std::vector<double>& values, double q) {
  const auto rank = metrics::Histogram::rank(q, values.size()) - 1;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

// Without samples on either side nothing is off: that the requests failed says it.
Off off(const metrics::Histogram& told, std::vector<double> truth) {
  Off result{};
  if (told.empty() || truth.empty()) return result;
  for (std::size_t i = 0; i < kQuantiles.size(); ++i) {
    const double exact = true_quantile(truth, kQuantiles[i]);
    result[i] = exact > 0 ? told.quantile(kQuantiles[i]) / exact - 1 : 0;
  }
  return result;
}

std::string percent(double share) { return metrics::format_value(share, metrics::Unit::kShare); }

std::string rounded(double share) { return percent(std::round(share * 1e3) / 1e3); }

// Each error with its words.
std::vector<std::pair<double, std::string>> errors_of(const StepResult& step) {
  std::vector<std::pair<double, std::string>> errors = {
      {step.failed, fmt::format("{} of the requests failed", rounded(step.failed))},
      {step.blurred, fmt::format("{} of the gaps blurred", rounded(step.blurred))}};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const auto add = [&](const char* metric, const Off& off) {
      errors.emplace_back(std::abs(off[i]),
                          fmt::format("{} of {} off by {}", kNames[i], metric, rounded(off[i])));
    };
    add("llm_itl", step.itl_off);
    add("llm_ttft", step.ttft_off);
  }
  return errors;
}

}  // namespace

void take_figures(const json& told, StepResult& step) {
  const double completed = sum_of(told, "llm_requests", "completed");
  const json run = told.value("run", json::object());
  const double judged = run.value("judged_s", 0.0);
  step.requests_per_second = judged > 0 ? completed / judged : 0;
  step.client_memory = highest_of(told, "client_memory");
  step.threads = run.value("workers", 0);
  const double censored = sum_of(told, "llm_requests", "censored");
  const double all = sum_of(told, "llm_requests") - censored;
  step.failed = all > 0 ? 1 - completed / all : 1;
}

void compare(const json& told, const CalibrationTruth& truth, StepResult& step) {
  const metrics::Histogram itl = values_of(told, "llm_itl");
  const double blurred = sum_of(told, "llm_itl_coalesced");
  const double gaps = blurred + static_cast<double>(itl.count());
  step.blurred = gaps > 0 ? blurred / gaps : 0;
  step.itl_off = off(itl, truth.gaps);
  step.ttft_off = off(values_of(told, "llm_ttft"), truth.ttfts);
  step.events_per_second = truth.events_per_second;
  double sum = 0;
  for (const double gap : truth.gaps) sum += gap;
  const auto count = static_cast<double>(truth.gaps.size());
  step.pace = sum > 0 ? base::to_seconds(step.plan.gap) * count / sum : 1;
  // Every user was to have two whole streams that both sides know.
  const auto wanted = static_cast<double>(2 * step.plan.users);
  step.failed = std::max(0.0, 1 - static_cast<double>(truth.streams) / wanted);
}

std::string client_error(const StepResult& step) {
  if (step.ran_out_of_time) return "it did not come to its end";
  auto errors = errors_of(step);
  const auto largest = std::max_element(
      errors.begin(), errors.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return largest->first > kMostError ? largest->second : "";
}

StepOutcome outcome_of(const StepResult& step) {
  if (!client_error(step).empty()) return StepOutcome::kClientGaveIn;
  return step.pace < kLeastPace ? StepOutcome::kServerGaveIn : StepOutcome::kHeld;
}

nlohmann::ordered_json to_json(const StepResult& step) {
  const bool streams = step.plan.kind == StepPlan::Kind::kStreams;
  const auto by_name = [](const Off& off) {
    return nlohmann::ordered_json{{"p50", off[0]}, {"p95", off[1]}, {"p99", off[2]}};
  };
  nlohmann::ordered_json json = {{"kind", streams ? "streams" : "requests"},
                                 {"users", step.plan.users},
                                 {"length_s", base::to_seconds(step.plan.length)},
                                 {"requests_per_s", step.requests_per_second},
                                 {"failed", step.failed},
                                 {"client_cores", step.client_cores},
                                 {"mock_cores", step.server_cores},
                                 {"client_memory_bytes", step.client_memory},
                                 {"ran_out_of_time", step.ran_out_of_time}};
  if (!streams) return json;
  json["gap_s"] = base::to_seconds(step.plan.gap);
  json["events_per_s"] = step.events_per_second;
  json["mock_pace"] = step.pace;
  json["itl_off"] = by_name(step.itl_off);
  json["ttft_off"] = by_name(step.ttft_off);
  json["blurred"] = step.blurred;
  return json;
}

}  // namespace cli
