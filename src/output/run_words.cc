#include "output/run_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/duration.h"
#include "base/text.h"
#include "metrics/builtin.h"
#include "metrics/client_health.h"
#include "metrics/threshold.h"
#include "output/validity.h"

namespace output {
namespace {

using metrics::Selector;
using metrics::Store;
using metrics::Unit;

constexpr double kSmallError = 0.01;  // Of the value: not worth showing beside it.

std::string requests_with(const Store& store, metrics::MetricId metric, const char* outcome) {
  return format_whole(
      store.counter(metric, Selector{{{"outcome", Selector::Op::kEqual, outcome}}}));
}

// " ±3ms": where the client's own error is more than a hundredth of the value.
std::string error_in_words(const JudgedThreshold& judged, const metrics::Registry& registry) {
  const metrics::Judgement& judgement = judged.judgement;
  const double error = std::max(judgement.error_below, judgement.error_above);
  if (error <= kSmallError * std::abs(judgement.measured.value)) return "";
  if (!std::isfinite(error)) return " (may be more)";
  const metrics::Metric& metric = registry.at(judged.threshold.metric);
  const auto unit = metrics::measured_unit(metric, judged.threshold.aggregate);
  return " ±" + metrics::format_value(error, unit);
}

}  // namespace

std::string script_in_words(const std::string& script) {
  constexpr std::string_view kOwn = "embedded:perigee.internal.";
  return script.starts_with(kOwn) ? "perigee " + script.substr(kOwn.size()) : script;
}

std::string run_in_words(const RunResult& result) {
  const metrics::Gauge vus = result.store->gauge(metrics::kVusMax);
  std::string text = base::format_duration(result.elapsed);
  if (result.warmup > base::Duration::zero()) {
    text += fmt::format(" with a warm-up of {}", metrics::format_seconds(result.warmup));
  }
  if (vus.count > 0) text += ", " + plural(vus.max, "VU");
  return text + fmt::format(", seed {}, {}", result.seed, plural(result.workers, "worker"));
}

bool has_llm_requests(const Store& store) { return store.counter(metrics::kLlmRequests) > 0; }

std::string requests_in_words(const Store& store) {
  const bool has_llm = has_llm_requests(store);
  const auto metric = has_llm ? metrics::kLlmRequests : metrics::kHttpReqs;
  return fmt::format("{} ({} failed, {} censored)",
                     plural(store.counter(metric), has_llm ? "request" : "HTTP request"),
                     requests_with(store, metric, "failed"),
                     requests_with(store, metric, "censored"));
}

bool has_cost(const Store& store) {
  return has_llm_requests(store) || store.counter(metrics::kLlmBatches) > 0;
}

std::string cost_in_words(const Store& store) {
  const double cost = store.counter(metrics::kLlmCost);
  const double tokens =
      store.counter(metrics::kLlmInputTokens) + store.counter(metrics::kLlmOutputTokens);
  if (cost == 0 && tokens > 0) return "cost unknown";  // No price is known for any of the models.
  return "cost " + metrics::format_value(cost, Unit::kUsd);
}

std::vector<std::string> client_error_in_words(const RunResult& result, Legend& legend) {
  const Store& store = *result.store;
  const metrics::Trend lag = store.trend(metrics::kClientLag);
  if (lag.count() == 0) return {};
  std::vector<std::string> words = {"client error: lag p99 " +
                                    format_percentile(lag, 99, Unit::kTime, legend)};
  const metrics::Trend start_lag = store.trend(metrics::kStartLag);
  if (start_lag.count() > 0) {
    words.push_back("start lag p99 " + format_percentile(start_lag, 99, Unit::kTime, legend));
  }
  if (const auto share = blurred_share(store)) {
    words.push_back(metrics::format_value(*share, Unit::kShare) + " of token gaps blurred");
    if (*share > kBlurredShareLimit) words.back() += ": llm_itl is not to be trusted";
  }
  if (lag.count() < metrics::ClientHealth::kReadsWanted) {
    words.push_back(fmt::format("only {} reads: too few to judge the client by",
                                base::format_count(lag.count())));
  }
  if (!result.client_findings.empty()) words.push_back("held up, see below");
  return words;
}

std::vector<std::string> ThresholdWords::parts() const {
  std::vector<std::string> all = remarks;
  if (is_judged || measured != "-") all.insert(all.begin(), measured);
  return all;
}

bool has_value(const JudgedThreshold& judged, const metrics::Registry& registry) {
  const metrics::Judgement& judgement = judged.judgement;
  const bool is_counter = registry.at(judged.threshold.metric).type == metrics::Type::kCounter;
  return judgement.samples > 0 || judgement.worst_window ||
         (is_counter && judgement.reason.empty());
}

std::string measured_in_words(const JudgedThreshold& judged, const metrics::Registry& registry,
                              Legend& legend) {
  const metrics::Judgement& judgement = judged.judgement;
  if (!has_value(judged, registry)) return "";
  legend.lower_bound |= judgement.measured.is_lower_bound;
  return metrics::format_measured(judged.threshold, judgement.measured, registry) +
         error_in_words(judged, registry);
}

ThresholdWords threshold_in_words(const JudgedThreshold& judged, const metrics::Registry& registry,
                                  Legend& legend) {
  const metrics::Judgement& judgement = judged.judgement;
  ThresholdWords words{.measured = measured_in_words(judged, registry, legend), .remarks = {}};
  if (words.measured.empty()) words.measured = "-";
  words.is_judged = judgement.verdict != metrics::Verdict::kNotJudged;
  if (!words.is_judged) {
    words.remarks.push_back(judgement.reason.empty() ? "not judged"
                                                     : "not judged: " + judgement.reason);
  } else if (!judgement.reason.empty()) {
    words.remarks.push_back(judgement.reason);
  }
  if (!judgement.note.empty()) words.remarks.push_back(judgement.note);
  return words;
}

}  // namespace output
