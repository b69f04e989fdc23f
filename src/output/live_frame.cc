#include "output/live_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/duration.h"
#include "base/text.h"
#include "metrics/builtin.h"
#include "metrics/threshold.h"
#include "output/figures.h"
#include "output/statistics.h"
#include "output/table.h"

namespace output {
namespace {

using metrics::Selector;
using metrics::Store;
using metrics::Unit;

constexpr std::size_t kTitleWidth = 10;
constexpr std::size_t kWidestName = 20;

std::string percentile(const metrics::Trend& trend, double at) {
  Legend unexplained;  // There is no room for it; docs/metrics.md says what the signs mean.
  return format_percentile(trend, at, Unit::kTime, unexplained);
}

std::string share(double value) { return fmt::format("{:.0f}%", value * 100); }

std::string usd(double amount) { return metrics::format_value(amount, Unit::kUsd); }

std::string bar(double part, std::size_t width) {
  const auto full =
      static_cast<std::size_t>(std::clamp(part, 0.0, 1.0) * static_cast<double>(width));
  return "[" + std::string(full, '=') + std::string(width - full, ' ') + "]";
}

// Lines of "title     part · part": parts that have no room are left out from the end.
class Lines {
 public:
  Lines(std::size_t width, const Paint& paint) : width_(width), paint_(paint) {}

