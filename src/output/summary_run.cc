// What the summary shows of checks, groups, iterations, the client itself and the script's errors.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "metrics/builtin.h"
#include "metrics/threshold.h"
#include "output/statistics.h"
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
    std::string line =
        fmt::format("{}   {} of {}", pad_right(cut_to_width(printable(name), width), width),
                    base::format_count(rate.trues), base::format_count(rate.total));
    if (!all) line += "   " + metrics::format_value(rate.share(), Unit::kShare);
    page.add_line("  " + (all ? page.paint().green("✓") : page.paint().red("✗")) + " " + line);
  }
}

void add_groups(Page& page, const RunResult& result) {
  const auto groups = result.store->grouped(metrics::kGroupDuration, "group");
  if (groups.empty()) return;
  Table table(trend_header("group duration"));
  for (const auto& [name, series] : groups) {
    std::vector<std::string> cells = {"  " + name};
    for (std::string& cell :
         trend_cells(std::get<metrics::Trend>(series), Unit::kTime, page.legend())) {
      cells.push_back(std::move(cell));
    }
    table.add_row(std::move(cells));
  }
  may_drop_statistics(table);
  page.add_table(table);
}

void add_starts(Page& page, const RunResult& result) {
  const Store& store = *result.store;
  const auto words = [&](const Selector& selector) {
    const metrics::Trend waits = store.trend(metrics::kVuWait, selector);
    const metrics::Trend lags = store.trend(metrics::kStartLag, selector);
    const auto begun = static_cast<double>(waits.values.count());
    const double dropped = store.counter(metrics::kDroppedIterations, selector);
    const auto p99 = [&page](const metrics::Trend& trend) {
      return format_percentile(trend, 99, Unit::kTime, page.legend());
    };
    return std::vector<std::string>{
        format_whole(begun + dropped) + " due", format_whole(begun) + " begun",
        format_whole(dropped) + " dropped", "start_lag p99 " + p99(lags),
        fmt::format("vu_wait p99 {} max {}", p99(waits),
                    format_estimate(waits.max(), Unit::kTime, page.legend()))};
  };
  std::vector<std::string> scenarios = store.tag_values(metrics::kVuWait, "scenario");
  for (std::string& name : store.tag_values(metrics::kDroppedIterations, "scenario")) {
    const auto place = std::lower_bound(scenarios.begin(), scenarios.end(), name);
    if (place == scenarios.end() || *place != name) scenarios.insert(place, std::move(name));
  }
  for (const std::string& scenario : scenarios) {
    std::vector<std::string> parts =
        words(Selector{{{"scenario", Selector::Op::kEqual, scenario}}});
    if (scenarios.size() > 1) parts.front().insert(0, cut_to_width(scenario, 24) + ": ");
    page.add_titled(&scenario == &scenarios.front() ? "starts" : "", parts);
  }
}

void add_dropped(Page& page, const RunResult& result) {
  const Store& store = *result.store;
  const double dropped = store.counter(metrics::kDroppedIterations);
  if (dropped == 0) return;
  const double due = dropped + static_cast<double>(store.trend(metrics::kVuWait).values.count());
  page.add_titled("dropped", fmt::format("{} of {} iterations that were due never began ({})",
                                         format_whole(dropped), format_whole(due),
                                         metrics::format_value(dropped / due, Unit::kShare)));
}

void add_iterations(Page& page, const RunResult& result) {
  const Store& store = *result.store;
  const double iterations = store.counter(metrics::kIterations);
  const double interrupted = store.counter(metrics::kInterruptedIterations);
  if (iterations == 0 && interrupted == 0) return;
  std::vector<std::string> words = {
      fmt::format("{} ({}/s)", format_whole(iterations),
                  format_rate(per_second(iterations, result.counted_time())))};
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

void add_apart(Page& page, const RunResult& result) {
  if (result.apart == nullptr) return;
  const Store& store = *result.apart;
  std::vector<std::string> words;
  const auto add = [&](const std::string& what, const Selector& selector) {
    const double llm = store.counter(metrics::kLlmRequests, selector);
    const double http = store.counter(metrics::kHttpReqs, selector);
    if (llm + http == 0) return;
    const auto failed = llm > 0 ? metrics::kLlmRequestFailed : metrics::kHttpReqFailed;
    std::string text =
        what + ": " + (llm > 0 ? plural(llm, "request") : plural(http, "HTTP request"));
    text += fmt::format(", {} failed", base::format_count(store.rate(failed, selector).trues));
    const double cost = store.counter(metrics::kLlmCost, selector);
    if (cost > 0) text += ", " + metrics::format_value(cost, Unit::kUsd);
    words.push_back(std::move(text));
  };
  constexpr std::array kHooks = {"setup", "teardown"};
  Selector of_warmup;
  for (const char* hook : kHooks) {
    of_warmup.terms.push_back({"scenario", Selector::Op::kNotEqual, hook});
  }
  add("warm-up " + metrics::format_seconds(result.warmup), of_warmup);
  for (const char* hook : kHooks) add(hook, {{{"scenario", Selector::Op::kEqual, hook}}});
  if (!words.empty()) page.add_wrapped("apart from these figures: " + base::join(words, "; "));
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
  if (cpu.count > 0) {
    words.push_back("CPU of a worker up to " + metrics::format_value(cpu.max, Unit::kShare));
  }
  const metrics::Gauge memory = store.gauge(metrics::kClientMemory);
  if (memory.count > 0)
    words.push_back("memory " + metrics::format_value(memory.max, Unit::kBytes));
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
      page.add_line((is_first ? "  " + page.paint().red(times) : "    ") + printable(line));
      is_first = false;
    }
  }
}

}  // namespace output
