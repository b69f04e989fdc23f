#include "output/prometheus_text.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <sstream>

#include "output/sample_run.h"

using namespace std::chrono_literals;
using namespace tests;
using Catch::Contains;

namespace {

std::string text_of(SampleRun& run) {
  return output::prometheus_text(run.finish().store, {"0.1", "chat.lua", 3s});
}

// Bound -> count.
std::vector<std::pair<double, double>> buckets_of(const std::string& text,
                                                  const std::string& metric) {
  std::vector<std::pair<double, double>> buckets;
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    if (!line.starts_with(metric + "_bucket{")) continue;
    const std::size_t le = line.find("le=\"") + 4;
    const std::string bound = line.substr(le, line.find('"', le) - le);
    buckets.emplace_back(bound == "+Inf" ? INFINITY : std::stod(bound),
                         std::stod(line.substr(line.rfind(' '))));
  }
  return buckets;
}

}  // namespace

TEST_CASE("without samples there is only the run itself") {
  CHECK(output::prometheus_text(nullptr, {"0.1", "a \"b\"\\c.lua", 3s}) ==
        "# HELP perigee_run_info Always 1; what runs stands in the labels.\n"
        "# TYPE perigee_run_info gauge\n"
        "perigee_run_info{script=\"a \\\"b\\\"\\\\c.lua\",version=\"0.1\"} 1\n"
        "# HELP perigee_run_elapsed_seconds Time since the load began.\n"
        "# TYPE perigee_run_elapsed_seconds gauge\n"
        "perigee_run_elapsed_seconds 3\n");
}

TEST_CASE("counters, gauges and rates have their units and their tags") {
  SampleRun run;
  run.add(metrics::kLlmRequests, {{"task", "chat"}, {"outcome", "failed"}}, 3);
  run.add(metrics::kDataSent, {}, 1'500);
  run.add(metrics::kLlmCost, {{"model", "m"}}, 0.25);
  run.add(metrics::kVus, {}, 7);
  run.add(metrics::kClientCpu, {{"worker", "0"}}, 0.5);
  run.add(metrics::kChecks, {{"check", "says \"hi\""}}, 1, 4);
  run.add(metrics::kChecks, {{"check", "says \"hi\""}}, 0);
  const std::string text = text_of(run);
  CHECK_THAT(text, Contains("# TYPE perigee_llm_requests_total counter\n"
                            "perigee_llm_requests_total{outcome=\"failed\",task=\"chat\"} 3\n"));
  CHECK_THAT(text, Contains("\nperigee_data_sent_bytes_total 1500\n"));
  CHECK_THAT(text, Contains("\nperigee_llm_cost_usd_total{model=\"m\"} 0.25\n"));
  CHECK_THAT(text, Contains("# HELP perigee_vus Virtual users that are running.\n"
                            "# TYPE perigee_vus gauge\nperigee_vus 7\n"));
  CHECK_THAT(text, Contains("\nperigee_client_cpu_ratio{worker=\"0\"} 0.5\n"));
  CHECK_THAT(text, Contains("\nperigee_checks_true_total{check=\"says \\\"hi\\\"\"} 4\n"));
  CHECK_THAT(text, Contains("\nperigee_checks_of_total{check=\"says \\\"hi\\\"\"} 5\n"));
}

TEST_CASE("a trend's buckets are exact at each of their bounds") {
  SampleRun run;
  std::vector<double> values;
  for (int i = -160; i <= 120; ++i) values.push_back(std::exp2((i + 0.5) / 10));
  for (int i = -14; i <= 10; ++i)
    values.push_back(std::exp2(i));  // Bounds belong to what is below.
  values.push_back(0);
  for (const double value : values) run.add(metrics::kLlmTtft, {}, value);
  const std::string text = text_of(run);
  const auto buckets = buckets_of(text, "perigee_llm_ttft_seconds");
  REQUIRE(buckets.size() == 46);
  CHECK(buckets.front().first == std::exp2(-14));
  CHECK(buckets[buckets.size() - 2].first == 1024);
  for (const auto& [bound, count] : buckets) {
    INFO(bound);
    const auto below = [limit = bound](double value) { return value <= limit; };
    CHECK(count == static_cast<double>(std::count_if(values.begin(), values.end(), below)));
  }
  CHECK_THAT(text, Contains("\nperigee_llm_ttft_seconds_count 307\n"));
}

TEST_CASE("what is known only from below is above all bounds, and counted") {
  SampleRun run;
  run.add(metrics::kLlmTtft, {}, 0.5);
  run.add_lower_bound(metrics::kLlmTtft, {}, 0.25);
  const std::string text = text_of(run);
  const auto buckets = buckets_of(text, "perigee_llm_ttft_seconds");
  CHECK(buckets[buckets.size() - 2].second == 1);
  CHECK(buckets.back().second == 2);
  CHECK_THAT(text, Contains("\nperigee_llm_ttft_seconds_sum 0.75\n"
                            "perigee_llm_ttft_seconds_count 2\n"));
}

TEST_CASE("a tag with too many values is no label, and nothing of it is lost") {
  SampleRun run;
  for (int i = 0; i < 101; ++i) {
    run.add(metrics::kHttpReqs, {{"name", std::to_string(i)}, {"method", "GET"}}, 1);
  }
  CHECK_THAT(text_of(run), Contains("\nperigee_http_reqs_total{method=\"GET\"} 101\n"));
}

TEST_CASE("names that Prometheus does not allow are made such that it does") {
  SampleRun run;
  const auto declare = [&run](const char* name, metrics::Unit unit) {
    const auto id = run.registry().declare(
        {.name = name, .type = metrics::Type::kGauge, .unit = unit, .of = "", .meaning = ""});
    REQUIRE(id);
    return *id;
  };
  run.add(declare("size", metrics::Unit::kBytes),
          {{"le", "1"}, {"a-b", "2"}, {"a.b", "3"}, {"1st", "4"}, {"__x", "5"}}, 6);
  run.add(declare("size_bytes", metrics::Unit::kNone), {}, 7);
  const std::string text = text_of(run);
  CHECK_THAT(text, Contains("# HELP perigee_size_bytes Declared by the script.\n"));
  CHECK_THAT(text, Contains("perigee_size_bytes{_1st=\"4\",a_b=\"2\",a_b_=\"3\",tag___x=\"5\","
                            "tag_le=\"1\"} 6\n"));
  CHECK_THAT(text, Contains("\nperigee_size_bytes_ 7\n"));
}
