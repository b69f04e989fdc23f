#include "output/html_report.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "analysis/rules.h"
#include "output/evidence.h"
#include "output/html.h"
#include "output/sample_run.h"

using metrics::Verdict;
using output::html_report;
using tests::SampleRun;
using Aggregate = metrics::Threshold::Aggregate;

namespace {

const std::string kAttack = "<script>alert(1)</script><!-- \"'&";

bool has(const std::string& page, const std::string& part) {
  return page.find(part) != std::string::npos;
}

// The page without Chart.js and our own scripts, which are the same in all pages.
std::string without_scripts(const std::string& page) {
  return page.substr(0, page.find("<noscript>"));
}

std::string data_text(const std::string& page) {
  const std::string open = "id=\"report-data\">";
  const std::size_t begin = page.find(open) + open.size();
  return page.substr(begin, page.find("</script>", begin) - begin);
}

// Four seconds of a run, of which the third was doubtful.
void add_course(output::RunResult& result) {
  for (int second = 1; second <= 4; ++second) {
    output::Interval interval;
    interval.elapsed_s = second;
    interval.vus = 10;
    interval.llm_requests = 5.0 * second;
    interval.output_tokens = 500.0 * second;
    interval.client.lag_p99 = 0.001 * second;
    interval.client.lag_max = 0.002 * second;
    result.intervals.push_back(interval);
  }
  const metrics::Span span{std::chrono::seconds(2), std::chrono::seconds(3)};
  result.client_findings = {
      {metrics::ClientCause::kCpu, {span}, span, "a worker used 99% of its core"}};
}

}  // namespace

TEST_CASE("The report says at its top whether the run passed") {
  SampleRun run;
  run.add_completed("simple", "claude-haiku-4-5", 100);
  run.add_threshold("llm_ttft p(95) < 2s", metrics::kLlmTtft, Aggregate::kPercentile,
                    {.verdict = Verdict::kPassed, .measured = {0.4}, .samples = 100});
  const std::string page = without_scripts(html_report(run.finish()));
  CHECK(has(page, "<div class=\"verdict good\">"));
  CHECK(has(page, "all"));
  CHECK(has(page, "<title>PASSED: chat.lua – perigee</title>"));
  CHECK(has(page, "<span class=\"good\">✓ passed</span>"));
}

TEST_CASE("The report names what failed, and by how much") {
  SampleRun run;
  run.add_completed("simple", "claude-haiku-4-5", 100);
  run.add_threshold("llm_ttft p(95) < 200ms", metrics::kLlmTtft, Aggregate::kPercentile,
                    {.verdict = Verdict::kFailed, .measured = {0.4}, .samples = 100});
  run.result().exit_code = output::kExitFailed;
  const std::string page = without_scripts(html_report(run.finish()));
  CHECK(has(page, "<div class=\"verdict bad\">"));
  CHECK(has(page, "llm_ttft p(95) &lt; 200ms: was 400ms"));
}

TEST_CASE("The report has no markup from names, tags and errors") {
  SampleRun run;
  run.result().script = kAttack + ".lua";
  run.add_completed(kAttack, kAttack, 30);
  run.add_failed(kAttack, kAttack, kAttack);
  run.add(metrics::kChecks, {{"check", kAttack}}, 1);
  run.result().options = {{kAttack, kAttack}};
  run.result().script_errors = {{kAttack, 3}};
  run.result().hook_errors = {{kAttack, kAttack}};
  run.result().warnings = {kAttack};
  run.result().failures = {kAttack};
  run.add_threshold(kAttack, metrics::kLlmTtft, Aggregate::kPercentile,
                    {.verdict = Verdict::kFailed, .measured = {}, .reason = kAttack});
  add_course(run.result());
  run.result().client_findings[0].figure = kAttack;
  const std::string page = html_report(run.finish());
  CHECK_FALSE(has(page, "<script>alert"));
  CHECK_FALSE(has(data_text(page), "<"));
  CHECK(nlohmann::json::parse(data_text(page)).at("charts").size() > 4);
  CHECK(has(page, "&lt;script&gt;alert(1)&lt;/script&gt;&lt;!-- &quot;&#39;&amp;"));
}

