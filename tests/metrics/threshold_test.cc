#include "metrics/threshold.h"

#include <catch2/catch.hpp>

#include "metrics/builtin.h"

using namespace metrics;
using Aggregate = Threshold::Aggregate;
using Op = Threshold::Op;

namespace {

Threshold parse(std::string_view text) {
  const Registry registry;
  auto threshold = parse_threshold(text, registry);
  INFO((threshold ? "" : threshold.error().message));
  REQUIRE(threshold.has_value());
  return *threshold;
}

// The error without the threshold that it begins with.
std::string error_of(const std::string& text) {
  const Registry registry;
  const auto threshold = parse_threshold(text, registry);
  if (threshold) return "no error";
  const std::string place = "threshold \"" + text + "\": ";
  REQUIRE(threshold.error().message.substr(0, place.size()) == place);
  return threshold.error().message.substr(place.size());
}

}  // namespace

TEST_CASE("a threshold has a metric, a selector, an aggregate and a limit") {
  const Threshold threshold = parse("llm_ttft{task=simple,model!=x} p(95) < 2s");
  CHECK(threshold.source == "llm_ttft{task=simple,model!=x} p(95) < 2s");
  CHECK(threshold.metric == kLlmTtft);
  CHECK(threshold.selector.to_string() == "{task=simple,model!=x}");
  CHECK(threshold.aggregate == Aggregate::kPercentile);
  CHECK(threshold.percentile == 95);
  CHECK(threshold.op == Op::kLess);
  CHECK(threshold.limit == 2);
}

TEST_CASE("space is free where a word cannot be misread") {
  for (const char* text :
       {"llm_ttft p(99.9)<800ms", "  llm_ttft   p( 99.9 )  <  800 ms ",
        "llm_ttft{} p (99.9) <800ms", "llm_ttft {}p(99.9)<800ms", "llm_ttft\n\tp(99.9) < 800ms"}) {
    INFO(text);
    const Threshold threshold = parse(text);
    CHECK(threshold.aggregate == Aggregate::kPercentile);
    CHECK(threshold.percentile == 99.9);
    CHECK(threshold.limit == 0.8);
  }
}

TEST_CASE("all operators are read") {
  CHECK(parse("vus value < 5").op == Op::kLess);
  CHECK(parse("vus value <= 5").op == Op::kLessEqual);
  CHECK(parse("vus value > 5").op == Op::kGreater);
  CHECK(parse("vus value >= 5").op == Op::kGreaterEqual);
  CHECK(parse("vus value == 5").op == Op::kEqual);
  CHECK(parse("vus value != 5").op == Op::kNotEqual);
}

TEST_CASE("each type has its aggregates") {
  CHECK(parse("llm_ttft avg < 1s").aggregate == Aggregate::kAvg);
  CHECK(parse("llm_ttft min < 1s").aggregate == Aggregate::kMin);
  CHECK(parse("llm_ttft max < 1s").aggregate == Aggregate::kMax);
  CHECK(parse("llm_ttft med < 1s").aggregate == Aggregate::kMed);
  CHECK(parse("llm_ttft sum < 1s").aggregate == Aggregate::kSum);
  CHECK(parse("llm_ttft stddev < 1s").aggregate == Aggregate::kStddev);
  CHECK(parse("llm_ttft count > 10").aggregate == Aggregate::kCount);
  CHECK(parse("iterations count > 10").aggregate == Aggregate::kCount);
  CHECK(parse("iterations rate > 10").aggregate == Aggregate::kRate);
  CHECK(parse("checks rate > 0.9").aggregate == Aggregate::kRate);
  CHECK(parse("checks count > 10").aggregate == Aggregate::kCount);
  CHECK(parse("vus value > 10").aggregate == Aggregate::kValue);
  CHECK(parse("vus max > 10").aggregate == Aggregate::kMax);
  CHECK(parse("vus count > 10").aggregate == Aggregate::kCount);
}

