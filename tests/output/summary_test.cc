#include "output/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "output/sample_run.h"

using output::summary_text;
using tests::line_with;
using tests::lines_of;
using tests::SampleRun;
using Aggregate = metrics::Threshold::Aggregate;
using Verdict = metrics::Verdict;

namespace {

void fill_with_everything(SampleRun& run) {
  run.add(metrics::kVusMax, {}, 10);
  run.add(metrics::kIterations, {}, 312);
  run.add(metrics::kIterationDuration, {}, 1.5, 312);
  run.add_completed("simple", "claude-haiku-4-5", 180);
  run.add_completed("a task with quite a long name", "claude-sonnet-4-5", 119);
  run.add_failed("simple", "claude-haiku-4-5", "rate_limited", 12);
  run.add_failed("simple", "claude-haiku-4-5", "timeout");
  run.add_censored("simple", "claude-haiku-4-5", 5);
  run.add(metrics::kLlmTtftFromDue, {}, 0.6, 299);
  run.add(metrics::kLlmOutputTokensPerSecond, {}, 72, 299);
  run.add(metrics::kLlmStalls, {}, 3);
  run.add(metrics::kChecks, {{"check", "answered"}}, 1, 312);
  run.add(metrics::kChecks, {{"check", "has content"}}, 1, 300);
  run.add(metrics::kChecks, {{"check", "has content"}}, 0, 12);
  run.add(metrics::kHttpReqs, {{"status", "200"}}, 299);
  run.add(metrics::kHttpReqs, {{"status", "429"}}, 12);
  run.add(metrics::kHttpReqDuration, {}, 1.4, 311);
  run.add(metrics::kHttpReqFailed, {}, 0, 299);
  run.add(metrics::kHttpReqFailed, {}, 1, 12);
  run.add(metrics::kDataSent, {}, 123'456);
  run.add(metrics::kDataReceived, {}, 7'654'321);
  run.add(metrics::kClientLag, {}, 0.00012, 1000);
  run.add(metrics::kStartLag, {}, 0.00008, 1000);
  run.add(metrics::kLoopTime, {}, 0.0005, 1000);
  run.add(metrics::kEventsPerRead, {}, 1, 1000);
  run.add(metrics::kClientCpu, {}, 0.35);
  run.add(metrics::kClientMemory, {}, 45e6);
  run.add_threshold("llm_ttft p(95) < 2s", metrics::kLlmTtft, Aggregate::kPercentile,
                    {Verdict::kPassed, {0.512, false}, 300, "", ""});
  run.add_threshold("llm_request_failed rate < 1%", metrics::kLlmRequestFailed, Aggregate::kRate,
                    {Verdict::kFailed, {0.042, false}, 312, "", ""});
  run.add_threshold(
      "llm_itl p(99) < 50ms", metrics::kLlmItl, Aggregate::kPercentile,
      {Verdict::kNotJudged, {0.01, false}, 0, "3.1 % of the gaps were blurred by the client", ""});
  run.result().exit_code = 99;
  run.result().script_errors = {{"chat.lua:7: boom\n  in task simple", 3}};
  run.result().warnings = {"no price known for model \"x\""};
}

// What only some runs have.
void fill_with_more(SampleRun& run, const metrics::Store& apart) {
  for (const char* scenario : {"steady", "a burst with quite a long name"}) {
    run.add(metrics::kLlmRequests, {{"scenario", scenario}}, 10);
    run.add(metrics::kVuWait, {{"scenario", scenario}}, 0.2, 100);
    run.add(metrics::kStartLag, {{"scenario", scenario}}, 0.2, 100);
  }
  run.add(metrics::kGroupDuration, {{"group", "a group with quite a long name::and another"}}, 2);
  run.add(metrics::kLlmGood, {{"task", "simple"}}, 1, 100);
  run.add(metrics::kLlmCancelled, {}, 3);
  run.result().objectives = {{"llm_ttft < 2s"}, {"llm_output_tokens_per_second > 40 tokens/s"}};
  run.result().thresholds[0].threshold.window = std::chrono::seconds(30);
  run.result().thresholds[0].judgement.note = "worst in the 30s from 1m10s on";
  run.result().hook_errors = {{"teardown", "chat.lua:70: a message that is somewhat longer"}};
  run.result().apart = &apart;
  run.result().warmup = std::chrono::seconds(10);
}

std::string text_of(SampleRun& run, std::size_t width = 100) {
  return summary_text(run.finish(), {.width = width, .colours = false});
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a summary says first whether the run passed, is valid and what it cost") {
  SampleRun run;
  fill_with_everything(run);
  const auto lines = lines_of(text_of(run));
  CHECK(lines[0] == "FAILED   1 of 3 thresholds failed, 1 could not be judged");
  CHECK(lines[1].rfind("client error: lag p99 120us · start lag p99 80.0us", 0) == 0);
  CHECK(lines[2] ==
        "20.0s, 10 VUs, seed 42, 2 workers · 313 requests (13 failed, 1 censored) · cost $0.2990");
  CHECK(lines[4] == "findings");
}

TEST_CASE("each threshold has its mark, its measured value and the reason where it has none") {
  SampleRun run;
  fill_with_everything(run);
  const std::string text = text_of(run);
  CHECK(line_with(text, "✓ llm_ttft") == "  ✓ llm_ttft p(95) < 2s            512ms");
  CHECK(has(line_with(text, "✗ llm_request_failed"), "rate < 1%   4.2"));
  CHECK(line_with(text, "? llm_itl") ==
        "  ? llm_itl p(99) < 50ms           not judged: 3.1 % of the gaps were blurred by the "
        "client");
}

TEST_CASE("a threshold that is known only from below is shown with its bound and its note") {
  SampleRun run;
  run.add_completed("chat", "m", 10);
  run.add_threshold("llm_ttft p(99) < 2s", metrics::kLlmTtft, Aggregate::kPercentile,
                    {Verdict::kNotJudged, {1.5, true}, 11, "unfinished requests", "a note"});
  const std::string text = text_of(run);
  const std::string line = line_with(text, "? llm_ttft");
  CHECK(has(line, "1.50s   not judged: unfinished requests   a note"));
  CHECK(has(line, "≥"));
  CHECK(has(text, "≥ at least this"));
}

TEST_CASE("a threshold whose metric has no samples shows a dash, not a zero") {
  SampleRun run;
  run.add_threshold("llm_ttft p(95) < 2s", metrics::kLlmTtft, Aggregate::kPercentile,
                    {Verdict::kFailed, {0, false}, 0, "no samples", ""});
  CHECK(line_with(text_of(run), "✗ llm_ttft") == "  ✗ llm_ttft p(95) < 2s   -   no samples");
}

TEST_CASE("requests are counted by task, with a last row for all") {
  SampleRun run;
  fill_with_everything(run);
  const std::string text = text_of(run);
  const std::string header = line_with(text, "task ");
  const std::string simple = line_with(text, "simple  ");
  CHECK(header.find("requests") < header.find("failed"));
  CHECK(has(simple, "194"));     // requests
  CHECK(has(simple, "18,000"));  // out: 180 requests of 100 tokens
  CHECK(has(simple, "900"));     // tok/s: 18,000 tokens over the run's 20 s
  CHECK(has(simple, "54,000"));  // tok/min
  CHECK(has(simple, "$0.18"));
  CHECK(header.size() == simple.size());
}

TEST_CASE("shares have finished and censored requests as their denominator") {
  SampleRun run;
  run.add_completed("chat", "m", 8);
  run.add_failed("chat", "m", "rate_limited");
  run.add_censored("chat", "m", 1);
  const std::string row = line_with(text_of(run), "chat");
  CHECK(has(row, metrics::format_value(0.1, metrics::Unit::kShare)));
}

TEST_CASE("models have a table of their own only where there are several") {
  SampleRun one;
  one.add_completed("a", "m1", 1);
  one.add_completed("b", "m1", 1);
  CHECK_FALSE(has(text_of(one), "\nmodel "));
  SampleRun two;
  two.add_completed("a", "m1", 1);
  two.add_completed("a", "m2", 1);
  CHECK(has(text_of(two), "\nmodel "));
}

TEST_CASE("requests outside any task are a row, so that rows add up to all") {
  SampleRun run;
  run.add_completed("chat", "m", 5);
  run.add_completed("", "m", 2);
  const std::string text = text_of(run);
  CHECK(has(line_with(text, "(no task)"), " 2 "));
  CHECK(has(line_with(text, "all "), " 7 "));
}

TEST_CASE("a single task needs no row for all") {
  SampleRun run;
  run.add_completed("chat", "m", 5);
  CHECK(line_with(text_of(run), "all ").empty());
}

TEST_CASE("unfinished requests raise percentiles, which are marked and explained") {
  SampleRun run;
  run.add_completed("chat", "m", 1000);
  for (int i = 0; i < 100; ++i) run.add_censored("chat", "m", 5);
  const std::string text = text_of(run);
  CHECK(has(text, "≥5.0"));
  CHECK(has(text, "≥ at least this"));
  SampleRun finished;
  finished.add_completed("chat", "m", 1000);
  CHECK_FALSE(has(text_of(finished), "≥"));
}

TEST_CASE("percentiles that the sample is too small for are marked and explained") {
  SampleRun few;
  few.add_completed("chat", "m", 90);
  const std::string text = text_of(few);
  CHECK(has(text, "400ms~"));
  CHECK(has(text, "~ fewer samples than the percentile wants"));
  SampleRun many;
  many.add_completed("chat", "m", 1000);
  CHECK_FALSE(has(text_of(many), "~"));
}

TEST_CASE("failures are counted by kind, the most frequent first") {
  SampleRun run;
  fill_with_everything(run);
  CHECK(line_with(text_of(run), "failures ") == "failures    rate_limited 12 · timeout 1");
}

TEST_CASE("failures of several tasks are told apart") {
  SampleRun run;
  run.add_failed("chat", "m", "timeout", 2);
  run.add_failed("search", "m", "timeout", 1);
  run.add_failed("search", "m", "reset", 3);
  const std::string text = text_of(run);
  CHECK(line_with(text, "failures ") == "failures    reset 3 · timeout 3");
  CHECK(has(text, "\n  chat      timeout 2\n"));
  CHECK(has(text, "\n  search    reset 3 · timeout 1\n"));
}

TEST_CASE("checks show how often they held") {
  SampleRun run;
  fill_with_everything(run);
  const std::string text = text_of(run);
  CHECK(line_with(text, "answered") == "  ✓ answered      312 of 312");
  CHECK(has(line_with(text, "has content"), "✗ has content   300 of 312   96.15%"));
}

TEST_CASE("script errors stand once with their count, and all lines of their text") {
  SampleRun run;
  fill_with_everything(run);
  const std::string text = text_of(run);
  CHECK(has(text, "  3 × chat.lua:7: boom\n"));
  CHECK(has(text, "      in task simple\n"));
}

TEST_CASE("the end's reason, failures and warnings are told") {
  SampleRun run;
  run.add_completed("chat", "m", 1);
  run.result().end = output::End::kAborted;
  run.result().exit_code = 108;
  run.result().end_reason = "the model is gone";
  run.result().failures = {"wrong answer"};
  run.result().warnings = {"no price known for model \"m\""};
  run.store().note_tags_overflowed(5);
  const std::string text = text_of(run);
  CHECK(lines_of(text)[0] == "ABORTED   the model is gone");
  CHECK(has(text, "ended by    the model is gone\n"));
  CHECK(has(text, "marked      wrong answer\n"));
  CHECK(has(text, "warning     no price known for model \"m\"\n"));
  CHECK(has(text, "warning     too many distinct tags"));
}

TEST_CASE("a script of plain HTTP has no LLM sections and its requests by name") {
  SampleRun run;
  for (const char* name : {"login", "search"}) {
    run.add(metrics::kHttpReqs, {{"name", name}, {"status", "200"}}, 100);
    run.add(metrics::kHttpReqDuration, {{"name", name}}, 0.025, 100);
    run.add(metrics::kHttpReqFailed, {{"name", name}}, 0, 100);
  }
  run.add(metrics::kHttpReqs, {{"name", "login"}, {"outcome", "failed"}, {"error", "timeout"}}, 2);
  run.add(metrics::kHttpReqWaiting, {}, 0.02, 200);
  const std::string text = text_of(run);
  CHECK(has(text, "202 HTTP requests (2 failed, 0 censored)"));
  CHECK(has(line_with(text, "login"), "25.0ms"));
  CHECK(has(line_with(text, "  all "), "202"));
  CHECK(has(line_with(text, "waiting"), "20.0ms"));
  CHECK(has(text, "failures    timeout 2"));
  CHECK_FALSE(has(text, "llm_"));
  CHECK_FALSE(has(text, "cost"));
}

TEST_CASE("tokens without a known price cost an unknown sum, not nothing") {
  SampleRun run;
  run.add(metrics::kLlmRequests, {{"outcome", "completed"}}, 1);
  run.add(metrics::kLlmOutputTokens, {}, 10);
  CHECK(has(text_of(run), "cost unknown"));
  SampleRun unbilled;
  unbilled.add_failed("chat", "m", "connect");
  CHECK_FALSE(has(text_of(unbilled), "cost unknown"));
}

TEST_CASE("gaps that the client blurred are part of its error") {
  SampleRun run;
  run.add_completed("chat", "m", 10);  // 990 gaps.
  run.add(metrics::kLlmItlCoalesced, {}, 110);
  run.add(metrics::kClientLag, {}, 0.0001, 1000);
  const std::string line = line_with(text_of(run), "client error");
  CHECK(has(line, metrics::format_value(0.1, metrics::Unit::kShare) + " of token gaps blurred"));
  CHECK(has(line, "llm_itl is not to be trusted"));
}

TEST_CASE("metrics of a script are shown by their type") {
  SampleRun run;
  const auto declare = [&run](const char* name, metrics::Type type, metrics::Unit unit) {
    return run.registry().declare({name, type, unit, "", ""}).value();
  };
  run.add(declare("orders", metrics::Type::kCounter, metrics::Unit::kNone), {}, 40);
  run.add(declare("found", metrics::Type::kRate, metrics::Unit::kShare), {}, 1, 3);
  run.add(declare("render_time", metrics::Type::kTrend, metrics::Unit::kTime), {}, 0.2, 500);
  run.add(declare("depth", metrics::Type::kGauge, metrics::Unit::kNone), {}, 7);
  declare("unused", metrics::Type::kTrend, metrics::Unit::kTime);
  const std::string text = text_of(run);
  CHECK(line_with(text, "orders") == "  orders       40 · 2.0/s");
  CHECK(has(line_with(text, "found"), "3 of 3"));
  CHECK(has(line_with(text, "render_time"), "avg 200ms · med 200ms"));
  CHECK(has(line_with(text, "depth"), "7 · min 7 · max 7"));
  CHECK(line_with(text, "unused") == "  unused       -");
}

TEST_CASE("scenarios have rows of their own only where there are several") {
  const auto add = [](SampleRun& run, const char* scenario, double ttft) {
    const metrics::TagSet tags = {{"task", "chat"}, {"scenario", scenario}};
    run.add(metrics::kLlmRequests, tags, 10);
    run.add(metrics::kLlmTtft, tags, ttft, 10);
  };
  SampleRun one;
  add(one, "default", 1);
  CHECK_FALSE(has(text_of(one), "scenario"));
  SampleRun two;
  add(two, "steady", 1);
  add(two, "burst", 3);
  const std::string text = text_of(two);
  CHECK(has(text, "\nscenario "));
  CHECK(has(line_with(text, "    scenario burst"), "3.00s"));
  CHECK(has(line_with(text, "    chat"), "2.00s"));
}

TEST_CASE("groups have their durations, and no sum over groups that lie in one another") {
  SampleRun run;
  run.add(metrics::kGroupDuration, {{"group", "buy"}}, 2, 20);
  run.add(metrics::kGroupDuration, {{"group", "buy::pay"}}, 1, 20);
  const std::string text = text_of(run);
  CHECK(has(line_with(text, "group duration"), "p95"));
  CHECK(has(line_with(text, "  buy  "), "2.00s"));
  CHECK(has(line_with(text, "  buy::pay"), "1.00s"));
  CHECK(line_with(text, "all").empty());
}

TEST_CASE("starts of open executors say what was due, begun and dropped, and how late") {
  const metrics::TagSet open = {{"scenario", "open"}};
  SampleRun run;
  run.add(metrics::kVuWait, open, 0, 990);
  run.add(metrics::kVuWait, open, 0.2, 100);
  run.add(metrics::kStartLag, open, 0.0001, 1090);
  run.add(metrics::kStartLag, {{"scenario", "closed"}}, 5, 10);
  run.add(metrics::kDroppedIterations, open, 10);
  CHECK(
      line_with(text_of(run, 120), "starts") ==
      "starts      1,100 due · 1,090 begun · 10 dropped · start_lag p99 100us · vu_wait p99 200ms "
      "max 200ms");
  run.add(metrics::kDroppedIterations, {{"scenario", "another"}}, 5);
  const std::string text = text_of(run, 120);
  CHECK(has(text, "starts      another: 5 due · 0 begun · 5 dropped"));
  CHECK(has(text, "            open: 1,100 due"));
  SampleRun closed;
  closed.add(metrics::kStartLag, {{"scenario", "closed"}}, 0.1, 10);
  CHECK_FALSE(has(text_of(closed), "starts "));
}

TEST_CASE("objectives show the share of good requests and the goodput, by task too") {
  SampleRun run;
  run.add_completed("chat", "m", 30);
  run.add_failed("search", "m", "timeout", 10);
  run.add(metrics::kLlmGood, {{"task", "chat"}}, 1, 30);
  run.add(metrics::kLlmGood, {{"task", "search"}}, 0, 10);
  run.add(metrics::kLlmGoodRequests, {}, 30);
  run.add(metrics::kLlmGoodOutputTokens, {}, 3000);
  CHECK_FALSE(has(text_of(run), "good"));
  run.result().objectives = {{"llm_ttft < 2s"}, {"llm_tpot < 50ms"}};
  const std::string text = text_of(run);
  CHECK(has(text, "objectives  llm_ttft < 2s · llm_tpot < 50ms\n"));
  CHECK(has(text,
            "goodput     75% good: 30 of 40 requests · 1.5 good requests/s · 150 output "
            "tokens/s of these\n"));
  CHECK(has(line_with(text, "chat "), "100%"));
  CHECK(has(line_with(text, "task "), "good"));
}

TEST_CASE("what was kept apart is told with its cost, and speeds are over the judged time") {
  SampleRun warm;
  warm.add_completed("chat", "m", 118);
  warm.add_failed("chat", "m", "timeout", 2);
  warm.add(metrics::kHttpReqs, {{"scenario", "setup"}}, 1);
  warm.add(metrics::kHttpReqFailed, {{"scenario", "setup"}}, 0);
  warm.finish();
  SampleRun run;
  run.add_completed("chat", "m", 100);  // 10,000 tokens.
  run.result().apart = &warm.store();
  run.result().warmup = std::chrono::seconds(10);
  run.result().judged = std::chrono::seconds(10);
  const std::string text = text_of(run);
  CHECK(has(text, "20.0s with a warm-up of 10s, seed 42"));
  CHECK(has(text, "apart from these figures: warm-up 10s: 120 requests, 2 failed, $0.1180; "));
  CHECK(has(text_of(run, 120), "; setup: 1 HTTP request, 0 failed\n"));
  CHECK(has(line_with(text, "chat "), "1,000"));  // tok/s
  SampleRun nothing;
  nothing.result().apart = &nothing.store();
  CHECK_FALSE(has(text_of(nothing), "apart"));
}

TEST_CASE("a threshold with a window shows its worst") {
  SampleRun run;
  run.add_threshold(
      "llm_ttft p(95) < 2s", metrics::kLlmTtft, Aggregate::kPercentile,
      {.verdict = Verdict::kFailed,
       .measured = {2.4},
       .samples = 300,
       .reason = "in the 30s from 1m10s on; 3 of 271 windows failed",
       .worst_window = metrics::Span{std::chrono::seconds(70), std::chrono::seconds(100)}});
  run.add_threshold("iterations rate > 5/s", metrics::kIterations, Aggregate::kRate,
                    {.verdict = Verdict::kFailed,
                     .measured = {0},
                     .reason = "in the 30s from 9s on",
                     .worst_window = metrics::Span{}});
  for (auto& judged : run.result().thresholds) judged.threshold.window = std::chrono::seconds(30);
  const std::string text = text_of(run, 120);
  CHECK(
      line_with(text, "✗ llm_ttft") ==
      "  ✗ llm_ttft p(95) < 2s over any 30s     2.40s   in the 30s from 1m10s on; 3 of 271 windows "
      "failed");
  CHECK(line_with(text, "✗ iterations") ==
        "  ✗ iterations rate > 5/s over any 30s   0/s   in the 30s from 9s on");
}

TEST_CASE("requests that the script broke off are counted, a hook that failed is a warning") {
  SampleRun run;
  run.add_completed("chat", "m", 10);
  run.add(metrics::kLlmCancelled, {}, 3);
  run.result().hook_errors = {{"teardown", "a.lua:5: boom\nstack traceback:\n\ta.lua:5"}};
  const std::string text = text_of(run);
  CHECK(has(text, "cancelled   3 requests, broken off by the script\n"));
  CHECK(has(text, "warning     teardown failed: a.lua:5: boom\n"));
}

TEST_CASE("with many unfinished requests TTFT's percentiles are lower bounds") {
  SampleRun run;
  for (int i = 0; i < 500; ++i) run.add_censored("chat", "m", 1 + i * 0.01);
  const std::string text = text_of(run);
  CHECK(has(text, "500 requests (0 failed, 500 censored)"));
  const std::string header = line_with(text, "time to first token");
  REQUIRE_FALSE(header.empty());
  const std::string row = text.substr(text.find(header) + header.size() + 1);
  CHECK(std::count(row.begin(), row.begin() + static_cast<long>(row.find('\n')), '\xe2') >= 5);
}

TEST_CASE("a run without a single sample prints no number that was not measured") {
  SampleRun run;
  const std::string text = text_of(run);
  CHECK(lines_of(text)[0] == "PASSED   no thresholds were set");
  CHECK_FALSE(has(text, "nan"));
  CHECK_FALSE(has(text, "0ms"));
  CHECK_FALSE(has(text, "latency"));
}

TEST_CASE("a run that failed before it counted anything still has its verdict and its error") {
  output::RunResult result;
  result.exit_code = 107;
  result.script_errors = {{"chat.lua:1: boom", 1}};
  const std::string text = summary_text(result, {});
  CHECK(lines_of(text)[0] == "SCRIPT ERRORS   1 error in the script");
  CHECK(has(text, "1 × chat.lua:1: boom"));
}

TEST_CASE("no line is wider than the terminal, and none ends with spaces") {
  SampleRun run;
  fill_with_everything(run);
  run.add_censored("another", "gpt-4o", 9);
  SampleRun warm;
  warm.add_completed("chat", "m", 118);
  warm.finish();
  fill_with_more(run, warm.store());
  const output::RunResult& result = run.finish();
  for (const std::size_t width : {60U, 80U, 100U, 140U}) {
    for (const std::string& line : lines_of(summary_text(result, {.width = width}))) {
      INFO(line);
      CHECK(output::width_of(line) <= width);
      CHECK((line.empty() || line.back() != ' '));
    }
  }
}

TEST_CASE("on a terminal every line fits, whatever names and texts a run brings") {
  const std::string word(200, 'x');
  std::string wide;
  for (int i = 0; i < 60; ++i) wide += "语🚀e\u0301";
  SampleRun run;
  fill_with_everything(run);
  for (const std::string& name : {word, wide}) {
    run.add_completed(name, name, 200);
    run.add_failed(name, name, "overloaded", 3);
    run.add(metrics::kChecks, {{"check", name}}, 0, 3);
    run.add(metrics::kGroupDuration, {{"group", name}}, 2);
    run.result().warnings.push_back(name);
    run.result().failures.push_back("no answer from https://" + name);
    run.result().script_errors.push_back({name + "\n\tat " + name, 3});
  }
  run.result().exit_code = 107;
  run.result().hook_errors = {{"teardown", word}};
  const output::RunResult& result = run.finish();
  for (const auto detail : {output::Detail::kShort, output::Detail::kFull}) {
    for (const std::size_t width : {60U, 80U, 120U}) {
      for (const bool colours : {false, true}) {
        const auto text = summary_text(
            result, {.width = width, .colours = colours, .detail = detail, .is_terminal = true});
        for (const std::string& line : lines_of(text)) {
          INFO(line);
          CHECK(output::width_of(line) <= width);
        }
      }
    }
  }
}

TEST_CASE("what held the load up or ended it stands before findings, thresholds and tables") {
  SampleRun run;
  fill_with_everything(run);
  run.add(metrics::kVuWait, {{"scenario", "steady"}}, 0.2, 300);
  run.add(metrics::kDroppedIterations, {{"scenario", "steady"}}, 100);
  run.result().end = output::End::kAborted;
  run.result().end_reason = "the model is gone";
  run.result().budget = output::BudgetUse{.limit = 2, .spent = 0.5, .unknown = 0};
  const std::string text = summary_text(run.finish(), {});
  CHECK(has(text, "dropped     100 of 400 iterations that were due never began (25%)\n"));
  std::size_t last = 0;
  for (const char* part : {"client error", "cost $", "budget  ", "ended by  ", "dropped  ",
                           "thresholds\n", "\ntask  ", "\nlatency  "}) {
    INFO(part);
    const std::size_t at = text.find(part);
    CHECK(at != std::string::npos);
    CHECK(at > last);
    last = at;
  }
}

TEST_CASE("a short summary says what it leaves out, and a full one leaves nothing out") {
  SampleRun run;
  fill_with_everything(run);
  const output::RunResult& result = run.finish();
  const auto brief = summary_text(result, {.detail = output::Detail::kShort});
  INFO(brief);
  CHECK(has(
      brief,
      "left out: more latencies, tokens per request, HTTP, the client itself (--summary full)\n"));
  CHECK_FALSE(has(summary_text(result, {}), "left out"));
}

TEST_CASE("a failure's task with a long name stands apart from its counts") {
  SampleRun run;
  run.add_failed("a task of many words", "m", "timeout", 2);
  run.add_failed("b", "m", "timeout");
  CHECK(has(summary_text(run.finish(), {}), "  a task of many words  timeout 2\n"));
}

TEST_CASE("colours change nothing but the colours") {
  SampleRun run;
  fill_with_everything(run);
  const output::RunResult& result = run.finish();
  const std::string plain = summary_text(result, {.width = 100, .colours = false});
  std::string coloured = summary_text(result, {.width = 100, .colours = true});
  CHECK(plain.find('\x1b') == std::string::npos);
  CHECK(coloured.rfind("\x1b[31mFAILED\x1b[0m", 0) == 0);
  for (std::size_t at; (at = coloured.find('\x1b')) != std::string::npos;) {
    coloured.erase(at, coloured.find('m', at) - at + 1);
  }
  CHECK(coloured == plain);
}

TEST_CASE("a short summary leaves out what is looked up rather than read, and nothing else") {
  SampleRun run;
  fill_with_everything(run);
  run.add(metrics::kLlmThinkingDuration, {{"task", "simple"}}, 0.5, 100);
  const output::RunResult& result = run.finish();
  const auto full = summary_text(result, {.detail = output::Detail::kFull});
  const auto brief = summary_text(result, {.detail = output::Detail::kShort});
  for (const char* part : {"\nper request", "\nclient  ", "thinking (", "\nhttp  "}) {
    INFO(part);
    CHECK(has(full, part));
    CHECK_FALSE(has(brief, part));
  }
  for (const char* part : {"client error", "thresholds", "llm_ttft)", "llm_itl)", "failures",
                           "checks", "script errors", "warning", "~ fewer"}) {
    INFO(part);
    CHECK(has(brief, part) == has(full, part));
  }
}

TEST_CASE("without a summary nothing is written") {
  SampleRun run;
  std::string text;
  output::Summary summary([&](std::string_view piece) { text += piece; },
                          {.detail = output::Detail::kNone});
  summary.on_end(run.finish());
  CHECK(text.empty());
}

TEST_CASE("the summary is written once, at the end") {
  SampleRun run;
  std::vector<std::string> pieces;
  output::Summary summary([&](std::string_view text) { pieces.emplace_back(text); }, {});
  summary.on_message("a message");
  summary.on_progress({});
  CHECK(pieces.empty());
  summary.on_end(run.finish());
  CHECK(pieces.size() == 1);
}
