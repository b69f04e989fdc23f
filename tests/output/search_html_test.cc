#include "output/search_html.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using output::Chart;
using output::SearchedStep;
using output::SearchReport;
using Outcome = output::SearchedStep::Outcome;

namespace {

const std::string kAttack = "<script>alert(1)</script><!-- \"'&";

bool has(const std::string& page, const std::string& part) {
  return page.find(part) != std::string::npos;
}

std::string data_text(const std::string& page) {
  const std::string open = "id=\"report-data\">";
  const std::size_t begin = page.find(open) + open.size();
  return page.substr(begin, page.find("</script>", begin) - begin);
}

SearchedStep step(double load, Outcome outcome, double ttft, const std::string& why = "") {
  return {.load = load,
          .outcome = outcome,
          .why = why,
          .cells = {std::to_string(load), outcome == Outcome::kHeld ? "held" : "did not"},
          .values = {{metrics::Estimate{ttft}}},
          .answered_per_s = load - 1,
          .goodput_per_s = load - 2,
          .ttft_p50 = metrics::Estimate{ttft / 2},
          .ttft_p95 = metrics::Estimate{ttft},
          .duration_p95 = metrics::Estimate{ttft * 2}};
}

// 128/s held, 256/s did not, 192/s did; run in this order.
SearchReport a_search() {
  SearchReport report;
  report.script = "/tests/chat.lua";
  report.headline = {.label = "192/s held", .detail = "256/s did not: it was slow"};
  report.objectives = {
      {.source = "llm_ttft p(95) < 100ms", .unit = metrics::Unit::kTime, .limit = 0.1}};
  report.columns = {"rate", ""};
  report.steps = {step(128, Outcome::kHeld, 0.01), step(256, Outcome::kFailed, 1.1, "it was slow"),
                  step(192, Outcome::kHeld, 0.02)};
  report.held = 192;
  return report;
}

}  // namespace

TEST_CASE("A search's page says the knee, the objectives and every step") {
  const std::string page = search_html(a_search());
  CHECK(has(page, "<title>192/s held: chat.lua – perigee</title>"));
  CHECK(has(page, "<span>search for the highest load</span>"));
  CHECK(has(page, "<div class=\"verdict good\">"));
  CHECK(has(page, "256/s did not: it was slow"));
  CHECK(has(page, "<code>llm_ttft p(95) &lt; 100ms</code>"));
  CHECK(has(page, "<span class=\"bad\">did not</span>"));
  CHECK(has(page, "<td class=\"words\">it was slow</td>"));
}

TEST_CASE("A search's curves go from the least load to the most") {
  const Chart chart = search_charts(a_search()).front();
  CHECK(chart.id == "objective-1");
  CHECK(chart.loads == std::vector<double>{128, 192, 256});
  CHECK(chart.series[0].values == std::vector<double>{0.01, 0.02, 1.1});
  CHECK(chart.outcomes == std::vector<std::string>{"held", "held", "did not hold"});
  REQUIRE(chart.limits.size() == 1);
  CHECK(chart.limits[0].value == 0.1);
  REQUIRE(chart.marks.size() == 1);
  CHECK(chart.marks[0].value == 192);
  CHECK(chart.logarithmic);
  CHECK(chart.caption == "The bound is 100ms. At 192/s, the most that held, it was 20.0ms.");
}

TEST_CASE("A search's goodput stands beside what was asked for") {
  const auto charts = search_charts(a_search());
  CHECK(charts[1].id == "goodput");
  CHECK(charts[1].series[0].values == std::vector<double>{126, 190, 254});
  CHECK(charts[1].series[2].values == std::vector<double>{128, 192, 256});
  CHECK_FALSE(charts[1].logarithmic);
  SearchReport users = a_search();
  users.by_rate = false;
  CHECK(search_charts(users)[1].series.size() == 2);
}

TEST_CASE("A step without an answer has no point, and one of few samples a sign") {
  SearchReport report = a_search();
  report.steps[0].values[0].few_samples = true;
  report.steps[1].values[0].measured.reset();
  report.steps[1].ttft_p50.reset();
  report.steps[2].outcome = Outcome::kNotKnown;
  report.steps[2].values[0].measured->is_lower_bound = true;
  report.held = 0;
  const auto data = nlohmann::json::parse(data_text(search_html(report)));
  const auto& chart = data.at("charts").at(0);
  CHECK(chart.at("series").at(0).at("values") == nlohmann::json({0.01, 0.02, nullptr}));
  CHECK(chart.at("series").at(0).at("signs") == nlohmann::json({{"0", "~"}, {"1", "≥"}}));
  CHECK(chart.at("outcomes").at(1) == "not known");
  CHECK(chart.at("marks").empty());
  CHECK(data.at("charts").at(2).at("series").at(0).at("values").at(2).is_null());
}

TEST_CASE("A search of no step has a page without curves") {
  SearchReport report = a_search();
  report.steps.clear();
  report.held = 0;
  const std::string page = search_html(report);
  CHECK_FALSE(has(page, "<figure"));
  CHECK(nlohmann::json::parse(data_text(page)).at("charts").empty());
}

TEST_CASE("A search's page has no markup from names and reasons") {
  SearchReport report = a_search();
  report.script = kAttack + ".lua";
  report.objectives[0].source = kAttack;
  report.headline = {kAttack, kAttack};
  report.steps[1].why = kAttack;
  report.steps[1].cells = {kAttack, kAttack, kAttack};
  const std::string page = search_html(report);
  CHECK_FALSE(has(page, "<script>alert"));
  CHECK_FALSE(has(data_text(page), "<"));
}
