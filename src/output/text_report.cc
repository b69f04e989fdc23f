#include "output/text_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/rules.h"
#include "base/duration.h"
#include "base/text.h"
#include "metrics/builtin.h"
#include "metrics/client_health.h"
#include "output/evidence.h"
#include "output/findings_text.h"
#include "output/statistics.h"
#include "output/verdict.h"

namespace output {
namespace {

using metrics::Selector;
using metrics::Store;
using metrics::Unit;

constexpr std::size_t kWidth = 80;
constexpr std::size_t kTitleWidth = 18;

std::string usd(double amount) { return metrics::format_value(amount, Unit::kUsd); }

Selector with_outcome(const char* outcome) {
  return {{{"outcome", Selector::Op::kEqual, outcome}}};
}

void add_heading(Page& page, std::string_view title) {
  page.start_section();
  page.add_line(title);
  page.add_line(std::string(width_of(title), '-'));
}

void add_fact(Page& page, std::string_view title, std::string_view text) {
  page.add_line(wrap(pad_right(title, kTitleWidth) + std::string(text), page.width(), kTitleWidth));
}

void add_times(Page& page, const Store& store, std::string_view title, metrics::MetricId metric) {
  const metrics::Trend trend = store.trend(metric);
  if (trend.count() == 0) return;
  std::vector<std::string> words;
  for (const int percentile : {50, 95, 99}) {
    words.push_back(fmt::format("p{} {}", percentile,
                                format_percentile(trend, percentile, Unit::kTime, page.legend())));
  }
  words.push_back("max " + format_estimate(trend.max(), Unit::kTime, page.legend()));
  add_fact(page, title, base::join(words, "  "));
}

void add_requests(Page& page, const RunResult& result) {
  const Store& store = *result.store;
  const bool has_llm = store.counter(metrics::kLlmRequests) > 0;
  const auto metric = has_llm ? metrics::kLlmRequests : metrics::kHttpReqs;
  const auto number = [&](const char* outcome) {
    return format_whole(store.counter(metric, with_outcome(outcome)));
  };
  const double requests = store.counter(metric);
  add_fact(page, has_llm ? "Requests" : "HTTP requests",
           fmt::format("{} ({} completed, {} failed, {} censored), {}/s", format_whole(requests),
                       number("completed"), number("failed"), number("censored"),
                       format_rate(per_second(requests, result.counted_time()))));
  const auto kinds = counts_by(store, metric, "error", with_outcome("failed"));
  if (!kinds.empty()) add_fact(page, "Failures", base::join(kinds, ", "));
}

void add_overall(Page& page, const RunResult& result) {
  const Store& store = *result.store;
  const Headline head = headline(result);
  add_heading(page, "Overall");
  add_fact(page, "Verdict", head.label + ": " + head.detail);
  std::string run = base::format_duration(result.elapsed);
  if (result.warmup > base::Duration::zero()) {
    run += fmt::format(" with a warm-up of {}", metrics::format_seconds(result.warmup));
  }
  const metrics::Gauge vus = store.gauge(metrics::kVusMax);
  if (vus.count > 0) run += ", " + plural(vus.max, "VU") + " at most";
  add_fact(page, "Run", run);
  add_requests(page, result);
  add_times(page, store, "First token", metrics::kLlmTtft);
  add_times(page, store, "Between tokens", metrics::kLlmItl);
  add_times(page, store, "Whole request", metrics::kLlmRequestDuration);
  if (store.counter(metrics::kLlmRequests) == 0) {
    add_times(page, store, "HTTP duration", metrics::kHttpReqDuration);
  }
  for (const JudgedThreshold& judged : result.thresholds) {
    const auto verdict = judged.judgement.verdict;
    const char* word = verdict == metrics::Verdict::kPassed   ? "passed"
                       : verdict == metrics::Verdict::kFailed ? "FAILED"
                                                              : "not judged";
    const bool is_first = &judged == &result.thresholds.front();
    add_fact(page, is_first ? "Thresholds" : "",
             fmt::format("{}: {}", word, metrics::describe(judged.threshold)));
  }
}

std::string cost_in_words(const Store& store, const Selector& selector) {
  const double cost = store.counter(metrics::kLlmCost, selector);
  if (cost == 0) return "unknown: no price is known for the model";
  Selector completed = selector;
  completed.terms.push_back({"outcome", Selector::Op::kEqual, "completed"});
  const double requests = store.counter(metrics::kLlmRequests, completed);
  const double output = store.counter(metrics::kLlmOutputTokens, selector);
  std::string text = usd(cost);
  if (requests > 0) text += fmt::format(", {} per completed request", usd(cost / requests));
  if (output > 0) text += fmt::format(", {} per 1,000 output tokens", usd(cost / output * 1000));
  return text;
}

void add_models(Page& page, const Store& store) {
  const auto models = store.tag_values(metrics::kLlmRequests, "model");
  if (models.size() < 2) return;
  for (const std::string& model : models) {
    const Selector selector{{{"model", Selector::Op::kEqual, model}}};
    add_fact(page, &model == &models.front() ? "By model" : "",
             fmt::format("{}: {}, {}", model,
                         plural(store.counter(metrics::kLlmRequests, selector), "request"),
                         cost_in_words(store, selector)));
  }
}

void add_tokens(Page& page, const RunResult& result) {
  const Store& store = *result.store;
  const double input = store.counter(metrics::kLlmInputTokens);
  const double read = store.counter(metrics::kLlmCacheReadTokens);
  const double written = store.counter(metrics::kLlmCacheWriteTokens);
  const double output = store.counter(metrics::kLlmOutputTokens);
  if (input + read + written + output == 0) return;
  add_heading(page, "Tokens and cost");
  add_fact(page, "Input tokens", format_whole(input));
  if (read + written > 0) {
    add_fact(page, "Prompt cache",
             fmt::format("{} read, {} written", format_whole(read), format_whole(written)));
  }
  add_fact(page, "Output tokens",
           fmt::format("{}, {}/s", format_whole(output),
                       format_rate(per_second(output, result.counted_time()))));
  add_fact(page, "Cost", cost_in_words(store, {}));
  add_models(page, store);
  if (result.budget) {
    add_fact(page, "Budget",
             fmt::format("{} of {} spent", usd(result.budget->spent), usd(result.budget->limit)));
  }
}

void add_bottlenecks(Page& page, const RunResult& result) {
  const auto findings = analysis::diagnose(evidence_of(result));
  add_heading(page, "Bottlenecks");
  if (findings.empty()) {
    page.add_wrapped(fmt::format("None was found by any of {} rules.", analysis::rules().size()));
  }
  add_findings(page, findings);
}

void add_client_state(Page& page, const RunResult& result) {
  const metrics::Trend lag = result.store->trend(metrics::kClientLag);
  if (lag.count() == 0) return;
  add_heading(page, "The measuring client");
  add_fact(page, "Lag",
           fmt::format("p99 {}, max {}", format_percentile(lag, 99, Unit::kTime, page.legend()),
                       format_estimate(lag.max(), Unit::kTime, page.legend())));
  std::vector<std::string> causes;
  for (const auto& finding : result.client_findings) {
    causes.emplace_back(metrics::to_string(finding.cause));
  }
  add_fact(page, "Held up by", causes.empty() ? "nothing" : base::join(causes, ", "));
}

void add_signs(Page& page) {
  const Legend& legend = page.legend();
  if (!legend.few_samples && !legend.lower_bound) return;
  page.start_section();
  if (legend.few_samples) page.add_wrapped("~ fewer samples than the percentile wants");
  if (legend.lower_bound) page.add_wrapped("≥ at least this: some requests were unfinished");
}

}  // namespace

std::string text_report(const RunResult& result) {
  Page page({.width = kWidth, .colours = false});
  const std::string title =
      fmt::format("perigee {}: {}, {}", result.version, result.script, result.started_at);
  page.add_line(cut_in_the_middle(title, kWidth));
  add_overall(page, result);
  add_tokens(page, result);
  add_bottlenecks(page, result);
  add_client_state(page, result);
  add_signs(page);
  return page.take_text();
}

}  // namespace output
