#include "output/comparison_documents.h"

#include <catch2/catch.hpp>

#include "analysis/runs_of_figures.h"
#include "output/sample_run.h"

using tests::FiguresRun;
using tests::line_with;

namespace {

struct Shown {
  analysis::Comparison comparison;
  std::vector<analysis::Gate> gates;

  std::vector<analysis::JudgedGate> judged() const {
    return analysis::judge_gates(gates, comparison);
  }
  output::ComparisonView view() const { return output::comparison_view(comparison, judged()); }
};

std::vector<FiguresRun> runs_of(const std::vector<double>& times, std::uint64_t failed) {
  std::vector<FiguresRun> runs(times.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    runs[i].add_time("llm_ttft", times[i]);
    runs[i].add_rate("llm_request_failed", failed + i, 1000);
  }
  return runs;
}

Shown shown(const std::vector<std::string>& gates, const std::vector<double>& next) {
  metrics::Registry registry;
  Shown all;
  analysis::ComparisonOptions options;
  for (const std::string& text : gates) {
    all.gates.push_back(*analysis::parse_gate(text, registry));
    options.wanted.push_back(all.gates.back().figure);
  }
  all.comparison = analysis::compare(tests::read_all(runs_of({0.400, 0.404, 0.396}, 0), "base"),
                                     tests::read_all(runs_of(next, 100), "<new>"), options);
  return all;
}

const std::vector<std::string> kGates = {"llm_ttft med worse by 10%", "llm_itl med worse"};

}  // namespace

TEST_CASE("the text says what was compared, the gates and each figure") {
  const Shown all = shown(kGates, {0.500, 0.504, 0.496});
  const std::string text = output::comparison_text(all.view(), {});
  CHECK(line_with(text, "FAILED") == "FAILED   1 of 2 gates failed, 1 not judged");
  CHECK_THAT(line_with(text, "evidence"),
             Catch::Contains("run to run: 3 runs on the base's side, 3 runs on the new one"));
  CHECK_THAT(line_with(text, "✗"), Catch::Contains("llm_ttft med worse by 10%   +25"));
  CHECK_THAT(line_with(text, "? llm_itl"), Catch::Contains("no samples"));
  CHECK_THAT(line_with(text, "llm_ttft p(95)"), Catch::Contains("worse"));
  CHECK_THAT(line_with(text, "llm_request_failed rate"), Catch::Contains("+10.0 points"));
  CHECK(output::exit_code_of(all.judged()) == output::kExitFailed);
}

TEST_CASE("a gate that passed says what it would have found") {
  const Shown all = shown({kGates[0]}, {0.402, 0.400, 0.404});
  const std::string text = output::comparison_text(all.view(), {});
  CHECK(line_with(text, "PASSED") == "PASSED   the gate passed");
  CHECK_THAT(all.view().gates.front().text,
             Catch::EndsWith("would have been found nine times in ten"));
  CHECK(output::exit_code_of(all.judged()) == output::kExitPassed);
  const Shown unjudged = shown({kGates[1]}, {0.402, 0.400, 0.404});
  CHECK(output::exit_code_of(unjudged.judged()) == output::kExitNotJudged);
}

TEST_CASE("what users wrote stands in Markdown and HTML as itself") {
  const output::ComparisonView view = shown(kGates, {0.500, 0.504, 0.496}).view();
  const std::string html = output::comparison_html(view);
  CHECK_THAT(html, Catch::Contains("&lt;new&gt;1.json"));
  CHECK_THAT(html, !Catch::Contains("<new>"));
  CHECK_THAT(html, Catch::Contains("<td>llm_ttft med</td>"));
  CHECK(html.find("{{") == std::string::npos);
  const std::string markdown = output::comparison_markdown(view);
  CHECK_THAT(markdown, Catch::Contains("| `llm_ttft med worse by 10%` | failed |"));
  CHECK_THAT(markdown, Catch::Contains("&lt;new&gt;1.json"));
}

TEST_CASE("the JSON has each figure and gate as numbers") {
  const Shown all = shown(kGates, {0.500, 0.504, 0.496});
  const auto json = nlohmann::json::parse(output::comparison_json(all.comparison, all.judged()));
  CHECK(json.at("schema") == "perigee-comparison");
  CHECK(json.at("evidence") == "run_to_run");
  CHECK(json.at("exit_code") == 99);
  const auto& first = json.at("figures").at(0);
  CHECK(first.at("figure") == "llm_ttft med");
  CHECK(first.at("verdict") == "worse");
  CHECK(first.at("worse") == "up");
  CHECK(first.at("scale") == "relative");
  CHECK(first.at("change").get<double>() == Approx(0.25).epsilon(0.01));
  CHECK(first.at("base").size() == 3);
  CHECK(json.at("gates").at(0).at("p").get<double>() < 0.025);
  CHECK(json.at("gates").at(1).at("verdict") == "not_judged");
  CHECK(json.at("gates").at(1).at("interval").is_null());
}
