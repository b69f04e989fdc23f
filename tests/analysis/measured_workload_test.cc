#include "analysis/measured_workload.h"

#include <catch2/catch.hpp>

#include "metrics/builtin.h"
#include "metrics/shard.h"

using namespace analysis;
using nlohmann::json;

namespace {

// 90 calls in 30 s with 99 requests, 80 of them completed in 2 s each.
StoredRun run_of_30_s() {
  StoredRun run;
  run.registry = std::make_unique<metrics::Registry>();
  run.store = std::make_unique<metrics::Store>(*run.registry);
  metrics::Shard shard(*run.registry);
  const auto haiku = shard.intern({{"model", "claude-haiku-4-5"}});
  const auto opus = shard.intern({{"model", "claude-opus-5"}});
  shard.add(metrics::kLlmCalls, haiku, 90);
  shard.add(metrics::kLlmRequests, haiku, 90);
  shard.add(metrics::kLlmRequests, opus, 9);
  shard.add(metrics::kLlmRequestDuration, haiku, 2, 80);
  shard.add(metrics::kLlmTokensIn, haiku, 500, 80);
  shard.add(metrics::kLlmInputTokens, haiku, 80 * 400);
  shard.add(metrics::kLlmCacheReadTokens, haiku, 80 * 100);
  shard.add(metrics::kLlmOutputTokens, haiku, 80 * 200);
  run.store->merge(shard.take_delta());
  run.document = {{"run", {{"judged_s", 30.0}}}};
  return run;
}

json intervals(std::vector<double> vus, std::vector<double> megabytes) {
  for (double& value : megabytes) value *= 1e6;
  return {{"vus", vus}, {"client", {{"client_memory", megabytes}}}};
}

}  // namespace

TEST_CASE("a run tells its rate, its streams' life and its tokens") {
  const auto workload = measured_workload(run_of_30_s(), "a.json");
  REQUIRE(workload);
  CHECK(workload->model == "claude-haiku-4-5");
  CHECK(workload->calls_per_s == Approx(3));
  CHECK(workload->stream_s == Approx(2));
  CHECK(workload->input_tokens == Approx(400));
  CHECK(workload->cache_read_tokens == Approx(100));
  CHECK(workload->output_tokens == Approx(200));
  CHECK(workload->requests_per_call == Approx(1.1));
}

TEST_CASE("a run without a completed request is nothing to plan from") {
  StoredRun run = run_of_30_s();
  run.store = std::make_unique<metrics::Store>(*run.registry);
  const auto workload = measured_workload(run, "a.json");
  REQUIRE_FALSE(workload);
  CHECK_THAT(workload.error().message, Catch::StartsWith("a.json: no LLM request"));
}

TEST_CASE("memory is fitted to the intervals in which VUs were added") {
  StoredRun run;
  run.document["intervals"] = intervals({10, 20, 30, 40, 20, 10}, {21, 22, 23, 24, 24, 24});
  const auto use = measured_memory(run, "a.json");
  REQUIRE(use);
  CHECK(use->stream_bytes == Approx(100e3));
  CHECK(use->base_bytes == Approx(20e6));
  CHECK_THAT(use->source, Catch::Contains("4 intervals"));
}

TEST_CASE("a run that held its VUs does not tell what each of them takes") {
  StoredRun run;
  run.document["intervals"] = intervals({40, 40, 40, 40}, {21, 22, 23, 24});
  const auto use = measured_memory(run, "a.json");
  REQUIRE_FALSE(use);
  CHECK_THAT(use.error().message, Catch::Contains("ramp"));
}

TEST_CASE("a file without the columns is said to be damaged, with its name") {
  StoredRun run;
  run.document = {{"intervals", json::object()}};
  const auto use = measured_memory(run, "a.json");
  REQUIRE_FALSE(use);
  CHECK_THAT(use.error().message, Catch::StartsWith("a.json: "));
}

TEST_CASE("no line is drawn through points that do not rise") {
  CHECK_FALSE(fit_memory({{1, 5}, {1, 6}}));
  CHECK_FALSE(fit_memory({{1, 5}, {2, 4}}));
  CHECK_FALSE(fit_memory({}));
}
