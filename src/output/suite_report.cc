#include "output/suite_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "base/text.h"
#include "metrics/builtin.h"
#include "metrics/threshold.h"
#include "output/claims.h"
#include "output/escape.h"
#include "output/markdown.h"
#include "output/run_words.h"
#include "output/table.h"
#include "output/verdict.h"

namespace output {
namespace {

using metrics::Unit;

// GitHub refuses a summary of more than 1 MiB as a whole.
constexpr std::size_t kMostMarkdown = 900'000;

void count_requests(SuiteEntry& entry, const metrics::Store& store) {
  const auto metric = has_llm_requests(store) ? metrics::kLlmRequests : metrics::kHttpReqs;
  entry.requests = store.counter(metric);
  entry.requests_failed =
      store.counter(metric, {{{"outcome", metrics::Selector::Op::kEqual, "failed"}}});
  if (const double cost = store.counter(metrics::kLlmCost); cost > 0) entry.cost_usd = cost;
}

void count_thresholds(SuiteEntry& entry, const RunResult& result) {
  entry.thresholds = result.thresholds.size();
  for (const JudgedThreshold& judged : result.thresholds) {
    const metrics::Verdict verdict = judged.judgement.verdict;
    if (verdict == metrics::Verdict::kFailed) ++entry.thresholds_failed;
    if (verdict == metrics::Verdict::kNotJudged) ++entry.thresholds_not_judged;
  }
}

std::string whole_or_dash(const std::optional<double>& value) {
  return value ? format_whole(*value) : "-";
}

// "1 of 3 failed", "3 passed"
std::string threshold_cell(const SuiteEntry& entry) {
  if (entry.thresholds == 0) return "-";
  const std::size_t open = entry.thresholds_not_judged;
  if (entry.thresholds_failed > 0) {
    return fmt::format("{} of {} failed", entry.thresholds_failed, entry.thresholds);
  }
  if (open > 0) return fmt::format("{} of {} not judged", open, entry.thresholds);
  return fmt::format("{} passed", entry.thresholds);
}

const std::vector<std::string>& header() {
  static const std::vector<std::string> kHeader = {"script", "verdict",  "thresholds", "requests",
                                                   "failed", "duration", "cost"};
  return kHeader;
}

std::vector<std::string> cells_of(const SuiteEntry& entry) {
  return {entry.script,
          base::to_lower(entry.label),
          threshold_cell(entry),
          whole_or_dash(entry.requests),
          whole_or_dash(entry.requests_failed),
          entry.requests ? base::format_duration(entry.elapsed) : "-",
          entry.cost_usd ? metrics::format_value(*entry.cost_usd, Unit::kUsd) : "-"};
}

std::string label_of(int exit_code) {
  RunResult code_alone;
  code_alone.exit_code = exit_code;
  return headline(code_alone).label;
}

// The row "all", where there is more than one script.
std::optional<SuiteEntry> sum_of(const std::vector<SuiteEntry>& entries, int exit_code) {
  if (entries.size() < 2) return std::nullopt;
  SuiteEntry all;
  all.script = "all";
  all.exit_code = exit_code;
  all.label = label_of(exit_code);
  const auto add = [](std::optional<double>& sum, const std::optional<double>& value) {
    if (value) sum = sum.value_or(0) + *value;
  };
  for (const SuiteEntry& entry : entries) {
    all.thresholds += entry.thresholds;
    all.thresholds_failed += entry.thresholds_failed;
    all.thresholds_not_judged += entry.thresholds_not_judged;
    add(all.requests, entry.requests);
    add(all.requests_failed, entry.requests_failed);
    add(all.cost_usd, entry.cost_usd);
    all.elapsed += entry.elapsed;
  }
  return all;
}

std::string verdict_in_words(const std::vector<SuiteEntry>& entries) {
  if (entries.empty()) return "there was no script to run";
  const auto passed = static_cast<std::size_t>(std::count_if(
      entries.begin(), entries.end(), [](const SuiteEntry& e) { return e.exit_code == 0; }));
  const auto run = static_cast<std::size_t>(std::count_if(
      entries.begin(), entries.end(), [](const SuiteEntry& e) { return e.exit_code.has_value(); }));
  std::string text = passed == entries.size()
                         ? fmt::format("{} passed", plural(static_cast<double>(passed), "script"))
                         : fmt::format("{} of {} passed", passed,
                                       plural(static_cast<double>(entries.size()), "script"));
  if (run < entries.size()) text += fmt::format(", {} not run", entries.size() - run);
  return text;
}

}  // namespace

SuiteEntry suite_entry(const RunResult& result) {
  SuiteEntry entry;
  const Headline head = headline(result);
  entry.script = result.script;
  entry.exit_code = result.exit_code;
  entry.label = head.label;
  entry.detail = head.detail;
  entry.elapsed = result.elapsed;
  if (result.store != nullptr) count_requests(entry, *result.store);
  count_thresholds(entry, result);
  for (const Claim& claim : claims_of(result)) {
    if (!claim.fails_the_run()) continue;
    const bool says_itself = claim.kind == "exit_code" || claim.kind == "end";
    entry.failures.push_back(says_itself ? claim.message : claim.name + ": " + claim.message);
  }
  entry.markdown = markdown(result, 3);
  entry.junit = junit_suite(result);
  return entry;
}

SuiteEntry not_run_entry(const std::string& script, const std::string& reason, bool is_error) {
  SuiteEntry entry;
  entry.script = script;
  entry.label = "NOT RUN";
  entry.detail = reason;
  entry.junit = junit_not_run(script, reason, is_error);
  return entry;
}

std::string suite_text(const std::vector<SuiteEntry>& entries, int exit_code,
                       const SummaryOptions& options) {
  Page page(options);
  const std::string label = label_of(exit_code);
  const std::string painted =
      exit_code == kExitPassed ? page.paint().green(label) : page.paint().red(label);
  page.add_line(painted + "   " + verdict_in_words(entries));
  if (entries.empty()) return page.take_text();
  Table table(header());
  for (const SuiteEntry& entry : entries) table.add_row(cells_of(entry));
  if (const auto all = sum_of(entries, exit_code)) table.add_row(cells_of(*all));
  table.may_drop(4);
  page.add_table(table);
  for (const SuiteEntry& entry : entries) {
    if (entry.exit_code == kExitPassed) continue;
    page.start_section();
    page.add_line(page.paint().bold(entry.script));
    if (!entry.exit_code) page.add_wrapped("  not run: " + entry.detail, 4);
    for (const std::string& failure : entry.failures) page.add_wrapped("  ✗ " + failure, 4);
  }
  return page.take_text();
}

std::string suite_markdown(const std::vector<SuiteEntry>& entries, int exit_code) {
  std::string text = fmt::format("## {} Suite: {}\n\n", markdown_mark(exit_code),
                                 markdown_escaped(verdict_in_words(entries)));
  if (entries.empty()) return text;
  std::vector<std::vector<std::string>> rows = {header()};
  const auto add = [&rows](const SuiteEntry& entry) {
    rows.push_back(cells_of(entry));
    for (std::string& cell : rows.back()) cell = markdown_escaped(cell);
    rows.back()[1].insert(0, (entry.exit_code ? markdown_mark(*entry.exit_code) : "⏭️") + " ");
  };
  for (const SuiteEntry& entry : entries) add(entry);
  if (const auto all = sum_of(entries, exit_code)) add(*all);
  text += markdown_table(rows, "lll");
  std::size_t left_out = 0;
  for (const SuiteEntry& entry : entries) {
    const std::string section =
        entry.exit_code ? entry.markdown
                        : fmt::format("### ⏭️ {}: not run\n\n{}\n\n", markdown_escaped(entry.script),
                                      markdown_escaped(entry.detail));
    const bool fits = text.size() + section.size() <= kMostMarkdown;
    if (fits) text += section;
    left_out += fits ? 0 : 1;
  }
  if (left_out > 0) text += fmt::format("The sections of {} scripts had no room here.\n", left_out);
  return text;
}

std::string suite_junit(const std::vector<SuiteEntry>& entries) {
  std::vector<JunitSuite> suites;
  for (const SuiteEntry& entry : entries) suites.push_back(entry.junit);
  return junit_document(suites, "perigee test");
}

}  // namespace output
