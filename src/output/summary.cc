#include "output/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/duration.h"
#include "base/text.h"
#include "metrics/builtin.h"
#include "output/client_findings.h"
#include "output/summary_tables.h"
#include "output/verdict.h"

namespace output {
namespace {

using metrics::Selector;
using metrics::Store;
using metrics::Unit;

constexpr double kSmallError = 0.01;           // Of the value: not worth showing beside it.
constexpr double kBlurredShareLimit = 0.01;  // Above it llm_itl is not judged.

std::string requests_with(const Store& store, metrics::MetricId metric, const char* outcome) {
  return format_whole(
      store.counter(metric, Selector{{{"outcome", Selector::Op::kEqual, outcome}}}));
}

void add_verdict(Page& page, const RunResult& result) {
  const Headline head = headline(result);
  const std::string whole = wrap(head.label + "   " + head.detail, page.width(), 2);
  const std::string_view label = std::string_view(whole).substr(0, head.label.size());
  std::string painted = page.paint().yellow(label);
  if (head.tone == Headline::Tone::kGood) painted = page.paint().green(label);
  if (head.tone == Headline::Tone::kBad) painted = page.paint().red(label);
  page.add_line(painted + whole.substr(head.label.size()));
}

std::string run_in_words(const RunResult& result) {
  const metrics::Gauge vus = result.store->gauge(metrics::kVusMax);
  std::string text = base::format_duration(result.elapsed);
  if (result.warmup > base::Duration::zero()) {
    text += fmt::format(" with a warm-up of {}", metrics::format_seconds(result.warmup));
  }
  if (vus.count > 0) text += ", " + plural(vus.max, "VU");
  return text + fmt::format(", seed {}, {}", result.seed, plural(result.workers, "worker"));
}

std::string requests_in_words(const Store& store, bool has_llm) {
  const auto metric = has_llm ? metrics::kLlmRequests : metrics::kHttpReqs;
  return fmt::format("{} ({} failed, {} censored)",
                     plural(store.counter(metric), has_llm ? "request" : "HTTP request"),
                     requests_with(store, metric, "failed"),
                     requests_with(store, metric, "censored"));
}

std::string cost_in_words(const Store& store) {
  const double cost = store.counter(metrics::kLlmCost);
  const double tokens =
      store.counter(metrics::kLlmInputTokens) + store.counter(metrics::kLlmOutputTokens);
  if (cost == 0 && tokens > 0) return "cost unknown";  // No price is known for any of the models.
  return "cost " + metrics::format_value(cost, Unit::kUsd);
}

// Share of the gaps between tokens that the client's own delay blurred.
std::optional<double> blurred_share(const Store& store) {
  const double blurred = store.counter(metrics::kLlmItlCoalesced);
  const double gaps = blurred + static_cast<double>(store.trend(metrics::kLlmItl).count());
  return gaps > 0 ? std::optional(blurred / gaps) : std::nullopt;
}

// How far the numbers can be trusted: what the client added to them or lost of them.
std::vector<std::string> client_error(Page& page, const RunResult& result) {
  const Store& store = *result.store;
  const metrics::Trend lag = store.trend(metrics::kClientLag);
  if (lag.count() == 0) return {};
  std::vector<std::string> words = {"client error: lag p99 " +
                                    format_percentile(lag, 99, Unit::kTime, page.legend())};
  const metrics::Trend start_lag = store.trend(metrics::kStartLag);
  if (start_lag.count() > 0) {
    words.push_back("start lag p99 " +
                    format_percentile(start_lag, 99, Unit::kTime, page.legend()));
  }
  if (const auto share = blurred_share(store)) {
    words.push_back(metrics::format_value(*share, Unit::kShare) + " of token gaps blurred");
    if (*share > kBlurredShareLimit) words.back() += ": llm_itl is not to be trusted";
  }
  if (lag.count() < metrics::ClientHealth::kReadsWanted) {
    words.push_back(fmt::format("only {} reads: too few to judge the client by",
                                base::format_count(lag.count())));
  }
  if (!result.client_findings.empty()) words.push_back("held up, see below");
  return words;
}

// " ±3ms": where the client's own error is more than a hundredth of the value.
std::string error_in_words(const JudgedThreshold& judged, const metrics::Registry& registry) {
  const metrics::Judgement& judgement = judged.judgement;
  const double error = std::max(judgement.error_below, judgement.error_above);
  if (error <= kSmallError * std::abs(judgement.measured.value)) return "";
  if (!std::isfinite(error)) return " (may be more)";
  const metrics::Metric& metric = registry.at(judged.threshold.metric);
  const auto unit = metrics::measured_unit(metric, judged.threshold.aggregate);
  return " ±" + metrics::format_value(error, unit);
}

void add_threshold(Page& page, const metrics::Registry& registry, const JudgedThreshold& judged,
                   std::size_t source_width) {
  const metrics::Judgement& judgement = judged.judgement;
  const bool is_counter = registry.at(judged.threshold.metric).type == metrics::Type::kCounter;
  const bool has_value =
      judgement.samples > 0 || judgement.worst_window || (is_counter && judgement.reason.empty());
  std::string text =
      has_value ? metrics::format_measured(judged.threshold, judgement.measured, registry) : "-";
  if (has_value) text += error_in_words(judged, registry);
  page.legend().lower_bound |= has_value && judgement.measured.is_lower_bound;
  std::string mark = page.paint().green("✓");
  if (judgement.verdict == metrics::Verdict::kFailed) mark = page.paint().red("✗");
  if (judgement.verdict == metrics::Verdict::kNotJudged) {
    mark = page.paint().yellow("?");
    text += text == "-" ? "" : "   ";
    text = (text == "-" ? "" : text) + "not judged";
    if (!judgement.reason.empty()) text += ": " + judgement.reason;
  } else if (!judgement.reason.empty()) {
    text += "   " + judgement.reason;
  }
  if (!judgement.note.empty()) text += "   " + judgement.note;
  const std::string source = pad_right(metrics::describe(judged.threshold), source_width);
  page.add_line("  " + mark + " " +
                wrap(source + "   " + text, page.width() - std::min<std::size_t>(page.width(), 4),
                     source_width + 7));
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

void add_end(Page& page, const RunResult& result) {
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
  const bool says_why = result.end != End::kFinished && !result.end_reason.empty();
  if (warnings.empty() && result.failures.empty() && !says_why) return;
  page.start_section();
  if (says_why) page.add_titled("ended by", result.end_reason);
  for (const std::string& failure : result.failures) page.add_titled("marked", failure);
  for (const std::string& warning : warnings) page.add_titled("warning", warning);
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
  const Store& store = *result.store;
  const bool has_llm = store.counter(metrics::kLlmRequests) > 0;
  std::vector<std::string> facts = {run_in_words(result), requests_in_words(store, has_llm)};
  const bool has_cost = has_llm || store.counter(metrics::kLlmBatches) > 0;
  if (has_cost) facts.push_back(cost_in_words(store));
  page.add_parts(facts);
  const std::vector<std::string> error = client_error(page, result);
  if (!error.empty()) page.add_parts(error);
  add_apart(page, result);
  add_thresholds(page, result);
  add_objectives(page, result);
  if (has_llm) {
    add_request_tables(page, result);
    add_latency_table(page, result);
    add_per_request_table(page, result);
    add_failures(page, result);
  }
  add_limits(page, result);
  add_checks(page, result);
  add_groups(page, result);
  add_http(page, result, !has_llm);
  add_custom_metrics(page, result);
  page.start_section();
  add_iterations(page, result);
  add_starts(page, result);
  add_client(page, result);
  add_client_findings(page, result);
  add_script_errors(page, result);
  add_end(page, result);
  add_legend(page);
  add_definitions(page, result);
  return page.take_text();
}

void Summary::on_end(const RunResult& result) {
  if (result.own_summary.empty()) return sink_(summary_text(result, options_));
  const auto own = result.own_summary.find("stdout");
  if (own != result.own_summary.end() && !own->second.empty()) {
    sink_(own->second.ends_with('\n') ? own->second : own->second + "\n");
  }
  // They were asked for by name, and the script could not know them.
  Page page(options_);
  add_definitions(page, result);
  if (const std::string text = page.take_text(); !text.empty()) sink_("\n" + text);
}

}  // namespace output
