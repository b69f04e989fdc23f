#include "analysis/capacity.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace analysis;

namespace {

// Limits of 60 requests, 30,000 input and 6,000 output tokens a minute.
Limits small_tier() {
  return {.name = "small",
          .requests_per_minute = 60,
          .input_tokens_per_minute = 30e3,
          .output_tokens_per_minute = 6e3};
}

Workload chat() {
  Workload workload;
  workload.model = "claude-haiku-4-5";
  workload.calls_per_s = 0.5;
  workload.stream_s = 12;
  workload.input_tokens = 400;
  workload.cache_read_tokens = 100;
  workload.output_tokens = 180;
  return workload;
}

}  // namespace

TEST_CASE("streams are the rate times a stream's whole life") {
  struct Example {
    double rate, stream, streams;
    std::uint64_t places;
  };
  const auto example =
      GENERATE(Example{0.05, 42, 2.1, 4}, Example{2.5, 12, 30, 45}, Example{8, 12, 96, 144});
  const double streams = streams_needed(example.rate, example.stream);
  CHECK(streams == Approx(example.streams));
  CHECK(with_headroom(streams, 1.5) == example.places);
}

TEST_CASE("headroom is rounded up, but not for what is exact and binary is not") {
  CHECK(with_headroom(30, 1.1) == 33);
  CHECK(with_headroom(30.01, 1.1) == 34);
  CHECK(with_headroom(0, 1.5) == 0);
}

TEST_CASE("what the cache served is free of a minute's input, not of a day's tokens") {
  const auto uses = limit_uses(chat(), small_tier());
  REQUIRE(uses.size() == 5);
  CHECK(uses[0].need == Approx(30));
  CHECK(uses[1].need == Approx(12'000));
  CHECK(uses[2].need == Approx(5'400));
  CHECK(uses[3].need == Approx(0.5 * 680 * 86'400));
  CHECK(uses[3].limit == 0);
  CHECK(uses[4].need == Approx(6));
}

TEST_CASE("repeated requests take of every limit but the streams") {
  Workload workload = chat();
  workload.requests_per_call = 1.2;
  const auto uses = limit_uses(workload, small_tier());
  CHECK(uses[0].need == Approx(36));
  CHECK(uses[2].need == Approx(6'480));
  CHECK(uses[4].need == Approx(6));
}

TEST_CASE("the limit with the largest share binds first") {
  const auto uses = limit_uses(chat(), small_tier());
  REQUIRE(tightest(uses) != nullptr);
  CHECK(tightest(uses)->name == "output tokens/min");
  CHECK(tightest(uses)->share() == Approx(0.9));
  CHECK(highest_rate(chat(), small_tier()).value() == Approx(0.5 / 0.9));
  CHECK(tightest(limit_uses(chat(), {})) == nullptr);
  CHECK_FALSE(highest_rate(chat(), {}));
}

TEST_CASE("a tier must hold the workload with headroom") {
  Limits large = small_tier();
  large.name = "large";
  large.output_tokens_per_minute = 8.1e3;
  const std::vector<Limits> tiers = {small_tier(), large};
  REQUIRE(tier_needed(chat(), 1.0, tiers) != nullptr);
  CHECK(tier_needed(chat(), 1.0, tiers)->name == "small");
  REQUIRE(tier_needed(chat(), 1.5, tiers) != nullptr);
  CHECK(tier_needed(chat(), 1.5, tiers)->name == "large");
  CHECK(tier_needed(chat(), 1.6, tiers) == nullptr);
}

TEST_CASE("a spike's queue grows by what is not answered and drains by what is to spare") {
  const SpikeOutcome outcome = spike_outcome({.calls_per_s = 8, .duration_s = 180}, 2.5, 3.75);
  CHECK(outcome.longest_queue == Approx(765));
  CHECK(outcome.worst_wait_s == Approx(204));
  REQUIRE(outcome.drain_s);
  CHECK(*outcome.drain_s == Approx(612));
}

TEST_CASE("a spike that is answered as it comes leaves no queue") {
  const SpikeOutcome outcome = spike_outcome({.calls_per_s = 3, .duration_s = 180}, 2.5, 3.75);
  CHECK(outcome.longest_queue == 0);
  CHECK(outcome.worst_wait_s == 0);
  CHECK(outcome.drain_s.value() == 0);
}

TEST_CASE("a queue never drains where no more is answered than arrives") {
  const SpikeOutcome outcome = spike_outcome({.calls_per_s = 8, .duration_s = 180}, 3.75, 3.75);
  CHECK(outcome.longest_queue > 0);
  CHECK_FALSE(outcome.drain_s);
}

TEST_CASE("a call costs its tokens, each kind at its price") {
  Workload workload = chat();
  workload.cache_write_tokens = 1'000;
  const llm::Price price{
      .input = 1, .cache_write_5m = 1.25, .cache_write_1h = 2, .cache_read = 0.1, .output = 5};
  CHECK(cost_of_call(workload, price) == Approx((400 + 1'250 + 10 + 900) * 1e-6));
}

TEST_CASE("a cached prefix is read but for calls that come after it has gone") {
  const Workload busy = with_cached_prefix(chat(), 300, 300);
  CHECK(busy.input_tokens == Approx(200));
  CHECK(busy.cache_read_tokens == Approx(300));
  CHECK(busy.cache_write_tokens == Approx(0).margin(1e-9));

  Workload quiet = chat();
  quiet.calls_per_s = 1.0 / 300;
  quiet = with_cached_prefix(quiet, 300, 300);
  CHECK(quiet.cache_write_tokens == Approx(300 * std::exp(-1)));
  CHECK(quiet.cache_read_tokens == Approx(300 * (1 - std::exp(-1))));

  CHECK(with_cached_prefix(chat(), 9'999, 300).input_tokens == 0);
}