  void add(std::string_view title, const std::vector<std::string>& parts) {
    if (parts.empty()) return;
    std::string text = pad_right(title, kTitleWidth);
    for (const std::string& part : parts) {
      const bool is_first = &part == &parts.front();
      const std::string more = (is_first ? "" : " · ") + part;
      if (!is_first && width_of(text) + width_of(more) > width_) break;
      text += more;
    }
    add_plain(text);
  }
  void add_plain(std::string_view text) { lines_.push_back(cut_to_width(text, width_)); }
  void add_bold(std::string_view text) {
    lines_.push_back(paint_.bold(cut_to_width(text, width_)));
  }
  void add_warning(std::string_view text) {
    lines_.push_back(paint_.yellow(cut_to_width(text, width_)));
  }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  std::size_t width_;
  const Paint& paint_;
  std::vector<std::string> lines_;
};

void add_run(Lines& lines, const Progress& progress) {
  std::string text = progress.phase + "  " + base::format_duration(progress.elapsed);
  if (progress.planned > base::Duration::zero()) {
    text += " of " + base::format_duration(progress.planned);
  }
  text += fmt::format("  {}/{} VUs", base::format_count(progress.vus),
                      base::format_count(std::max(progress.vus, progress.max_vus)));
  if (progress.store != nullptr) {
    text += "  " + format_whole(progress.store->counter(metrics::kIterations)) + " iterations";
  }
  lines.add_bold(text);
}

// How far it has come, 0 to 1; below 0 before its start.
double part_done(const ScenarioProgress& scenario, base::Duration elapsed) {
  if (elapsed < scenario.start_time) return -1;
  if (scenario.planned_iterations > 0) {
    return static_cast<double>(std::min(scenario.iterations, scenario.planned_iterations)) /
           static_cast<double>(scenario.planned_iterations);
  }
  if (scenario.duration <= base::Duration::zero()) return 1;
  return std::min(
      base::to_seconds(elapsed - scenario.start_time) / base::to_seconds(scenario.duration), 1.0);
}

std::string state_of(const ScenarioProgress& scenario, base::Duration elapsed, double done) {
  if (done < 0) return "starts at " + base::format_duration(scenario.start_time);
  if (scenario.planned_iterations > 0) {
    return fmt::format(
        "{} of {} iterations",
        base::format_count(std::min(scenario.iterations, scenario.planned_iterations)),
        base::format_count(scenario.planned_iterations));
  }
  const base::Duration own = std::min(elapsed - scenario.start_time, scenario.duration);
  return base::format_duration(own) + " of " + base::format_duration(scenario.duration);
}

void add_scenarios(Lines& lines, const Progress& progress, std::size_t columns, std::size_t most) {
  std::size_t name_width = 0;
  for (const ScenarioProgress& scenario : progress.scenarios) {
    name_width = std::max(name_width, std::min(width_of(scenario.name), kWidestName));
  }
  const std::size_t bar_width = columns >= 100 ? 24 : columns >= 60 ? 14 : 6;
  const std::size_t all = progress.scenarios.size();
  const std::size_t shown = all <= most ? all : most - std::min<std::size_t>(most, 1);
  for (std::size_t i = 0; i < shown; ++i) {
    const ScenarioProgress& scenario = progress.scenarios[i];
    const double done = part_done(scenario, progress.elapsed);
    const std::string name = pad_right(cut_in_the_middle(scenario.name, name_width), name_width);
    lines.add_plain(fmt::format("  {}  {} {:>4}  {}  {} VUs  {}", name, bar(done, bar_width),
                                done < 0 ? "-" : share(done),
                                state_of(scenario, progress.elapsed, done),
                                base::format_count(scenario.vus), scenario.executor));
  }
  if (shown < all && most > 0) lines.add_plain(fmt::format("  … {} scenarios more", all - shown));
}

// "12.3/s, 738/min", of the last seconds.
std::string speed(const Progress& progress, metrics::MetricId metric) {
  if (progress.recent == nullptr || progress.recent_span <= base::Duration::zero()) return "-";
  const double each = per_second(progress.recent->counter(metric), progress.recent_span);
  return fmt::format("{}/s, {}/min", format_rate(each), format_whole(each * 60));
}

void add_times(Lines& lines, const Store& recent, std::string_view title,
               std::vector<std::pair<const char*, metrics::MetricId>> rows) {
  std::vector<std::string> parts;
  for (const auto& [name, metric] : rows) {
    const metrics::Trend trend = recent.trend(metric);
    parts.push_back(
        fmt::format("{} p50 {} p95 {}", name, percentile(trend, 50), percentile(trend, 95)));
  }
  lines.add(title, parts);
}

void add_requests(Lines& lines, const Progress& progress) {
  const Store& store = *progress.store;
  const bool llm = store.counter(metrics::kLlmRequests) > 0;
  const auto requests = llm ? metrics::kLlmRequests : metrics::kHttpReqs;
  const auto failed = llm ? metrics::kLlmRequestFailed : metrics::kHttpReqFailed;
  lines.add("requests", {format_whole(store.counter(requests)), speed(progress, requests),
                         base::format_count(store.rate(failed).trues) + " failed"});
  if (llm) {
    lines.add("tokens", {"out " + speed(progress, metrics::kLlmOutputTokens),
                         "in " + speed(progress, metrics::kLlmInputTokens)});
  }
  if (progress.recent != nullptr && llm) {
    add_times(lines, *progress.recent, "latency",
              {{"ttft", metrics::kLlmTtft}, {"itl", metrics::kLlmItl}});
  } else if (progress.recent != nullptr) {
    add_times(lines, *progress.recent, "latency", {{"http", metrics::kHttpReqDuration}});
  }
  const Selector of_failed{{{"outcome", Selector::Op::kEqual, "failed"}}};
  lines.add("failures", counts_by(store, requests, "error", of_failed));
}

void add_buckets(Lines& lines, const Store& store) {
  constexpr std::array kBuckets = {
      std::pair{"requests", metrics::kLlmRatelimitRequestsUsed},
      std::pair{"tokens", metrics::kLlmRatelimitTokensUsed},
      std::pair{"input tokens", metrics::kLlmRatelimitInputTokensUsed},
      std::pair{"output tokens", metrics::kLlmRatelimitOutputTokensUsed}};
  std::vector<std::string> parts;
  for (const auto& [name, metric] : kBuckets) {
    const metrics::Gauge gauge = store.gauge(metric);
    if (gauge.count > 0) parts.push_back(fmt::format("{} {} used", name, share(gauge.last)));
  }
  lines.add("limits", parts);
}

void add_money(Lines& lines, const Progress& progress) {
  const double cost = progress.store->counter(metrics::kLlmCost);
  if (progress.budget) {
    const BudgetUse& budget = *progress.budget;
    const double part = budget.limit > 0 ? budget.spent / budget.limit : 0;
    lines.add("budget", {fmt::format("{} of {} spent ({})", usd(budget.spent), usd(budget.limit),
                                     share(part))});
  } else if (cost > 0) {
    lines.add("cost", {usd(cost)});
  }
}

void add_client(Lines& lines, const Progress& progress) {
  if (!progress.held_up.empty()) {
    return lines.add_warning(pad_right("client", kTitleWidth) + "held up: " + progress.held_up);
  }
  std::vector<std::string> parts = {progress.held_up_before ? "keeps up, was held up before"
                                                            : "keeps up"};
  const metrics::ClientSecond& second = progress.client;
  const auto time = [](double seconds) { return metrics::format_value(seconds, Unit::kTime); };
  if (second.lag_p99 >= 0) parts.push_back("lag p99 " + time(second.lag_p99));
  if (second.start_lag_p99 >= 0) parts.push_back("start lag p99 " + time(second.start_lag_p99));
  if (second.cpu >= 0) parts.push_back("CPU " + share(second.cpu));
  lines.add("client", parts);
}

}  // namespace

std::vector<std::string> frame_lines(const Progress& progress, FrameSize size, const Paint& paint) {
  const std::size_t width = std::max<std::size_t>(size.columns, 2) - 1;
  const std::size_t most = std::max<std::size_t>(size.rows, 2) - 1;
  Lines below(width, paint);
  if (progress.store != nullptr) {
    add_requests(below, progress);
    add_buckets(below, *progress.store);
    add_money(below, progress);
    add_client(below, progress);
  }
  if (!progress.keys.empty()) below.add("keys", {progress.keys});
  const std::vector<std::string> figures = below.take();
  Lines above(width, paint);
  add_run(above, progress);
  const std::size_t taken = figures.size() + 1;
  add_scenarios(above, progress, size.columns, most > taken ? most - taken : 0);
  std::vector<std::string> lines = above.take();
  lines.insert(lines.end(), figures.begin(), figures.end());
  if (lines.size() > most) lines.resize(most);
  return lines;
}

}  // namespace output