TEST_CASE("limits are turned into the metric's unit") {
  CHECK(parse("llm_ttft max < 250us").limit == 250e-6);
  CHECK(parse("llm_ttft max < 1.5m").limit == 90);
  CHECK(parse("llm_ttft max < 1m30s").limit == 90);
  CHECK(parse("llm_ttft max < 100ns").limit == 100e-9);
  CHECK(parse("checks rate > 99%").limit == 0.99);
  CHECK(parse("checks rate > 7%").limit == 0.07);
  CHECK(parse("checks rate > 0.99").limit == 0.99);
  CHECK(parse("client_cpu value < 250%").limit == 2.5);
  CHECK(parse("llm_tokens_out avg < 500 tokens").limit == 500);
  CHECK(parse("llm_tokens_out avg < 500").limit == 500);
  CHECK(parse("llm_output_tokens_per_second med > 40 tokens/s").limit == 40);
  CHECK(parse("events_per_read avg < 1.5events").limit == 1.5);
  CHECK(parse("llm_cost count < 2.5usd").limit == 2.5);
  CHECK(parse("data_sent count < 12B").limit == 12);
  CHECK(parse("data_sent count < 12KB").limit == 12'000);
  CHECK(parse("data_sent count < 1.5MB").limit == 1'500'000);
  CHECK(parse("client_memory max < 2GB").limit == 2e9);
  CHECK(parse("vus value > -1").limit == -1);
  CHECK(parse("vus value < 1e3").limit == 1000);
}

TEST_CASE("a counter's rate may say that it is per second") {
  CHECK(parse("data_sent rate < 5MB/s").limit == 5e6);
  CHECK(parse("llm_output_tokens rate > 50 tokens/s").limit == 50);
  CHECK(parse("iterations rate > 50/s").limit == 50);
  CHECK(error_of("iterations count > 50/s") ==
        "the limit of iterations takes no unit, got \"50/s\"");
}

TEST_CASE("quoted values may hold what else would end a selector") {
  const Threshold threshold = parse(R"(llm_ttft{name="a} p(5), \"b"} p(95) < 2s)");
  CHECK(threshold.selector.matches(TagSet{{"name", "a} p(5), \"b"}}));
  CHECK(threshold.percentile == 95);
}

TEST_CASE("an unknown metric is named with the one that was meant") {
  CHECK(error_of("llm_tfft p(95) < 2s") ==
        "unknown metric \"llm_tfft\" (did you mean \"llm_ttft\"?)");
  CHECK(error_of("llm-ttft p(95) < 2s") ==
        "unknown metric \"llm-ttft\" (did you mean \"llm_ttft\"?)");
  CHECK(error_of("p(95) < 2s") ==
        "unknown metric \"p\"; expected \"metric aggregate op value\", as in \"llm_ttft p(95) < "
        "2s\"");
  CHECK(error_of("") == "expected \"metric aggregate op value\", as in \"llm_ttft p(95) < 2s\"");
}

TEST_CASE("a metric that a script declares can have thresholds") {
  Registry registry;
  const auto id = registry.declare({"wait", Type::kTrend, Unit::kTime, "", ""});
  const auto threshold = parse_threshold("wait p(95) < 2s", registry);
  REQUIRE(threshold.has_value());
  CHECK(threshold->metric == *id);
}

TEST_CASE("a wrong aggregate is answered with those that the metric has") {
  const std::string trend =
      "llm_ttft is a trend and has avg, min, max, med, p(N), count, sum, stddev";
  CHECK(error_of("llm_ttft value < 2s") == trend + ", but no \"value\"");
  CHECK(error_of("llm_ttft rate < 2s") == trend + ", but no \"rate\"");
  CHECK(error_of("llm_ttft < 2s") == "expected an aggregate after the metric: " + trend);
  CHECK(error_of("llm_ttft p95 < 2s") ==
        "unknown aggregate \"p95\" (did you mean \"p(95)\"?); " + trend);
  CHECK(error_of("llm_ttft mean < 2s") ==
        "unknown aggregate \"mean\" (did you mean \"avg\"?); " + trend);
  CHECK(error_of("llm_ttft stdev < 2s") ==
        "unknown aggregate \"stdev\" (did you mean \"stddev\"?); " + trend);
  CHECK(error_of("iterations p(95) < 2") ==
        "iterations is a counter and has count, rate, but no \"p(N)\"");
  CHECK(error_of("checks avg > 0.5") == "checks is a rate and has count, rate, but no \"avg\"");
  CHECK(error_of("vus avg > 5") == "vus is a gauge and has min, max, count, value, but no \"avg\"");
}

TEST_CASE("a percentile is a number from 0 to 100") {
  CHECK(parse("llm_ttft p(0) < 2s").percentile == 0);
  CHECK(parse("llm_ttft p(100) < 2s").percentile == 100);
  const std::string expected = "p(N) takes a number from 0 to 100, as in p(95), got ";
  CHECK(error_of("llm_ttft p(101) < 2s") == expected + "\"101\"");
  CHECK(error_of("llm_ttft p(-1) < 2s") == expected + "\"-1\"");
  CHECK(error_of("llm_ttft p(nan) < 2s") == expected + "\"nan\"");
  CHECK(error_of("llm_ttft p(95%) < 2s") == expected + "\"95%\"");
  CHECK(error_of("llm_ttft p() < 2s") == expected + "\"\"");
  CHECK(error_of("llm_ttft p < 2s") == "p takes the percentile in parentheses, as in p(95)");
  CHECK(error_of("llm_ttft p(95 < 2s") == "\"p(95 < 2s\" has no \")\"");
  CHECK(error_of("llm_ttft avg(5) < 2s") == "\"avg\" takes no \"(5)\"");
}