TEST_CASE("The report's charts have the run's numbers") {
  SampleRun run;
  run.add_completed("simple", "claude-haiku-4-5", 20);
  add_course(run.result());
  const std::string page = html_report(run.finish());
  const auto data = nlohmann::json::parse(data_text(page));
  std::map<std::string, nlohmann::json> charts;
  for (const auto& chart : data.at("charts")) charts[chart.at("id")] = chart;
  CHECK(charts.at("time-requests").at("series").at(0).at("values") == nlohmann::json({5, 5, 5, 5}));
  CHECK(charts.at("time-tokens").at("series").at(0).at("values") ==
        nlohmann::json({500, 500, 500, 500}));
  CHECK(charts.at("time-requests").at("edges").at("to") == nlohmann::json({1, 2, 3, 4}));
  CHECK(charts.at("time-lag").at("series").at(1).at("values") ==
        nlohmann::json({0.002, 0.004, 0.006, 0.008}));
  double values = 0;
  for (const auto& bar : charts.at("ttft-bars").at("series").at(0).at("values")) {
    values += bar.get<double>();
  }
  CHECK(values == 20);
  REQUIRE(data.at("ranges").size() == 1);
  CHECK(data.at("ranges").at(0).at("begin") == 2.0);
  CHECK(data.at("ranges").at(0).at("end") == 3.0);
  for (const auto& [id, chart] : charts) {
    INFO(id);
    CHECK(has(page, "<figure id=\"" + id + "\""));
  }
}

TEST_CASE("Doubtful time is shaded once, whatever made it so; warm-up has no figures") {
  SampleRun run;
  run.add_completed("simple", "claude-haiku-4-5", 20);
  add_course(run.result());
  run.result().warmup = std::chrono::seconds(1);
  auto second = run.result().client_findings[0];
  second.spans = {{std::chrono::milliseconds(2500), std::chrono::seconds(4)}};
  run.result().client_findings.push_back(second);
  const auto data = nlohmann::json::parse(data_text(html_report(run.finish())));
  CHECK(data.at("ranges") == nlohmann::json::parse(R"([
    {"begin": 0.0, "end": 1.0, "apart": true}, {"begin": 2.0, "end": 4.0, "apart": false}])"));
  const auto& users = data.at("charts").at(0).at("series").at(0).at("values");
  CHECK(users == nlohmann::json({nullptr, 10, 10, 10}));
}

TEST_CASE("The report says which charts there are not") {
  SampleRun run;
  run.add_completed("simple", "claude-haiku-4-5", 3);
  const std::string page = without_scripts(html_report(run.finish()));
  CHECK(has(page, "The run was too short for charts over time."));
  CHECK(has(page, "Time to first token: 3 values show no distribution"));
  CHECK_FALSE(has(page, "<figure id=\"ttft"));
}

TEST_CASE("The report has the findings of perigee diagnose behind its overview") {
  SampleRun run;
  run.add_completed("simple", "claude-haiku-4-5", 100);
  const std::string none = without_scripts(html_report(run.finish()));
  CHECK(has(none, "No bottleneck was found by any of"));
  CHECK_FALSE(has(none, "What to do</h4>"));

  SampleRun refused;
  refused.add_completed("simple", "claude-haiku-4-5", 100);
  refused.add(metrics::kLlmRequests,
              {{"outcome", "failed"}, {"error", "rate_limited"}, {"status", "429"}}, 50);
  const output::RunResult& result = refused.finish();
  const auto findings = analysis::diagnose(output::evidence_of(result));
  REQUIRE_FALSE(findings.empty());
  const std::string page = without_scripts(html_report(result));
  for (const analysis::Finding& finding : findings) {
    CHECK(has(page, output::html_text(finding.title)));
    CHECK(has(page, ">" + std::string(to_string(finding.severity)) + "</span>"));
    for (const auto& line : finding.evidence) CHECK(has(page, output::html_text(line)));
    for (const auto& advice : finding.advice) CHECK(has(page, output::html_text(advice)));
  }
  CHECK(has(page, "<a href=\"#findings\">Found</a>: " + output::html_text(findings[0].title)));
  CHECK_FALSE(has(none, "Found</a>"));
  CHECK(page.find("id=\"overview\"") < page.find("id=\"findings\""));
  CHECK(page.find("id=\"findings\"") < page.find("id=\"time\""));
}

