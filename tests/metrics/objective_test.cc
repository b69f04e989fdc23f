#include "metrics/objective.h"

#include <catch2/catch.hpp>

using namespace metrics;

namespace {

std::string error_of(std::string_view text) {
  const Registry registry;
  const auto objective = parse_objective(text, registry);
  if (objective) return "no error";
  const std::string place = "objective \"" + std::string(text) + "\": ";
  REQUIRE(objective.error().message.substr(0, place.size()) == place);
  return objective.error().message.substr(place.size());
}

}  // namespace

TEST_CASE("an objective has a metric, an operator and a limit in the metric's unit") {
  const Registry registry;
  const Objective ttft = parse_objective("  llm_ttft < 800ms ", registry).value();
  CHECK(ttft.source == "llm_ttft < 800ms");
  CHECK(ttft.metric == kLlmTtft);
  CHECK(ttft.op == Threshold::Op::kLess);
  CHECK(ttft.limit == 0.8);
  CHECK(parse_objective("llm_output_tokens_per_second>=40 tokens/s", registry)->limit == 40);
  CHECK(parse_objective("llm_tokens_out != 0", registry)->op == Threshold::Op::kNotEqual);
}

TEST_CASE("an objective holds for a value on the right side of its limit") {
  const Registry registry;
  const Objective fast = parse_objective("llm_tpot <= 50ms", registry).value();
  CHECK(fast.holds(0.05));
  CHECK_FALSE(fast.holds(0.0501));
  const Objective steady = parse_objective("llm_output_tokens_per_second > 40", registry).value();
  CHECK(steady.holds(40.1));
  CHECK_FALSE(steady.holds(40));
}

TEST_CASE("every metric with a value per request can be an objective") {
  const Registry registry;
  CHECK(objective_metrics().size() == 9);
  for (const Builtin metric : objective_metrics()) {
    const Metric& described = registry.at(metric);
    INFO(described.name);
    CHECK(described.type == Type::kTrend);
    const char* limit = described.unit == Unit::kTime ? " < 1s" : " < 1";
    CHECK(parse_objective(described.name + limit, registry)->metric == metric);
  }
}

TEST_CASE("a metric that no single request has is refused with those that one has") {
  CHECK(error_of("llm_cost < 1usd") ==
        "llm_cost has no value for a single request; an objective takes one of llm_ttft, "
        "llm_ttft_from_due, llm_ttft_text, llm_tpot, llm_itl, llm_request_duration, "
        "llm_request_duration_from_due, llm_output_tokens_per_second, llm_tokens_out");
  CHECK(error_of("llm_tfft < 2s") == "unknown metric \"llm_tfft\" (did you mean \"llm_ttft\"?)");
  CHECK(error_of("something < 2s").rfind("unknown metric \"something\"; an objective takes", 0) ==
        0);
}

TEST_CASE("what a threshold has and an objective has not is named") {
  CHECK(error_of("llm_ttft p(95) < 2s") ==
        "an objective is about one request and takes no aggregate: \"llm_ttft < 2s\"");
  CHECK(error_of("llm_ttft{task=chat} < 2s") ==
        "an objective holds for every request and takes no tags");
}

TEST_CASE("an objective's operator and limit are read as a threshold's") {
  CHECK(error_of("") == "expected \"metric op value\", as in \"llm_ttft < 2s\"");
  CHECK(error_of("llm_ttft = 2s") ==
        "expected one of < <= > >= == != after the metric, got \"=\" (did you mean \"==\"?)");
  CHECK(error_of("llm_ttft 2s") == "expected one of < <= > >= == != after the metric, got \"2s\"");
  CHECK(error_of("llm_ttft < 2") == "llm_ttft is a time, so its limit needs a unit, as in \"2s\"");
  CHECK(error_of("llm_tokens_out < 5ms") ==
        "the limit of llm_tokens_out takes \"tokens\" or no unit, got \"5ms\"");
}
