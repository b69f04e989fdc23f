#include "output/summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "metrics/builtin.h"
#include "output/client_findings.h"
#include "output/findings_text.h"
#include "output/run_words.h"
#include "output/summary_tables.h"
#include "output/verdict.h"

namespace output {
namespace {

using metrics::Store;

void add_verdict(Page& page, const RunResult& result) {
  const Headline head = headline(result);
  const std::string whole = wrap(head.label + "   " + printable(head.detail), page.width(), 2);
  const std::string_view label = std::string_view(whole).substr(0, head.label.size());
  std::string painted = page.paint().yellow(label);
  if (head.tone == Headline::Tone::kGood) painted = page.paint().green(label);
  if (head.tone == Headline::Tone::kBad) painted = page.paint().red(label);
  page.add_line(painted + whole.substr(head.label.size()));
}

void add_threshold(Page& page, const metrics::Registry& registry, const JudgedThreshold& judged,
                   std::size_t source_width) {
  const ThresholdWords words = threshold_in_words(judged, registry, page.legend());
  std::string mark = page.paint().green("✓");
  if (judged.judgement.verdict == metrics::Verdict::kFailed) mark = page.paint().red("✗");
  if (judged.judgement.verdict == metrics::Verdict::kNotJudged) mark = page.paint().yellow("?");
  const std::string source = pad_right(metrics::describe(judged.threshold), source_width);
  page.add_line("  " + mark + " " +
                wrap(source + "   " + base::join(words.parts(), "   "),
                     page.width() - std::min<std::size_t>(page.width(), 4), source_width + 7));
}

void add_thresholds(Page& page, const RunResult& result) {
  if (result.thresholds.empty()) return;
  page.start_section();
  page.add_line(page.paint().bold("thresholds"));
  std::size_t width = 0;
  for (const JudgedThreshold& judged : result.thresholds) {
    const std::size_t own = width_of(metrics::describe(judged.threshold));
    if (own <= page.width() / 2) width = std::max(width, own);
  }
  for (const JudgedThreshold& judged : result.thresholds) {
    add_threshold(page, result.store->registry(), judged, width);
  }
}

// What held the load up, ended it early or spoilt it.
void add_hindrances(Page& page, const RunResult& result) {
  page.start_section();
  if (result.end != End::kFinished && !result.end_reason.empty()) {
    page.add_titled("ended by", result.end_reason);
  }
  for (const std::string& failure : result.failures) page.add_titled("marked", failure);
  add_client_findings(page, result);
  add_dropped(page, result);
}

void add_warnings(Page& page, const RunResult& result) {
  std::vector<std::string> warnings;
  for (const HookError& error : result.hook_errors) {
    warnings.push_back(error.hook + " failed: " + error.text);
  }
  warnings.insert(warnings.end(), result.warnings.begin(), result.warnings.end());
  if (const std::uint64_t overflowed = result.store->tags_overflowed(); overflowed > 0) {
    warnings.push_back(
        fmt::format("too many distinct tags: {} times a sample went to "
                    "{{tags=overflow}}; use fewer values per tag",
                    base::format_count(overflowed)));
  }
  page.start_section();
  for (const std::string& warning : warnings) page.add_titled("warning", warning);
}

// What the short summary has not, of what this run has.
void add_left_out(Page& page, const RunResult& result) {
  const Store& store = *result.store;
  const auto has = [&store](metrics::MetricId metric) { return store.trend(metric).count() > 0; };
  const bool has_llm = has_llm_requests(store);
  std::vector<std::string> parts;
  if (has_llm && shows_more_latencies(store)) parts.emplace_back("more latencies");
  if (has_llm && (has(metrics::kLlmTokensIn) || has(metrics::kLlmOutputTokensPerSecond)))
    parts.emplace_back("tokens per request");
  if (store.counter(metrics::kHttpReqs) > 0) parts.emplace_back(has_llm ? "HTTP" : "HTTP phases");
  if (has(metrics::kClientLag)) parts.emplace_back("the client itself");
  if (parts.empty()) return;
  page.start_section();
  page.add_wrapped("left out: " + base::join(parts, ", ") + " (--summary full)");
}

void add_legend(Page& page) {
  const Legend& legend = page.legend();
  if (!legend.few_samples && !legend.lower_bound) return;
  page.start_section();
  if (legend.few_samples) {
    page.add_wrapped(
        fmt::format("~ fewer samples than the percentile wants (p50 {}, p90 {}, "
                    "p95 {}, p99 {}): it may well be higher",
                    metrics::samples_wanted(50), metrics::samples_wanted(90),
                    metrics::samples_wanted(95), metrics::samples_wanted(99)));
  }
  if (legend.lower_bound) {
    page.add_wrapped(
        "≥ at least this: requests that timed out or were unfinished can only raise it");
  }
}

}  // namespace

std::string summary_text(const RunResult& result, const SummaryOptions& options) {
  Page page(options);
  add_verdict(page, result);
  if (result.store == nullptr) {  // The run failed before it could count anything.
    add_script_errors(page, result);
    return page.take_text();
  }
  const bool full = options.detail == Detail::kFull;
  const Store& store = *result.store;
  const bool has_llm = has_llm_requests(store);
  const std::vector<std::string> error = client_error_in_words(result, page.legend());
  if (!error.empty()) page.add_parts(error);
  std::vector<std::string> facts = {run_in_words(result), requests_in_words(store)};
  if (has_cost(store)) facts.push_back(cost_in_words(store));
  page.add_parts(facts);
  add_budget(page, result);
  add_apart(page, result);
  add_hindrances(page, result);
  add_findings_in_short(page, result);
  add_thresholds(page, result);
  add_objectives(page, result);
  if (has_llm) {
    add_request_tables(page, result);
    add_latency_table(page, result, full);
    if (full) add_per_request_table(page, result);
    add_failures(page, result);
  }
  add_limits(page, result);
  add_checks(page, result);
  add_groups(page, result);
  if (full || !has_llm) add_http(page, result, !has_llm, full);
  add_custom_metrics(page, result);
  page.start_section();
  add_iterations(page, result);
  add_starts(page, result);
  if (full) add_client(page, result);
  add_script_errors(page, result);
  add_warnings(page, result);
  if (!full) add_left_out(page, result);
  add_definitions(page, result);
  add_legend(page);
  return page.take_text();
}

void Summary::on_end(const RunResult& result) {
  if (result.own_summary.empty()) {
    if (options_.detail != Detail::kNone) sink_(summary_text(result, options_));
    return;
  }
  const auto own = result.own_summary.find("stdout");
  if (own != result.own_summary.end() && !own->second.empty()) {
    sink_(own->second.ends_with('\n') ? own->second : own->second + "\n");
  }
  // They were asked for by name, and the script could not know them.
  Page page(options_);
  add_definitions(page, result);
  add_legend(page);
  if (const std::string text = page.take_text(); !text.empty()) sink_("\n" + text);
}

}  // namespace output
