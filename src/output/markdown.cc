#include "output/markdown.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "metrics/builtin.h"
#include "metrics/threshold.h"
#include "output/client_findings.h"
#include "output/escape.h"
#include "output/failure_counts.h"
#include "output/run_words.h"
#include "output/statistics.h"
#include "output/summary.h"
#include "output/verdict.h"

namespace output {
namespace {

using metrics::Selector;
using metrics::Store;
using metrics::Unit;
using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t kMostRows = 100;  // GitHub takes a summary of up to 1 MiB.

std::string paragraph(const std::vector<std::string>& parts) {
  return parts.empty() ? "" : markdown_escaped(base::join(parts, " · ")) + "\n\n";
}

std::string share(const metrics::Rate& rate) {
  return rate.total == 0 ? "-" : metrics::format_value(rate.share(), Unit::kShare);
}

std::string list(const std::vector<std::string>& entries) {
  std::string text;
  for (const std::string& entry : entries) text += "- " + markdown_escaped(entry) + "\n";
  return text.empty() ? "" : text + "\n";
}

std::string facts(const RunResult& result) {
  std::vector<std::string> parts = {run_in_words(result), requests_in_words(*result.store)};
  if (has_cost(*result.store)) parts.push_back(cost_in_words(*result.store));
  if (result.budget) {
    parts.push_back("budget " + metrics::format_value(result.budget->limit, Unit::kUsd));
  }
  return paragraph(parts);
}

std::string validity(const RunResult& result, Legend& legend) {
  std::string text = paragraph(client_error_in_words(result, legend));
  std::vector<std::string> findings;
  for (const metrics::ClientFinding& finding : result.client_findings) {
    findings.push_back("held up: " + finding_in_words(finding));
  }
  return text + list(findings);
}

const char* mark_of(metrics::Verdict verdict) {
  switch (verdict) {
    case metrics::Verdict::kPassed:
      return "✅";
    case metrics::Verdict::kFailed:
      return "❌";
    case metrics::Verdict::kNotJudged:
      return "⚠️";
  }
  return "";
}

std::string thresholds(const RunResult& result, Legend& legend) {
  Rows rows = {{"threshold", "", "measured", "remarks"}};
  for (const JudgedThreshold& judged : result.thresholds) {
    const auto words = threshold_in_words(judged, result.store->registry(), legend);
    rows.push_back({markdown_code(metrics::describe(judged.threshold)),
                    mark_of(judged.judgement.verdict), markdown_escaped(words.measured),
                    markdown_escaped(base::join(words.remarks, "; "))});
  }
  return markdown_table(rows, "llrl");
}

std::vector<std::string> request_row(const RunResult& result, const Part& part, Legend& legend) {
  const Store& store = *result.store;
  const auto count = [&](metrics::MetricId metric) {
    return format_whole(store.counter(metric, part.selector));
  };
  const auto time = [&](metrics::MetricId metric, double percentile) {
    return markdown_escaped(
        format_percentile(store.trend(metric, part.selector), percentile, Unit::kTime, legend));
  };
  Selector censored = part.selector;
  censored.terms.push_back({"outcome", Selector::Op::kEqual, "censored"});
  return {markdown_escaped(part.label),
          count(metrics::kLlmRequests),
          share(store.rate(metrics::kLlmRequestFailed, part.selector)),
          format_whole(store.counter(metrics::kLlmRequests, censored)),
          count(metrics::kLlmInputTokens),
          count(metrics::kLlmOutputTokens),
          markdown_escaped(
              metrics::format_value(store.counter(metrics::kLlmCost, part.selector), Unit::kUsd)),
          time(metrics::kLlmTtft, 50),
          time(metrics::kLlmTtft, 95),
          time(metrics::kLlmItl, 95),
          time(metrics::kLlmRequestDuration, 95)};
}

std::string requests_by(const RunResult& result, const std::string& key, Legend& legend) {
  Rows rows = {{key, "requests", "failed", "censored", "tokens in", "tokens out", "cost",
                "TTFT p50", "TTFT p95", "ITL p95", "duration p95"}};
  for (const Part& part : parts_by(*result.store, metrics::kLlmRequests, key)) {
    rows.push_back(request_row(result, part, legend));
  }
  return markdown_table(rows);
}

std::string http_requests(const RunResult& result, Legend& legend) {
  const Store& store = *result.store;
  Rows rows = {{"HTTP", "requests", "failed", "p50", "p95", "p99", "max"}};
  for (const Part& part : parts_by_each(store, metrics::kHttpReqs, {"name", "task"})) {
    const metrics::Trend duration = store.trend(metrics::kHttpReqDuration, part.selector);
    std::vector<std::string> row = {
        markdown_escaped(part.label),
        format_whole(store.counter(metrics::kHttpReqs, part.selector)),
        share(store.rate(metrics::kHttpReqFailed, part.selector))};
    for (const double percentile : {50.0, 95.0, 99.0}) {
      row.push_back(
          markdown_escaped(format_percentile(duration, percentile, Unit::kTime, legend)));
    }
    row.push_back(duration.count() == 0 ? "-"
                                        : format_estimate(duration.max(), Unit::kTime, legend));
    rows.push_back(std::move(row));
  }
  return markdown_table(rows);
}

// Of LLM requests, or of HTTP requests where there are none.
std::string failures(const Store& store) {
  const auto metric = has_llm_requests(store) ? metrics::kLlmRequests : metrics::kHttpReqs;
  const double all = store.counter(metric);
  Rows rows = {{"failed with", "requests", "of all"}};
  for (const auto& [kind, count] : failure_counts(store, metric)) {
    rows.push_back({markdown_escaped(kind), format_whole(count),
                    metrics::format_value(count / all, Unit::kShare)});
  }
  return rows.size() > 1 ? markdown_table(rows) : "";
}

std::string checks(const Store& store) {
  Rows rows = {{"check", "", "passed", "of"}};
  for (const auto& [name, series] : store.grouped(metrics::kChecks, "check")) {
    const auto& rate = std::get<metrics::Rate>(series);
    rows.push_back({markdown_escaped(name), rate.trues == rate.total ? "✅" : "❌",
                    base::format_count(rate.trues), base::format_count(rate.total)});
  }
  return rows.size() > 1 ? markdown_table(rows, "ll") : "";
}

std::string errors(const RunResult& result) {
  std::string text;
  for (const ScriptError& error : result.script_errors) {
    text += fmt::format("{} × {}\n", base::format_count(error.count), error.text);
  }
  for (const HookError& error : result.hook_errors) {
    text += fmt::format("{}() failed: {}\n", error.hook, error.text);
  }
  return text.empty() ? "" : "Script errors\n\n" + markdown_block(text) + "\n";
}

std::string remarks(const RunResult& result) {
  std::vector<std::string> entries;
  const bool says_why = result.end != End::kFinished && !result.end_reason.empty();
  if (says_why) entries.push_back("ended by: " + result.end_reason);
  for (const std::string& failure : result.failures) entries.push_back("marked: " + failure);
  for (const std::string& warning : result.warnings) entries.push_back("warning: " + warning);
  return list(entries);
}

std::string legend_text(const Legend& legend) {
  std::vector<std::string> entries;
  if (legend.few_samples) entries.push_back("~ fewer samples than the percentile wants");
  if (legend.lower_bound) entries.push_back("≥ at least this: unfinished requests can only raise it");
  return paragraph(entries);
}

std::string measured(const RunResult& result) {
  const Store& store = *result.store;
  Legend legend;
  std::string text = facts(result) + validity(result, legend);
  if (!result.thresholds.empty()) text += thresholds(result, legend);
  if (has_llm_requests(store)) {
    text += requests_by(result, "task", legend);
    if (parts_by(store, metrics::kLlmRequests, "model").size() > 1) {
      text += requests_by(result, "model", legend);
    }
  } else if (store.counter(metrics::kHttpReqs) > 0) {
    text += http_requests(result, legend);
  }
  return text + failures(store) + checks(store) + legend_text(legend);
}

}  // namespace

std::string markdown_mark(int exit_code) {
  if (exit_code == kExitPassed) return "✅";
  return exit_code == kExitNotJudged || exit_code == kExitInterrupted ? "⚠️" : "❌";
}

std::string markdown_table(const Rows& rows, std::string_view alignment) {
  const auto line = [](const std::vector<std::string>& cells) {
    return "| " + base::join(cells, " | ") + " |\n";
  };
  std::vector<std::string> rule;
  for (std::size_t i = 0; i < rows.front().size(); ++i) {
    rule.push_back(i < alignment.size() && alignment[i] == 'l' ? "---" : "---:");
  }
  std::string text = line(rows.front()) + line(rule);
  const std::size_t shown = std::min(rows.size(), kMostRows + 1);
  for (std::size_t i = 1; i < shown; ++i) text += line(rows[i]);
  if (shown < rows.size()) {
    std::vector<std::string> more(rows.front().size());
    more.front() = fmt::format("… and {} more", rows.size() - shown);
    text += line(more);
  }
  return text + "\n";
}

std::string markdown(const RunResult& result, int heading_level) {
  const Headline head = headline(result);
  std::string text =
      fmt::format("{} {} {}: {}\n\n{}\n\n", std::string(static_cast<std::size_t>(heading_level), '#'),
                  markdown_mark(result.exit_code), markdown_escaped(script_in_words(result.script)), head.label,
                  markdown_escaped(head.detail));
  if (result.store == nullptr) {
    const std::string reason = result.end_reason.empty() ? "" : markdown_block(result.end_reason);
    return text + reason + "\n";
  }
  text += measured(result) + errors(result) + remarks(result);
  return text + "<details><summary>The whole summary</summary>\n\n" +
         markdown_block(summary_text(result, SummaryOptions{})) + "\n</details>\n\n";
}

}  // namespace output
