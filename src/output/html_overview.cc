#include "output/html_overview.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/duration.h"
#include "base/text.h"
#include "metrics/builtin.h"
#include "output/html.h"
#include "output/run_words.h"
#include "output/statistics.h"
#include "output/validity.h"
#include "output/verdict.h"

namespace output {
namespace {

using metrics::Selector;
using metrics::Store;
using metrics::Unit;
using Tone = Headline::Tone;

std::string html_line(Tone tone, std::string_view text) {
  return fmt::format("<li><span class=\"mark {}\" aria-hidden=\"true\">{}</span>{}</li>\n",
                     html_class(tone), html_mark(tone), html_text(text));
}

std::uint64_t script_errors_of(const RunResult& result) {
  std::uint64_t errors = 0;
  for (const ScriptError& error : result.script_errors) errors += error.count;
  return errors;
}

// What stood in the way of a pass: every threshold that did not, and what else went wrong.
std::string reasons(const RunResult& result, Legend& legend) {
  std::string lines;
  std::string unsure;
  for (const JudgedThreshold& judged : result.thresholds) {
    const metrics::Judgement& judgement = judged.judgement;
    if (judgement.verdict == metrics::Verdict::kPassed || result.store == nullptr) continue;
    const bool failed = judgement.verdict == metrics::Verdict::kFailed;
    std::string text = metrics::describe(judged.threshold) + (failed ? "" : ": not judged");
    const std::string measured = measured_in_words(judged, result.store->registry(), legend);
    if (!measured.empty()) text += (failed ? ": was " : "; was ") + measured;
    if (!judgement.reason.empty()) text += (measured.empty() ? ": " : " – ") + judgement.reason;
    (failed ? lines : unsure) += html_line(failed ? Tone::kBad : Tone::kUnsure, text);
  }
  lines += unsure;
  for (const std::string& failure : result.failures) {
    lines += html_line(Tone::kBad, "the script marked it as failed: " + failure);
  }
  if (const auto errors = script_errors_of(result); errors > 0) {
    lines += html_line(Tone::kBad, plural(static_cast<double>(errors), "script error"));
  }
  return lines.empty() ? "" : "<ul>\n" + lines + "</ul>\n";
}

// Why it may have come out so, in a line.
std::string found(const std::vector<analysis::Finding>& findings) {
  constexpr std::size_t kMost = 3;
  if (findings.empty()) return "";
  std::vector<std::string> titles;
  for (std::size_t i = 0; i < std::min(findings.size(), kMost); ++i) {
    titles.push_back(fmt::format("{} ({})", findings[i].title, to_string(findings[i].severity)));
  }
  if (findings.size() > kMost) titles.push_back(fmt::format("{} more", findings.size() - kMost));
  return fmt::format("<p class=\"found\"><a href=\"#findings\">Found</a>: {}</p>\n",
                     html_text(base::join(titles, " · ")));
}

// ---- tiles: the handful of numbers that everybody asks for first

struct Tile {
  std::string name;
  std::string value;
  std::string more{};
};

std::string html_tiles(const std::vector<Tile>& tiles) {
  std::string text = "<dl class=\"tiles\">\n";
  for (const Tile& tile : tiles) {
    text += fmt::format("<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>\n",
                        html_text(tile.name), html_text(tile.value), html_text(tile.more));
  }
  return text + "</dl>\n";
}

Tile trend_tile(const char* name, const metrics::Trend& trend, Legend& legend) {
  const auto at = [&](double percentile) {
    return format_percentile(trend, percentile, Unit::kTime, legend);
  };
  return {name, at(50), fmt::format("median · p95\u00a0{} · p99\u00a0{}", at(95), at(99))};
}

double with_outcome(const Store& store, metrics::MetricId metric, const char* outcome) {
  return store.counter(metric, Selector{{{"outcome", Selector::Op::kEqual, outcome}}});
}

Tile requests_tile(const RunResult& result, metrics::MetricId metric) {
  const Store& store = *result.store;
  const double all = store.counter(metric);
  std::string more = format_rate(per_second(all, result.counted_time())) + " per second";
  if (const double censored = with_outcome(store, metric, "censored"); censored > 0) {
    more += fmt::format(" · {} unfinished at the end", format_whole(censored));
  }
  constexpr std::size_t kMostTasks = 4;
  const auto tasks = counts_by(store, metric, "task");
  if (tasks.size() > 1 && tasks.size() <= kMostTasks) more += " · " + base::join(tasks, " · ");
  return {metric == metrics::kLlmRequests ? "Requests" : "HTTP requests", format_whole(all), more};
}

Tile failed_tile(const Store& store, metrics::MetricId requests, metrics::MetricId rate) {
  const metrics::Rate failed = store.rate(rate);
  Selector of_failed;
  if (requests == metrics::kLlmRequests) {
    of_failed.terms.push_back({"outcome", Selector::Op::kEqual, "failed"});
  }
  const auto kinds = counts_by(store, requests, "error", of_failed);
  std::string more = kinds.empty() ? "none failed" : base::join(kinds, " · ");
  return {"Failed", failed.total == 0 ? "–" : metrics::format_value(failed.share(), Unit::kShare),
          std::move(more)};
}

std::string tiles(const RunResult& result, bool has_llm, Legend& legend) {
  const Store& store = *result.store;
  const metrics::MetricId requests = has_llm ? metrics::kLlmRequests : metrics::kHttpReqs;
  std::vector<Tile> all = {
      requests_tile(result, requests),
      failed_tile(store, requests, has_llm ? metrics::kLlmRequestFailed : metrics::kHttpReqFailed)};
  const auto add = [&](const char* name, metrics::MetricId metric) {
    const metrics::Trend trend = store.trend(metric);
    if (trend.count() > 0) all.push_back(trend_tile(name, trend, legend));
  };
  if (!has_llm) {
    add("HTTP request", metrics::kHttpReqDuration);
    return html_tiles(all);
  }
  add("Time to first token", metrics::kLlmTtft);
  add("Between tokens", metrics::kLlmItl);
  add("Whole request", metrics::kLlmRequestDuration);
  const double out = store.counter(metrics::kLlmOutputTokens);
  all.push_back({"Output tokens", format_rate(per_second(out, result.counted_time())) + "/s",
                 fmt::format("{} out · {} in", format_whole(out),
                             format_whole(store.counter(metrics::kLlmInputTokens)))});
  return html_tiles(all);
}

// ---- cards: an answer each

std::string card(std::string_view title, std::string_view body, bool is_wide = false) {
  return fmt::format("<div class=\"card{}\"><h3>{}</h3>\n{}</div>\n", is_wide ? " whole-row" : "",
                     title, body);
}

// What to do about what held the client up stands with the finding of it, where there is one.
std::string believe_card(const RunResult& result, const std::vector<analysis::Finding>& findings,
                         Legend& legend) {
  Validity validity = validity_of(result, legend);
  const bool is_found =
      std::any_of(findings.begin(), findings.end(),
                  [](const analysis::Finding& finding) { return finding.rule == "client"; });
  for (std::size_t i = 0; i < validity.advice.size() && !is_found; ++i) {
    validity.grounds[i] += " What to do: " + validity.advice[i] + ".";
  }
  std::string more = validity.grounds.empty() ? "" : html_list(validity.grounds);
  if (!validity.advice.empty() && is_found) {
    more += "<p>What to do stands with the <a href=\"#findings\">findings</a>.</p>\n";
  }
  return card("May one believe it?",
              fmt::format("<p class=\"answer {}\">{}</p>\n{}", html_class(validity.tone),
                          html_text(validity.answer), more),
              !result.client_findings.empty());
}

constexpr double kMuchSlower = 1.1;  // Times the whole: below it all are much alike.

// "slowest task "complex" with 2.10s": the worst by p95; "" where none stands out.
std::string slowest(const Store& store, metrics::MetricId metric, std::string_view key,
                    Legend& legend) {
  const std::vector<Part> parts = parts_by(store, metric, key);
  if (parts.size() < 3) return "";
  const Part* worst = nullptr;
  double worst_value = 0;
  for (const Part& part : parts) {
    if (&part == &parts.back()) continue;  // "all"
    const double value = store.trend(metric, part.selector).quantile(0.95).value;
    if (worst != nullptr && value <= worst_value) continue;
    worst = &part;
    worst_value = value;
  }
  if (worst_value < kMuchSlower * store.trend(metric).quantile(0.95).value) return "";
  const metrics::Trend slow = store.trend(metric, worst->selector);
  return fmt::format("slowest is {} \"{}\" with {}", key, worst->label,
                     format_percentile(slow, 95, Unit::kTime, legend));
}

// What a user waited for the first token, where that is much more than the service took.
std::string waited(const Store& store, Legend& legend) {
  const metrics::Trend from_due = store.trend(metrics::kLlmTtftFromDue);
  if (from_due.count() == 0 ||
      from_due.quantile(0.95).value <
          kMuchSlower * store.trend(metrics::kLlmTtft).quantile(0.95).value) {
    return "";
  }
  return fmt::format(" What a user waited for it, with connecting and queueing: {}.",
                     format_percentile(from_due, 95, Unit::kTime, legend));
}

// Of which requests the times are, where many failed and have none.
std::string of_which(const Store& store) {
  constexpr double kMany = 0.05;
  const metrics::Rate failed = store.rate(metrics::kLlmRequestFailed);
  if (failed.share() < kMany) return "";
  return fmt::format("Times are of the requests that got so far: {} failed.",
                     metrics::format_value(failed.share(), Unit::kShare));
}

std::string slow_card(const Store& store, bool has_llm, Legend& legend) {
  struct Question {
    const char* name;
    metrics::MetricId metric;
    const char* key;
  };
  constexpr std::array kOfLlm = {Question{"Time to first token", metrics::kLlmTtft, "task"},
                                 Question{"Between tokens", metrics::kLlmItl, "task"},
                                 Question{"Whole request", metrics::kLlmRequestDuration, "task"},
                                 Question{"Queued before sending", metrics::kLlmQueueTime, "task"}};
  constexpr std::array kOfHttp = {
      Question{"HTTP request", metrics::kHttpReqDuration, "name"},
      Question{"Waiting for the server", metrics::kHttpReqWaiting, "name"}};
  std::vector<std::string> lines;
  const auto add = [&](const Question& question) {
    const metrics::Trend trend = store.trend(question.metric);
    const bool is_queue = question.metric == metrics::kLlmQueueTime;
    if (trend.count() == 0 || (is_queue && trend.max().value < 0.001)) return;
    std::string text = fmt::format("{}: 95% within {}", question.name,
                                   format_percentile(trend, 95, Unit::kTime, legend));
    const std::string worst = slowest(store, question.metric, question.key, legend);
    if (!worst.empty()) text += "; " + worst;
    text += ".";
    if (question.metric == metrics::kLlmTtft) text += waited(store, legend);
    lines.push_back(std::move(text));
  };
  if (std::string words = has_llm ? of_which(store) : ""; !words.empty()) {
    lines.push_back(std::move(words));
  }
  if (has_llm) std::for_each(kOfLlm.begin(), kOfLlm.end(), add);
  if (!has_llm) std::for_each(kOfHttp.begin(), kOfHttp.end(), add);
  if (const double stalls = store.counter(metrics::kLlmStalls); stalls > 0) {
    lines.push_back(plural(stalls, "long gap") + " between tokens (stalls).");
  }
  return lines.empty() ? "" : card("What was slow?", html_list(lines));
}

std::string cost_answer(double cost, double tokens) {
  if (cost == 0 && tokens == 0) return "Nothing: no tokens were used.";
  if (cost == 0) return "Unknown: no price is known for any of the models.";
  return metrics::format_value(cost, Unit::kUsd);
}

std::string cost_card(const RunResult& result) {
  const Store& store = *result.store;
  const double cost = store.counter(metrics::kLlmCost);
  const double out = store.counter(metrics::kLlmOutputTokens);
  const double tokens = store.counter(metrics::kLlmInputTokens) + out;
  const double completed = with_outcome(store, metrics::kLlmRequests, "completed");
  std::vector<std::string> lines;
  if (cost > 0 && completed > 0) {
    lines.push_back(metrics::format_value(cost / completed, Unit::kUsd) +
                    " for each request that completed.");
  }
  if (cost > 0) {
    const double hourly = per_second(cost, result.counted_time()) * 3600;
    lines.push_back(metrics::format_value(hourly, Unit::kUsd) + " an hour at this load.");
  }
  const double apart = result.apart != nullptr ? result.apart->counter(metrics::kLlmCost) : 0;
  if (apart > 0) {
    lines.push_back(metrics::format_value(apart, Unit::kUsd) +
                    " more for the warm-up, setup and teardown.");
  }
  if (result.budget) {
    lines.push_back(fmt::format("{} of the budget of {} spent.",
                                metrics::format_value(result.budget->spent, Unit::kUsd),
                                metrics::format_value(result.budget->limit, Unit::kUsd)));
  }
  return card("What did it cost?",
              fmt::format("<p class=\"answer\">{}</p>\n{}", html_text(cost_answer(cost, tokens)),
                          lines.empty() ? "" : html_list(lines)));
}

}  // namespace

std::string html_overview(const RunResult& result, const std::vector<analysis::Finding>& findings,
                          Legend& legend) {
  std::string text = html_verdict(headline(result), reasons(result, legend) + found(findings));
  if (result.store == nullptr) return text;  // The run failed before it could count anything.
  const Store& store = *result.store;
  const bool has_llm = store.counter(metrics::kLlmRequests) > 0;
  const bool has_cost = has_llm || store.counter(metrics::kLlmBatches) > 0;
  text += tiles(result, has_llm, legend);
  text += "<div class=\"cards\">\n" + believe_card(result, findings, legend) +
          slow_card(store, has_llm, legend) + (has_cost ? cost_card(result) : "") + "</div>\n";
  return text;
}

}  // namespace output
