#include "output/statistics_json.h"

#include <catch2/catch.hpp>

#include "output/result_file.h"
#include "output/sample_run.h"

using Json = nlohmann::ordered_json;
using tests::SampleRun;
using namespace std::chrono_literals;

namespace {

Json statistics_of(SampleRun& run) { return output::statistics_to_json(*run.finish().store, 10s); }

}  // namespace

TEST_CASE("each type has the figures that its thresholds know") {
  SampleRun run;
  run.add(metrics::kIterations, {}, 40);
  run.add(metrics::kVus, {}, 7);
  run.add(metrics::kVus, {}, 5);
  run.add(metrics::kChecks, {}, 1, 3);
  run.add(metrics::kChecks, {}, 0, 1);
  for (const double value : {1, 2, 3, 4}) run.add(metrics::kLlmTokensOut, {}, value);
  const Json json = statistics_of(run);
  CHECK(json["iterations"]["values"] == Json{{"count", 40.0}, {"rate", 4.0}});
  CHECK(json["vus"]["values"] == Json{{"value", 5.0}, {"min", 5.0}, {"max", 7.0}, {"count", 2}});
  CHECK(json["checks"]["values"] == Json{{"rate", 0.75}, {"count", 3}, {"total", 4}});
  const Json trend = json["llm_tokens_out"]["values"];
  CHECK(trend["avg"] == 2.5);
  CHECK(trend["count"] == 4);
  CHECK(trend["sum"] == 10.0);
  CHECK(trend["med"].get<double>() == Approx(2).epsilon(0.003));
  CHECK(trend["p99"].get<double>() == Approx(4).epsilon(0.003));
  CHECK(trend["at_least"].empty());
  CHECK(json["checks"]["type"] == "rate");
  CHECK(json["checks"]["unit"] == "share");
}

TEST_CASE("figures that are known only from below are named") {
  SampleRun run;
  run.add(metrics::kLlmTtft, {}, 0.5, 98);
  run.add_lower_bound(metrics::kLlmTtft, {}, 2);
  run.add_lower_bound(metrics::kLlmTtft, {}, 3);
  CHECK(statistics_of(run)["llm_ttft"]["values"]["at_least"] ==
        Json({"avg", "max", "p99", "sum", "stddev"}));
}

TEST_CASE("figures stand by tag, over all other tags") {
  SampleRun run;
  run.add(metrics::kLlmTtft, {{"task", "a"}, {"model", "m"}}, 1);
  run.add(metrics::kLlmTtft, {{"task", "b"}, {"model", "m"}}, 3);
  run.add(metrics::kLlmTtft, {}, 9);
  const Json ttft = statistics_of(run)["llm_ttft"];
  CHECK(ttft["values"]["count"] == 3);
  CHECK(ttft["by"]["task"].size() == 2);
  CHECK(ttft["by"]["task"]["b"]["avg"] == 3.0);
  CHECK(ttft["by"]["model"]["m"]["avg"] == 2.0);
}

TEST_CASE("a metric without samples is there with a count of 0 and no other figure") {
  SampleRun run;
  const Json json = statistics_of(run);
  CHECK(json["llm_ttft"]["values"] == Json{{"count", 0}});
  CHECK(json["llm_requests"]["values"] == Json{{"count", 0.0}, {"rate", 0.0}});
  CHECK(json["llm_good"]["values"] == Json{{"count", 0}, {"total", 0}});
  CHECK(json["llm_ttft"]["by"].is_object());
}

TEST_CASE("a tag with a value per request is not broken down") {
  SampleRun run;
  for (int i = 0; i < 101; ++i) {
    run.add(metrics::kHttpReqs, {{"id", std::to_string(i)}, {"name", "x"}}, 1);
  }
  const Json by = statistics_of(run)["http_reqs"]["by"];
  CHECK(by.contains("name"));
  CHECK_FALSE(by.contains("id"));
}

TEST_CASE("a summary hook gets the result with its figures by name and the text it replaces") {
  SampleRun run;
  run.add_completed("chat", "m", 10);
  run.result().script_errors = {{"bad \xff byte", 1}};
  run.result().exit_code = 107;
  const Json json = Json::parse(output::summary_data_text(run.finish()));
  CHECK(json["metrics"]["llm_requests"]["values"]["rate"] == 0.5);  // 10 in 20 s.
  CHECK(json["run"]["verdict"] == "script_errors");
  CHECK(json["text"].get<std::string>().rfind("SCRIPT ERRORS", 0) == 0);
  CHECK(json["script_errors"][0]["count"] == 1);
  CHECK_FALSE(json.contains("apart"));
  CHECK(Json::parse(output::summary_data_text(output::RunResult{}))["metrics"].is_object());
}
