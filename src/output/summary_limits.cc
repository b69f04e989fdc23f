// What the summary shows of a provider's limits: money, buckets, queueing, retries, batches.
#include <fmt/format.h>

#include <array>
#include <set>
#include <utility>

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

std::string usd(double amount) { return metrics::format_value(amount, Unit::kUsd); }

// The share of each bucket that was used up: the most, and at the end.
void add_buckets(Page& page, const Store& store) {
  constexpr std::array kBuckets = {
      std::pair{"requests", metrics::kLlmRatelimitRequestsUsed},
      std::pair{"tokens", metrics::kLlmRatelimitTokensUsed},
      std::pair{"input tokens", metrics::kLlmRatelimitInputTokensUsed},
      std::pair{"output tokens", metrics::kLlmRatelimitOutputTokensUsed}};
  const auto share = [](double value) { return metrics::format_value(value, Unit::kShare); };
  bool first = true;
  std::set<std::string> models;
  for (const auto& [name, metric] : kBuckets) {
    for (std::string& model : store.tag_values(metric, "model")) models.insert(std::move(model));
  }
  const auto add = [&](const std::string& label, const Selector& selector) {
    std::vector<std::string> words;
    for (const auto& [name, metric] : kBuckets) {
      const metrics::Gauge gauge = store.gauge(metric, selector);
      if (gauge.count == 0) continue;
      words.push_back(
          fmt::format("{} {} at most, {} at the end", name, share(gauge.max), share(gauge.last)));
    }
    if (words.empty()) return;
    if (!label.empty()) words.front().insert(0, label + ": ");
    page.add_titled(std::exchange(first, false) ? "limits used" : "", words);
  };
  if (models.size() < 2) return add("", {});
  for (const std::string& model : models) {
    add(cut_to_width(model, 32), Selector{{{"model", Selector::Op::kEqual, model}}});
  }
}

void add_queue(Page& page, const Store& store) {
  const metrics::Trend queue = store.trend(metrics::kLlmQueueTime);
  if (queue.count() == 0 || queue.max().value < 0.001) return;
  page.add_titled(
      "queued", {"before sending: avg " + format_estimate(queue.mean(), Unit::kTime, page.legend()),
                 "p95 " + format_percentile(queue, 95, Unit::kTime, page.legend()),
                 "max " + format_estimate(queue.max(), Unit::kTime, page.legend())});
}

void add_retries(Page& page, const Store& store) {
  const double retries = store.counter(metrics::kLlmRetries);
  if (retries == 0) return;
  const double calls = store.counter(metrics::kLlmCalls);
  const double requests = store.counter(metrics::kLlmRequests);
  const metrics::Rate failed = store.rate(metrics::kLlmCallFailed);
  const metrics::Trend duration = store.trend(metrics::kLlmCallDuration);
  std::vector<std::string> words = {
      plural(retries, "more request"),
      fmt::format("{:.3g} requests per call", calls > 0 ? requests / calls : 0),
      fmt::format("{} of {} calls failed in the end", base::format_count(failed.trues),
                  base::format_count(failed.total))};
  if (duration.count() > 0) {
    words.push_back("calls took p50 " +
                    format_percentile(duration, 50, Unit::kTime, page.legend()) + " p95 " +
                    format_percentile(duration, 95, Unit::kTime, page.legend()));
  }
  page.add_titled("retries", words);
}

void add_batches(Page& page, const Store& store) {
  const double batches = store.counter(metrics::kLlmBatches);
  if (batches == 0) return;
  std::vector<std::string> words = {batches == 1 ? "1 batch" : format_whole(batches) + " batches"};
  const metrics::Trend duration = store.trend(metrics::kLlmBatchDuration);
  if (duration.count() > 0) {
    words.push_back("to their end p50 " +
                    format_percentile(duration, 50, Unit::kTime, page.legend()) + " max " +
                    format_estimate(duration.max(), Unit::kTime, page.legend()));
  }
  for (std::string& count : counts_by(store, metrics::kLlmBatchRequests, "result")) {
    words.push_back(std::move(count));
  }
  page.add_titled("batches", words);
}

}  // namespace

void add_budget(Page& page, const RunResult& result) {
  if (!result.budget) return;
  const BudgetUse& budget = *result.budget;
  std::vector<std::string> words = {
      fmt::format("{} of {} spent ({})", usd(budget.spent), usd(budget.limit),
                  metrics::format_value(budget.spent / budget.limit, Unit::kShare))};
  if (budget.unknown > 0) {
    words.push_back(usd(budget.unknown) +
                    " of it for requests whose cost nobody told, at what they could cost at most");
  }
  page.add_titled("budget", words);
}

void add_limits(Page& page, const RunResult& result) {
  const Store& store = *result.store;
  page.start_section();
  add_buckets(page, store);
  add_queue(page, store);
  add_retries(page, store);
  add_batches(page, store);
}

}  // namespace output
