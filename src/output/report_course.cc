// The charts over a run's time.
#include "output/report_course.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <utility>

#include "base/text.h"
#include "metrics/builtin.h"
#include "output/report_chart.h"
#include "output/report_columns.h"
#include "output/report_spans.h"
#include "output/statistics.h"

namespace output {
namespace {

using metrics::Unit;

constexpr std::size_t kMostPoints = 150;

// "12.3/s from 10s to 12s"
std::string highest_in_words(const Chart& chart, const ChartSeries& series,
                             const std::function<std::string(double)>& format) {
  const auto at = highest_of(series.values);
  if (!at) return "none";
  return format(series.values[*at]) + " " + span_in_words(chart, *at);
}

class CourseCharts {
 public:
  explicit CourseCharts(const RunResult& result)
      : result_(result),
        intervals_(result.intervals),
        columns_(intervals_, kMostPoints),
        has_llm_(result.store->counter(metrics::kLlmRequests) > 0) {}

  bool is_long_enough() const { return columns_.size() > 1; }

  std::vector<Chart> charts() const {
    std::vector<Chart> all;
    const auto add = [&](Chart chart) {
      leave_out_warmup(chart);
      const bool has_values = std::any_of(
          chart.series.begin(), chart.series.end(),
          [](const ChartSeries& series) { return highest_of(series.values).has_value(); });
      if (has_values) all.push_back(std::move(chart));
    };
    add(users());
    add(requests());
    const std::vector<CourseSubject> times = times_of_requests();
    for (const CourseSubject& subject : times) {
      if (auto chart = percentiles_over_time(result_, subject)) add(std::move(*chart));
    }
    for (Chart& chart : named_trends_over_time(result_, times)) add(std::move(chart));
    if (has_llm_) add(tokens());
    add(failures());
    for (Chart& chart : rates_over_time(result_)) add(std::move(chart));
    if (has_llm_) add(buckets());
    if (has_llm_) add(cost());
    add(client_lag());
    add(client_load());
    return all;
  }

 private:
  std::vector<CourseSubject> times_of_requests() const {
    if (!has_llm_) return {{"time-http", "HTTP request", metrics::kHttpReqDuration}};
    return {{"time-ttft", "Time to first token", metrics::kLlmTtft},
            {"time-itl", "Time between tokens", metrics::kLlmItl},
            {"time-duration", "Whole request", metrics::kLlmRequestDuration}};
  }

  // Its samples are in no figure, so zero would be wrong.
  void leave_out_warmup(Chart& chart) const {
    constexpr double kRounding = 0.05;
    const double warmup = base::to_seconds(result_.warmup);
    for (ChartSeries& series : chart.series) {
      for (std::size_t i = 0; i < series.values.size(); ++i) {
        if (chart.begins[i] < warmup - kRounding) {
          series.values[i] = std::numeric_limits<double>::quiet_NaN();
        }
      }
    }
  }

  // "24.2/s": over the time that is counted, as in the tables.
  std::string average(metrics::MetricId counter) const {
    return format_rate(per_second(result_.store->counter(counter), result_.counted_time())) + "/s";
  }

  Chart begin(const char* id, const char* title, const char* unit) const {
    Chart chart;
    chart.id = id;
    chart.title = title;
    chart.unit = unit;
    chart.begins = columns_.begins();
    chart.ends = columns_.ends();
    return chart;
  }

  template <typename Member>
  Columns::Column column(Member member) const {
    return [this, member](std::size_t i) {
      return static_cast<double>(std::invoke(member, intervals_[i]));
    };
  }
  Columns::Column client(double metrics::ClientSecond::*member) const {
    return [this, member](std::size_t i) { return intervals_[i].client.*member; };
  }

  Chart users() const {
    Chart chart = begin("time-users", "Users", "count");
    chart.at_ends = true;
    chart.series.push_back({"virtual users", columns_.at_end(column(&Interval::vus))});
    const auto at = highest_of(chart.series[0].values);
    chart.caption =
        at ? fmt::format("Up to {} at once.", plural(chart.series[0].values[*at], "virtual user"))
           : "";
    return chart;
  }

  Chart requests() const {
    const auto total = has_llm_ ? &Interval::llm_requests : &Interval::http_reqs;
    Chart chart =
        begin("time-requests", has_llm_ ? "Requests per second" : "HTTP requests per second", "/s");
    chart.series.push_back({"requests", columns_.per_second(column(total))});
    if (has_llm_) {
      chart.series.push_back(
          {"failed", columns_.per_second(column(&Interval::llm_requests_failed))});
    }
    chart.caption = fmt::format(
        "{} on average, highest {}.",
        average(has_llm_ ? metrics::kLlmRequests : metrics::kHttpReqs),
        highest_in_words(chart, chart.series[0], [](double v) { return format_rate(v) + "/s"; }));
    return chart;
  }

