#include <catch2/catch.hpp>

#include "analysis/made_up_run.h"

using namespace tests;

namespace {

// Requests of a class of input size, all alike.
void add_sized(MadeUpRun& run, const std::string& size, double ttft, double duration,
               std::uint64_t count = 20, const std::string& model = "a") {
  const metrics::TagSet tags = {{"model", model}, {"input_size", size}};
  run.add(metrics::kLlmTtft, tags, ttft, count);
  run.add(metrics::kLlmRequestDuration, tags, duration, count);
}

struct Model {
  double duration = 1;
  double tokens_per_second = 100;
  double usd_per_1k = 0.01;
  std::uint64_t failed = 0;
};

// 100 output tokens a request.
void add_model(MadeUpRun& run, const std::string& name, const Model& model,
               const std::string& task = "", std::uint64_t count = 20) {
  metrics::TagSet tags = {{"model", name}};
  tags.set("task", task);
  const auto times = static_cast<double>(count);
  run.complete(count, tags);
  if (model.failed > 0) run.add(metrics::kLlmRequestFailed, tags, 1, model.failed);
  run.add(metrics::kLlmRequestDuration, tags, model.duration, count);
  run.add(metrics::kLlmOutputTokensPerSecond, tags, model.tokens_per_second, count);
  run.add(metrics::kLlmOutputTokens, tags, 100 * times);
  if (model.usd_per_1k > 0) run.add(metrics::kLlmCost, tags, model.usd_per_1k * times / 10);
}

}  // namespace

TEST_CASE("long prompts are graded by how many times as long they take as short ones") {
  const auto [ttft, duration, severity] = GENERATE(table<double, double, std::string>({
      {0.4, 1.9, "none"},
      {0.4, 2.1, "medium"},
      {0.4, 2.9, "medium"},
      {0.4, 3.1, "high"},
      {0.15, 3.1, "none"},  // It is the answers that are long.
  }));
  CAPTURE(ttft, duration);
  MadeUpRun run;
  add_sized(run, "<1k", 0.1, 1);
  add_sized(run, ">=10k", ttft, duration);
  CHECK(run.severity("context_length") == severity);
}

TEST_CASE("without enough requests of two classes nothing is said of long prompts") {
  MadeUpRun few;
  add_sized(few, "<1k", 0.1, 1);
  add_sized(few, "1k-10k", 1, 10, 19);
  CHECK(few.severity("context_length") == "none");
  MadeUpRun one;
  add_sized(one, ">=10k", 1, 10);
  CHECK(one.severity("context_length") == "none");
}

TEST_CASE("a slow model's long prompts are not held against a fast one's short ones") {
  MadeUpRun run;
  add_sized(run, "<1k", 0.1, 1, 20, "fast");
  add_sized(run, ">=10k", 1, 10, 20, "slow");
  CHECK(run.severity("context_length") == "none");
  add_sized(run, "<1k", 0.2, 2, 20, "slow");
  const auto finding = run.look("context_length");
  REQUIRE(finding);
  CHECK(finding->title == "Long prompts take 5.0 times as long as short ones");
  CHECK(evidence_text(finding).starts_with("model slow\n<1k input tokens: 20 requests"));
}

TEST_CASE("a model that is in nothing better is dominated") {
  const auto [other, severity] = GENERATE(table<Model, std::string>({
      {{.duration = 1.2, .usd_per_1k = 0.012}, "none"},
      {{.duration = 1.3, .usd_per_1k = 0.01}, "medium"},
      {{.duration = 1, .usd_per_1k = 0.013}, "medium"},
      {{.duration = 2.1, .usd_per_1k = 0.019}, "medium"},
      {{.duration = 2.1, .usd_per_1k = 0.021}, "high"},
      {{.duration = 2.1, .usd_per_1k = 0.009}, "none"},  // Cheaper.
      {{.duration = 0.9, .usd_per_1k = 0.03}, "none"},   // Faster.
      {{.duration = 2.1, .tokens_per_second = 120, .usd_per_1k = 0.021}, "none"},
      {{.duration = 2.1, .usd_per_1k = 0}, "none"},  // Nobody knows its price.
  }));
  CAPTURE(other.duration, other.usd_per_1k, other.tokens_per_second);
  MadeUpRun run;
  add_model(run, "a", {});
  add_model(run, "b", other);
  CHECK(run.severity("model_choice") == severity);
}

TEST_CASE("a model that fails more does not dominate") {
  MadeUpRun run;
  add_model(run, "a", {.failed = 1});
  add_model(run, "b", {.duration = 3, .usd_per_1k = 0.03});
  CHECK(run.severity("model_choice") == "none");
}

TEST_CASE("models are compared at the same task alone, with enough requests of each") {
  MadeUpRun apart;
  add_model(apart, "a", {}, "short");
  add_model(apart, "b", {.duration = 3, .usd_per_1k = 0.03}, "long");
  CHECK(apart.severity("model_choice") == "none");
  MadeUpRun few;
  add_model(few, "a", {}, "short");
  add_model(few, "b", {.duration = 3, .usd_per_1k = 0.03}, "short", 19);
  CHECK(few.severity("model_choice") == "none");
  MadeUpRun same;
  add_model(same, "a", {}, "short");
  add_model(same, "b", {.duration = 3, .usd_per_1k = 0.03}, "short");
  const auto finding = same.look("model_choice");
  REQUIRE(finding);
  CHECK(finding->title == "b is slower and dearer than a");
  CHECK(evidence_text(finding) ==
        "at the same task, short:\n"
        "a: 20 completed requests, duration p50 1.00s p95 1.00s~, 100 tokens/s (p50), 0% failed, "
        "$0.0010 per request, $0.0100 per 1,000 output tokens\n"
        "b: 20 completed requests, duration p50 3.00s p95 3.00s~, 100 tokens/s (p50), 0% failed, "
        "$0.0030 per request, $0.0300 per 1,000 output tokens\n");
}