TEST_CASE("What to do about a client that was held up is said once") {
  const auto held_up = [](base::Duration length) {
    SampleRun run;
    run.add_completed("simple", "claude-haiku-4-5", 100);
    run.add(metrics::kClientLag, {}, 0.0001, 5000);
    const metrics::Span span{std::chrono::seconds(2), std::chrono::seconds(2) + length};
    run.result().client_findings = {
        {metrics::ClientCause::kCpu, {span}, span, "a worker used 99% of its core"}};
    return without_scripts(html_report(run.finish()));
  };
  const std::string advice = output::html_text(metrics::advice(metrics::ClientCause::kCpu));
  // A second in twenty is no finding: the overview says it. Most of the run is one.
  const std::string little = held_up(std::chrono::seconds(1));
  CHECK(has(little, "99% of its core at 2s. What to do: " + advice));
  const std::string much = held_up(std::chrono::seconds(15));
  CHECK(has(much, "<p>What to do stands with the <a href=\"#findings\">findings</a>.</p>"));
  CHECK_FALSE(has(much, "What to do: " + advice));
  CHECK(much.find(advice, much.find("id=\"findings\"")) != std::string::npos);
}

TEST_CASE("The report says at its top of what the requests were") {
  SampleRun run;
  run.add_completed("simple", "claude-haiku-4-5", 10);
  run.add_completed("complex", "claude-opus-4-5", 20);
  run.add(metrics::kVusMax, {}, 7);
  const std::string page = without_scripts(html_report(run.finish()));
  CHECK(has(page, "took 20.0s · up to 7 users · claude-opus-4-5, claude-haiku-4-5"));
  CHECK(has(page, "per second · complex 20 · simple 10"));
}

TEST_CASE("A run that failed before it counted anything has a report too") {
  output::RunResult result;
  result.script = "chat.lua";
  result.exit_code = output::kExitScriptErrors;
  result.script_errors = {{"chat.lua:3: boom", 1}};
  const std::string page = without_scripts(html_report(result));
  CHECK(has(page, "SCRIPT ERRORS"));
  CHECK(has(page, "chat.lua:3: boom"));
}

TEST_CASE("The report fetches nothing") {
  SampleRun run;
  run.add_completed("simple", "claude-haiku-4-5", 100);
  const std::string page = html_report(run.finish());
  for (const char* fetching : {" src=\"", "url(", "<link", "@import", "fetch(", "XMLHttpRequest"}) {
    INFO(fetching);
    CHECK_FALSE(has(page, fetching));
  }
  CHECK(has(page, "default-src 'none'"));
  CHECK(page.size() < 1'000'000);
}

TEST_CASE("Slots are filled once") {
  CHECK(output::fill_slots("<{{a}}-{{b}}>", {{"a", "{{b}}"}, {"b", "x"}}) == "<{{b}}-x>");
}

TEST_CASE("A table's sign hangs beside its number") {
  output::Table table({"latency", "p95 "});
  table.add_heading("  time to first token");
  table.add_row({"    all", "412ms~"});
  const std::string text = output::html_table(table, "Latency");
  CHECK(has(text, "<th scope=\"rowgroup\" colspan=\"2\">time to first token</th>"));
  CHECK(has(text, "<tr class=\"all\"><th scope=\"row\">all</th><td>412ms<span"));
}
