// What the summary shows of LLM requests.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "metrics/builtin.h"
#include "metrics/threshold.h"
#include "output/statistics.h"
#include "output/summary_tables.h"

namespace output {
namespace {

using metrics::Selector;
using metrics::Store;
using metrics::Unit;

Selector with(Selector selector, std::string key, std::string value) {
  selector.terms.push_back({std::move(key), Selector::Op::kEqual, std::move(value)});
  return selector;
}

std::string share_cell(const metrics::Rate& rate) {
  return rate.total == 0 ? "-" : metrics::format_value(rate.share(), Unit::kShare);
}

void add_request_row(Table& table, const RunResult& result, const Part& part) {
  const Store& store = *result.store;
  const Selector& selector = part.selector;
  const double tokens_out = store.counter(metrics::kLlmOutputTokens, selector);
  const double tokens_per_s = per_second(tokens_out, result.counted_time());
  const double cached = store.counter(metrics::kLlmCacheReadTokens, selector);
  const auto cost = store.total(metrics::kLlmCost, selector);
  std::vector<std::string> cells = {
      part.label,
      format_whole(store.counter(metrics::kLlmRequests, selector)),
      share_cell(store.rate(metrics::kLlmRequestFailed, selector)),
      share_cell(store.rate(metrics::kLlmRateLimited, selector)),
      format_whole(store.counter(metrics::kLlmRequests, with(selector, "outcome", "censored"))),
      format_whole(store.counter(metrics::kLlmInputTokens, selector)),
      format_whole(cached),
      format_whole(tokens_out),
      format_rate(tokens_per_s),
      format_whole(tokens_per_s * 60),
      metrics::has_samples(cost)
          ? metrics::format_value(std::get<metrics::Counter>(cost).sum, Unit::kUsd)
          : "-"};
  if (!result.objectives.empty()) {
    cells.push_back(share_cell(store.rate(metrics::kLlmGood, selector)));
  }
  table.add_row(std::move(cells));
}

void add_request_table(Page& page, const RunResult& result, const char* title,
                       const std::vector<Part>& parts) {
  std::vector<std::string> header = {title,    "requests", "failed", "limited", "censored", "in",
                                     "cached", "out",      "tok/s",  "tok/min", "cost"};
  if (!result.objectives.empty()) header.push_back("good");
  Table table(std::move(header));
  for (const Part& part : parts) add_request_row(table, result, part);
  for (const std::size_t column : {6, 9, 4, 5, 3}) table.may_drop(column);
  page.add_table(table);
}

// The rows of one metric in the latency table; nothing where it has no samples.
void add_times(Table& table, Page& page, const Store& store, const std::string& title,
               metrics::MetricId metric, metrics::MetricId from_due,
               const std::vector<Part>& parts) {
  if (store.trend(metric).count() == 0) return;
  table.add_heading(fmt::format("  {} ({})", title, store.registry().at(metric).name));
  const auto add = [&](const std::string& label, const metrics::Trend& trend) {
    std::vector<std::string> cells = {"    " + label};
    for (std::string& cell : trend_cells(trend, Unit::kTime, page.legend())) {
      cells.push_back(std::move(cell));
    }
    table.add_row(std::move(cells));
  };
  for (const Part& part : parts) add(part.label, store.trend(metric, part.selector));
  if (metric == metrics::kLlmTtft) {
    for (const std::string& use : store.tag_values(metric, "cache")) {
      add("cache " + use, store.trend(metric, with({}, "cache", use)));
    }
  }
  if (from_due == metric) return;
  const metrics::Trend waited = store.trend(from_due);
  if (waited.count() > 0) add("all, from due", waited);
}

// Where there was no thinking, the first text is the first token and its rows would say it twice.
bool has_own_first_text(const Store& store) {
  const metrics::Trend text = store.trend(metrics::kLlmTtftText);
  return text.count() > 0 && text.sum().value != store.trend(metrics::kLlmTtft).sum().value;
}

}  // namespace

void add_request_tables(Page& page, const RunResult& result) {
  const Store& store = *result.store;
  add_request_table(page, result, "task", parts_by(store, metrics::kLlmRequests, "task"));
  for (const char* key : {"scenario", "model"}) {
    const std::vector<Part> parts = parts_by(store, metrics::kLlmRequests, key);
    if (parts.size() > 1) add_request_table(page, result, key, parts);
  }
}

bool shows_more_latencies(const Store& store) {
  return has_own_first_text(store) || store.trend(metrics::kLlmThinkingDuration).count() > 0 ||
         store.trend(metrics::kLlmToolInputDuration).count() > 0;
}

void add_latency_table(Page& page, const RunResult& result, bool in_full) {
  const Store& store = *result.store;
  const std::vector<Part> parts =
      parts_by_each(store, metrics::kLlmRequests, {"task", "scenario", "model"});
  Table table(trend_header("latency"));
  add_times(table, page, store, "time to first token", metrics::kLlmTtft, metrics::kLlmTtftFromDue,
            parts);
  if (in_full && has_own_first_text(store)) {
    add_times(table, page, store, "time to first text", metrics::kLlmTtftText,
              metrics::kLlmTtftText, parts);
  }
  if (in_full) {
    add_times(table, page, store, "thinking", metrics::kLlmThinkingDuration,
              metrics::kLlmThinkingDuration, parts);
    add_times(table, page, store, "tool input", metrics::kLlmToolInputDuration,
              metrics::kLlmToolInputDuration, parts);
  }
  add_times(table, page, store, "inter-token latency", metrics::kLlmItl, metrics::kLlmItl, parts);
  add_times(table, page, store, "time per output token", metrics::kLlmTpot, metrics::kLlmTpot,
            parts);
  add_times(table, page, store, "request duration", metrics::kLlmRequestDuration,
            metrics::kLlmRequestDurationFromDue, parts);
  may_drop_statistics(table);
  if (table.size() > 1) page.add_table(table);
}

void add_per_request_table(Page& page, const RunResult& result) {
  const Store& store = *result.store;
  Table table(trend_header("per request"));
  const auto add = [&](const char* label, metrics::MetricId metric) {
    const metrics::Trend trend = store.trend(metric);
    if (trend.count() == 0) return;
    std::vector<std::string> cells = {label};
    for (std::string& cell : trend_cells(trend, Unit::kNone, page.legend())) {
      cells.push_back(std::move(cell));
    }
    table.add_row(std::move(cells));
  };
  add("  input tokens", metrics::kLlmTokensIn);
  add("  output tokens", metrics::kLlmTokensOut);
  add("  output tokens/s", metrics::kLlmOutputTokensPerSecond);
  may_drop_statistics(table);
  if (table.size() > 1) page.add_table(table);
}

void add_failures(Page& page, const RunResult& result) {
  const Store& store = *result.store;
  const Selector failed = with({}, "outcome", "failed");
  const auto kinds = counts_by(store, metrics::kLlmRequests, "error", failed);
  const double stalls = store.counter(metrics::kLlmStalls);
  const double cancelled = store.counter(metrics::kLlmCancelled);
  if (kinds.empty() && stalls == 0 && cancelled == 0) return;
  page.start_section();
  if (!kinds.empty()) page.add_titled("failures", kinds);
  const auto tasks = store.tag_values(metrics::kLlmRequests, "task", failed);
  for (std::size_t i = 0; tasks.size() > 1 && i < tasks.size(); ++i) {
    page.add_titled("  " + tasks[i], counts_by(store, metrics::kLlmRequests, "error",
                                               with(failed, "task", tasks[i])));
  }
  const auto limits = counts_by(store, metrics::kLlmRequests, "limit", failed);
  if (!limits.empty()) page.add_titled("  limited by", limits);
  if (stalls > 0) {
    page.add_titled("stalls", plural(stalls, "long gap") + " between tokens");
  }
  if (cancelled > 0) {
    page.add_titled("cancelled", plural(cancelled, "request") + ", broken off by the script");
  }
}

void add_objectives(Page& page, const RunResult& result) {
  if (result.objectives.empty()) return;
  const Store& store = *result.store;
  std::vector<std::string> sources;
  for (const metrics::Objective& objective : result.objectives) {
    sources.push_back(objective.source);
  }
  page.start_section();
  page.add_titled("objectives", sources);
  const metrics::Rate good = store.rate(metrics::kLlmGood);
  if (good.total == 0) return page.add_titled("goodput", "no requests");
  const auto speed = [&](metrics::MetricId metric, const char* unit) {
    return format_rate(per_second(store.counter(metric), result.counted_time())) + unit;
  };
  page.add_titled(
      "goodput",
      {fmt::format("{} good: {} of {} requests", metrics::format_value(good.share(), Unit::kShare),
                   base::format_count(good.trues), base::format_count(good.total)),
       speed(metrics::kLlmGoodRequests, " good requests/s"),
       speed(metrics::kLlmGoodOutputTokens, " output tokens/s of these")});
}

}  // namespace output
