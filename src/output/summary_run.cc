// What the summary shows of checks, iterations, the client itself and the script's errors.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "metrics/builtin.h"
#include "metrics/threshold.h"
#include "output/summary_tables.h"

namespace output {

using metrics::Selector;
using metrics::Store;
using metrics::Unit;

void add_checks(Page& page, const RunResult& result) {
  const Store& store = *result.store;
  const auto checks = store.grouped(metrics::kChecks, "check");
  if (checks.empty()) return;
  page.start_section();
  page.add_line(page.paint().bold("checks"));
  std::size_t width = 0;
  for (const auto& [name, series] : checks) width = std::max(width, width_of(name));
  width = std::min(width, page.width() / 2);
  for (const auto& [name, series] : checks) {
    const auto& rate = std::get<metrics::Rate>(series);
    const bool all = rate.trues == rate.total;
    std::string line = fmt::format("{}   {} of {}", pad_right(cut_to_width(name, width), width),
                                   base::format_count(rate.trues), base::format_count(rate.total));
    if (!all) line += "   " + metrics::format_value(rate.share(), Unit::kShare);
    page.add_line("  " + (all ? page.paint().green("✓") : page.paint().red("✗")) + " " + line);
  }
}

void add_iterations(Page& page, const RunResult& result) {
  const Store& store = *result.store;
  const double iterations = store.counter(metrics::kIterations);
  const double interrupted = store.counter(metrics::kInterruptedIterations);
  if (iterations == 0 && interrupted == 0) return;
  std::vector<std::string> words = {fmt::format(
      "{} ({}/s)", format_whole(iterations), format_rate(per_second(iterations, result.elapsed)))};
  if (interrupted > 0) words.push_back("interrupted " + format_whole(interrupted));
  const metrics::Trend duration = store.trend(metrics::kIterationDuration);
  if (duration.count() > 0) {
    std::string text =
        "duration avg " + format_estimate(duration.mean(), Unit::kTime, page.legend());
    text += " med " + format_percentile(duration, 50, Unit::kTime, page.legend());
    text += " p95 " + format_percentile(duration, 95, Unit::kTime, page.legend());
    words.push_back(std::move(text));
  }
  page.add_titled("iterations", words);
}

void add_client(Page& page, const RunResult& result) {
  const Store& store = *result.store;
  std::vector<std::string> words;
  const auto add_trend = [&](const char* name, metrics::MetricId metric, Unit unit) {
    const metrics::Trend trend = store.trend(metric);
    if (trend.count() == 0) return;
    words.push_back(fmt::format("{} p99 {} max {}", name,
                                format_percentile(trend, 99, unit, page.legend()),
                                format_estimate(trend.max(), unit, page.legend())));
  };
  add_trend("client_lag", metrics::kClientLag, Unit::kTime);
  add_trend("start_lag", metrics::kStartLag, Unit::kTime);
  add_trend("loop_time", metrics::kLoopTime, Unit::kTime);
  const metrics::Trend events = store.trend(metrics::kEventsPerRead);
  if (events.count() > 0) {
    words.push_back(fmt::format("events per read avg {:.2f} max {}", events.mean().value,
                                format_whole(events.max().value)));
  }
  const metrics::Gauge cpu = store.gauge(metrics::kClientCpu);
  if (cpu.set) {
    words.push_back("CPU of a worker up to " + metrics::format_value(cpu.max, Unit::kShare));
  }
  const metrics::Gauge memory = store.gauge(metrics::kClientMemory);
  if (memory.set) words.push_back("memory " + metrics::format_value(memory.max, Unit::kBytes));
  if (result.host.is_object() && result.host.contains("stamps") &&
      result.host["stamps"].is_string()) {
    words.push_back("stamps " + result.host["stamps"].get<std::string>());
  }
  if (!words.empty()) page.add_titled("client", words);
}

void add_script_errors(Page& page, const RunResult& result) {
  if (result.script_errors.empty()) return;
  page.start_section();
  page.add_line(page.paint().bold("script errors"));
  for (const ScriptError& error : result.script_errors) {
    const std::string times = base::format_count(error.count) + " × ";
    bool is_first = true;
    for (const std::string_view line : lines_of(error.text)) {
      page.add_line((is_first ? "  " + page.paint().red(times) : "    ") + std::string(line));
      is_first = false;
    }
  }
}

}  // namespace output
