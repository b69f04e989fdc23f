// Charts over time of shares: failed requests, checks, and other rates that thresholds name.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "base/text.h"
#include "metrics/builtin.h"
#include "output/report_course.h"
#include "output/report_spans.h"

namespace output {
namespace {

using metrics::Unit;

constexpr std::size_t kMostLines = 6;
constexpr std::uint64_t kWanted = 100;  // Samples of a span, for shares to the percent.
constexpr std::size_t kFewestSpans = 24;
constexpr std::size_t kMostSpans = 150;

using Rates = std::vector<const IntervalRate*>;

const IntervalRate* find_rate(const RunResult& result, metrics::MetricId metric,
                              const std::string& selector) {
  for (const IntervalRate& rate : result.interval_series.rates) {
    if (rate.metric == metric && rate.selector == selector) return &rate;
  }
  return nullptr;
}

// The whole of the metric and what thresholds select of it, or the latter alone.
Rates rates_of(const RunResult& result, metrics::MetricId metric) {
  Rates rates;
  const auto add = [&](const std::string& selector) {
    const IntervalRate* rate = find_rate(result, metric, selector);
    if (rate == nullptr || rate->totals.empty() || rate->totals.back() == 0) return;
    if (std::find(rates.begin(), rates.end(), rate) == rates.end()) rates.push_back(rate);
  };
  add("");
  for (const auto& [threshold, judgement] : result.thresholds) {
    if (threshold.metric == metric) add(threshold.selector.to_string());
  }
  return rates;
}

std::vector<double> shares_of(const IntervalRate& rate, const Columns& columns) {
  std::vector<double> shares;
  std::uint64_t trues = 0;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::uint64_t now = rate.totals[columns.last(i)];
    const std::uint64_t then = rate.trues[columns.last(i)];
    shares.push_back(now > total
                         ? static_cast<double>(then - trues) / static_cast<double>(now - total)
                         : std::numeric_limits<double>::quiet_NaN());
    total = now;
    trues = then;
  }
  return shares;
}

bool stays_at(const Chart& chart, double value) {
  return std::all_of(chart.series.begin(), chart.series.end(), [&](const ChartSeries& series) {
    return std::all_of(series.values.begin(), series.values.end(),
                       [&](double each) { return std::isnan(each) || each == value; });
  });
}

std::size_t spans_for(const Rates& rates) {
  std::uint64_t fewest = rates[0]->totals.back();
  for (const IntervalRate* rate : rates) fewest = std::min(fewest, rate->totals.back());
  return std::clamp<std::size_t>(fewest / kWanted, kFewestSpans, kMostSpans);
}

struct Subject {
  std::string title;
  std::string whole;  // What its line is called.
  metrics::MetricId metric;
  bool low_is_bad = false;
};

// "0.52% in all: 13 of 2,500. Highest 4% from 3s to 4s."
std::string caption_of(const RunResult& result, const Chart& chart, const Subject& subject) {
  const metrics::Rate whole = result.store->rate(subject.metric);
  std::string text =
      fmt::format("{} in all: {} of {}.", metrics::format_value(whole.share(), Unit::kShare),
                  base::format_count(whole.trues), base::format_count(whole.total));
  std::vector<double> values = chart.series[0].values;
  if (subject.low_is_bad)
    std::transform(values.begin(), values.end(), values.begin(), std::negate<>());
  if (const auto at = highest_of(values)) {
    text += fmt::format(" {} {} {}.", subject.low_is_bad ? "Lowest" : "Highest",
                        metrics::format_value(chart.series[0].values[*at], Unit::kShare),
                        span_in_words(chart, *at));
  }
  return text;
}

std::vector<Subject> subjects_of(const RunResult& result) {
  const bool has_llm = result.store->counter(metrics::kLlmRequests) > 0;
  std::vector<Subject> subjects;
  const auto add = [&](Subject subject) {
    const bool is_there = std::any_of(subjects.begin(), subjects.end(), [&](const Subject& each) {
      return each.metric == subject.metric;
    });
    if (!is_there) subjects.push_back(std::move(subject));
  };
  if (has_llm) add({"Requests that failed", "requests", metrics::kLlmRequestFailed});
  // An LLM request is one of HTTP too: where there are no others, one line says it.
  const IntervalRate* llm = find_rate(result, metrics::kLlmRequestFailed, "");
  const IntervalRate* http = find_rate(result, metrics::kHttpReqFailed, "");
  if (http != nullptr && (llm == nullptr || http->totals != llm->totals)) {
    add({"HTTP requests that failed", "HTTP requests", metrics::kHttpReqFailed});
  }
  add({"Checks that held", "checks", metrics::kChecks, true});
  for (const auto& [threshold, judgement] : result.thresholds) {
    const metrics::Metric& about = result.store->registry().at(threshold.metric);
    if (about.type == metrics::Type::kRate) {
      const bool wants_high = threshold.op == metrics::Threshold::Op::kGreater ||
                              threshold.op == metrics::Threshold::Op::kGreaterEqual;
      add({about.name, about.name, threshold.metric, wants_high});
    }
  }
  return subjects;
}

}  // namespace

std::vector<Chart> rates_over_time(const RunResult& result) {
  std::vector<Chart> charts;
  for (const Subject& subject : subjects_of(result)) {
    Rates rates = rates_of(result, subject.metric);
    if (rates.empty()) continue;
    if (rates.size() > kMostLines) rates.resize(kMostLines);
    const Columns columns(result.intervals, spans_for(rates));
    if (columns.size() < 2) continue;
    Chart chart;
    chart.id = fmt::format("time-rate-{}", subject.metric);
    chart.title = subject.title;
    chart.unit = "share";
    chart.begins = columns.begins();
    chart.ends = columns.ends();
    for (const IntervalRate* rate : rates) {
      const std::string& selector = rate->selector;
      chart.series.push_back(
          {selector.empty() ? subject.whole : selector, shares_of(*rate, columns)});
    }
    if (stays_at(chart, 0) || stays_at(chart, 1)) continue;
    std::vector<ChartMark> limits;
    for (const auto& [threshold, judgement] : result.thresholds) {
      const bool is_share = threshold.aggregate == metrics::Threshold::Aggregate::kRate;
      if (threshold.metric == subject.metric && is_share) {
        limits.push_back({threshold.source, threshold.limit});
      }
    }
    add_limits(chart, limits);
    chart.highest = std::min(chart.highest, 1.0);  // No axis of shares goes beyond.
    chart.caption = caption_of(result, chart, subject);
    charts.push_back(std::move(chart));
  }
  return charts;
}

}  // namespace output