TEST_CASE("a wrong operator is answered with the six") {
  const std::string expected = "expected one of < <= > >= == != after the aggregate, got ";
  CHECK(error_of("vus value = 5") == expected + "\"=\" (did you mean \"==\"?)");
  CHECK(error_of("vus value === 5") == expected + "\"===\" (did you mean \"==\"?)");
  CHECK(error_of("vus value => 5") == expected + "\"=>\" (did you mean \">=\"?)");
  CHECK(error_of("vus value 5") == expected + "\"5\"");
  CHECK(error_of("vus value") == expected + "\"\"");
}

TEST_CASE("a time without a unit is an error that shows one") {
  CHECK(error_of("llm_ttft p(95) < 800") ==
        "llm_ttft is a time, so its limit needs a unit, as in \"800ms\"");
  CHECK(error_of("llm_ttft p(95) < 2") ==
        "llm_ttft is a time, so its limit needs a unit, as in \"2s\"");
  CHECK(error_of("llm_ttft p(95) < 0.5") ==
        "llm_ttft is a time, so its limit needs a unit, as in \"0.5s\"");
}

TEST_CASE("a unit of another kind is an error") {
  CHECK(error_of("llm_ttft p(95) < 5%") ==
        "llm_ttft is a time: expected a duration such as \"30s\", got \"5%\"");
  CHECK(error_of("llm_ttft p(95) < -5ms") ==
        "llm_ttft is a time: expected a duration such as \"30s\", got \"-5ms\"");
  CHECK(error_of("llm_tokens_out avg < 5ms") ==
        "the limit of llm_tokens_out takes \"tokens\" or no unit, got \"5ms\"");
  CHECK(error_of("data_sent count < 5mb") ==
        "the limit of data_sent takes \"B\", \"KB\", \"kB\", \"MB\", \"GB\" or no unit, got "
        "\"5mb\"");
  CHECK(error_of("llm_ttft count > 5ms") == "the limit of llm_ttft takes no unit, got \"5ms\"");
  CHECK(error_of("checks count > 5%") == "the limit of checks takes no unit, got \"5%\"");
  CHECK(error_of("vus value > 5 6") == "the limit of vus takes no unit, got \"5 6\"");
}

TEST_CASE("a share lies from 0 to 1") {
  const std::string expected =
      " is a share, so its limit lies from 0% to 100% or from 0 to 1, as in \"5%\"";
  CHECK(error_of("checks rate > 5") == "checks" + expected);
  CHECK(error_of("checks rate > 101%") == "checks" + expected);
  CHECK(error_of("checks rate > -0.1") == "checks" + expected);
  CHECK(error_of("client_cpu value < 80") == "client_cpu" + expected);
}

TEST_CASE("a limit is a finite number") {
  const std::string expected = "expected a number at the end, got ";
  CHECK(error_of("vus value > x") == expected + "\"x\"");
  CHECK(error_of("vus value > inf") == expected + "\"inf\"");
  CHECK(error_of("vus value > nan") == expected + "\"nan\"");
  CHECK(error_of("vus value > 1e999") == expected + "\"1e999\"");
  CHECK(error_of("vus value > .") == expected + "\".\"");
  CHECK(error_of("llm_ttft p(95) <") ==
        "expected a number with a unit, such as \"800ms\", at the end, got \"\"");
}

TEST_CASE("a broken selector is an error") {
  CHECK(error_of("llm_ttft{task=simple p(95) < 2s") ==
        "the selector \"{task=simple p(95) < 2s\" has no closing \"}\"");
  CHECK(error_of("llm_ttft{task:a} p(95) < 2s") ==
        "expected \"tag=value\", \"tag!=value\" or \"tag~pattern\", got \"task:a\" (did you mean "
        "\"task=a\"?)");
}

TEST_CASE("no beginning of a threshold is a threshold") {
  const Registry registry;
  const std::string text = R"(llm_ttft{task="a b"} p(95) <= 200s)";
  for (std::size_t length = 0; length < text.size(); ++length) {
    INFO(text.substr(0, length));
    CHECK_FALSE(parse_threshold(text.substr(0, length), registry).has_value());
  }
}

TEST_CASE("a number of samples has no unit, other aggregates have the metric's") {
  const Registry registry;
  CHECK(measured_unit(registry.at(kLlmTtft), Aggregate::kMax) == Unit::kTime);
  CHECK(measured_unit(registry.at(kLlmTtft), Aggregate::kCount) == Unit::kNone);
  CHECK(measured_unit(registry.at(kChecks), Aggregate::kRate) == Unit::kShare);
  CHECK(measured_unit(registry.at(kChecks), Aggregate::kCount) == Unit::kNone);
  CHECK(measured_unit(registry.at(kLlmCost), Aggregate::kCount) == Unit::kUsd);
  CHECK(measured_unit(registry.at(kClientMemory), Aggregate::kCount) == Unit::kNone);
}