  Chart tokens() const {
    Chart chart = begin("time-tokens", "Tokens per second", "/s");
    chart.series.push_back({"output", columns_.per_second(column(&Interval::output_tokens))});
    if (intervals_.back().input_tokens > 0) {
      chart.series.push_back({"input", columns_.per_second(column(&Interval::input_tokens))});
    }
    chart.caption = fmt::format(
        "Output: {} on average, highest {}. Counted when a request ends.",
        average(metrics::kLlmOutputTokens),
        highest_in_words(chart, chart.series[0], [](double v) { return format_rate(v) + "/s"; }));
    return chart;
  }

  Chart failures() const {
    Chart chart = begin("time-failures", "Failures per second, by kind", "/s");
    chart.stacked = true;
    std::vector<std::pair<double, std::string>> kinds;
    for (const auto& [kind, totals] : result_.interval_series.failures) {
      kinds.emplace_back(totals.back(), kind);
    }
    std::sort(kinds.rbegin(), kinds.rend());
    std::vector<std::string> words;
    for (const auto& [total, kind] : kinds) {
      const std::vector<double>& totals = result_.interval_series.failures.at(kind);
      chart.series.push_back({kind, columns_.per_second([&](std::size_t i) { return totals[i]; })});
      words.push_back(kind + " " + format_whole(total));
    }
    chart.caption = fmt::format("{}In all: {}.", words.size() > 1 ? "One upon the other. " : "",
                                base::join(words, ", "));
    return chart;
  }

  Chart buckets() const {
    struct Bucket {
      const char* name;
      double Interval::*used;
      metrics::MetricId metric;
    };
    constexpr std::array kBuckets = {
        Bucket{"requests", &Interval::requests_used, metrics::kLlmRatelimitRequestsUsed},
        Bucket{"tokens", &Interval::tokens_used, metrics::kLlmRatelimitTokensUsed},
        Bucket{"input tokens", &Interval::input_tokens_used, metrics::kLlmRatelimitInputTokensUsed},
        Bucket{"output tokens", &Interval::output_tokens_used,
               metrics::kLlmRatelimitOutputTokensUsed}};
    Chart chart = begin("time-limits", "Rate limits used", "share");
    chart.highest = 1;
    std::vector<std::string> most;
    for (const Bucket& bucket : kBuckets) {
      ChartSeries series{bucket.name, columns_.highest(column(bucket.used))};
      if (!highest_of(series.values)) continue;
      chart.series.push_back(std::move(series));
      most.push_back(fmt::format(
          "{} {}", bucket.name,
          metrics::format_value(result_.store->gauge(bucket.metric).max, Unit::kShare)));
    }
    chart.caption = fmt::format(
        "How much of the provider’s buckets was used up, as last heard of in each second. Most at "
        "any time: {}.",
        base::join(most, ", "));
    return chart;
  }

  Chart cost() const {
    Chart chart = begin("time-cost", "Cost so far", "usd");
    if (intervals_.back().cost_usd <= 0) return chart;
    chart.at_ends = true;
    chart.series.push_back({"cost", columns_.at_end(column(&Interval::cost_usd))});
    chart.caption =
        metrics::format_value(intervals_.back().cost_usd, Unit::kUsd) + " by the end of the load.";
    return chart;
  }

  Chart client_lag() const {
    using metrics::ClientSecond;
    Chart chart = begin("time-lag", "perigee’s own delay", "s");
    chart.series.push_back({"reading, p99", columns_.highest(client(&ClientSecond::lag_p99))});
    chart.series.push_back({"reading, worst", columns_.highest(client(&ClientSecond::lag_max))});
    chart.series.push_back(
        {"starting, p99", columns_.highest(client(&ClientSecond::start_lag_p99))});
    const auto time = [](double v) { return metrics::format_value(v, Unit::kTime); };
    chart.caption = fmt::format(
        "How late it read what had arrived, and began what was due, in the worst second of each "
        "span. Worst read: {}.",
        highest_in_words(chart, chart.series[1], time));
    return chart;
  }

  Chart client_load() const {
    using metrics::ClientSecond;
    Chart chart = begin("time-load", "Load of the busiest worker", "share");
    chart.highest = 1;
    chart.series.push_back({"CPU", columns_.highest(client(&ClientSecond::cpu))});
    chart.series.push_back(
        {"waiting for a core", columns_.highest(client(&ClientSecond::run_queue_share))});
    chart.series.push_back({"in scripts", columns_.highest(client(&ClientSecond::script_share))});
    const auto share = [](double v) { return metrics::format_value(v, Unit::kShare); };
    chart.caption = "CPU at most " + highest_in_words(chart, chart.series[0], share) + ".";
    return chart;
  }

  const RunResult& result_;
  const std::vector<Interval>& intervals_;
  Columns columns_;
  bool has_llm_;
};

}  // namespace

Charts charts_over_time(const RunResult& result) {
  const CourseCharts course(result);
  if (!course.is_long_enough()) return {{}, {"The run was too short for charts over time."}};
  Charts charts{course.charts(), {}};
  if (result.interval_series.trends.empty()) {
    charts.missing.push_back(
        "This result file was written by an earlier perigee: it has no times, no input tokens and "
        "no kinds of failures over time.");
  }
  return charts;
}

}  // namespace output
