#include "analysis/capacity_plan.h"

#include <catch2/catch.hpp>

using namespace analysis;

namespace {

PlanQuestion question() {
  PlanQuestion question;
  question.workload.model = "claude-haiku-4-5";
  question.workload.calls_per_s = 2.5;
  question.workload.stream_s = 12;
  question.workload.input_tokens = 500;
  question.workload.output_tokens = 200;
  question.tiers = {{.name = "s", .requests_per_minute = 200},
                    {.name = "m", .requests_per_minute = 400},
                    {.name = "l", .requests_per_minute = 1'000}};
  return question;
}

CapacityPlan plan_of(PlanQuestion asked) { return make_plan(std::move(asked), llm::PriceTable()); }

}  // namespace

TEST_CASE("a plan provides streams with headroom and queues by what they answer") {
  const CapacityPlan plan = plan_of(question());
  CHECK(plan.streams == Approx(30));
  CHECK(plan.places == 45);
  CHECK(plan.answered_per_s == Approx(3.75));
  CHECK(plan.queue_depth == 37);
  CHECK(plan.binds_first.empty());
}

TEST_CASE("places that are given are not rounded to anything") {
  PlanQuestion asked = question();
  asked.places = 36;
  const CapacityPlan plan = plan_of(asked);
  CHECK(plan.places == 36);
  CHECK(plan.answered_per_s == Approx(3));
}

TEST_CASE("limits bound what is answered, however many streams are provided") {
  PlanQuestion asked = question();
  asked.limits = asked.tiers.front();
  const CapacityPlan plan = plan_of(asked);
  CHECK(plan.binds_first == "requests/min");
  CHECK(plan.highest_rate.value() == Approx(200.0 / 60));
  CHECK(plan.answered_per_s == Approx(200.0 / 60));
}

TEST_CASE("the tier that is needed holds the headroom too, and a spike needs its own") {
  PlanQuestion asked = question();
  asked.spike = Spike{.calls_per_s = 8, .duration_s = 180};
  const CapacityPlan plan = plan_of(asked);
  CHECK(plan.tier_needed == "m");
  CHECK_FALSE(plan.tiers[0].holds);
  CHECK(plan.tiers[1].holds);
  REQUIRE(plan.spike);
  CHECK(plan.spike->longest_queue == Approx((8 - 3.75) * 180));
  CHECK(plan.spike_places == 144);
  CHECK(plan.spike_tier == "l");
}

TEST_CASE("a spike takes of the limits what is answered in it, and costs all its calls") {
  PlanQuestion asked = question();
  asked.spike = Spike{.calls_per_s = 8, .duration_s = 180};
  const CapacityPlan plan = plan_of(asked);
  REQUIRE(plan.spike_uses.size() == plan.uses.size());
  CHECK(plan.spike_uses[0].name == "requests/min");
  CHECK(plan.spike_uses[0].need == Approx(60 * 3.75));
  CHECK(plan.spike_calls == Approx(1'440));
  CHECK(plan.spike_cost.value() == Approx(1'440 * 0.0015));
  asked.places = 200;
  CHECK(plan_of(asked).spike_uses[0].need == Approx(60 * 8));
}

TEST_CASE("memory is that of all places") {
  PlanQuestion asked = question();
  asked.memory.push_back({.of = "perigee", .base_bytes = 20e6, .stream_bytes = 40e3, .source = ""});
  const CapacityPlan plan = plan_of(asked);
  REQUIRE(plan.memory.size() == 1);
  CHECK(plan.memory[0].bytes == Approx(20e6 + 45 * 40e3));
}

TEST_CASE("other ways to have the answers have their costs beside them") {
  PlanQuestion asked = question();
  asked.shared_prefix_tokens = 400;
  asked.other_models = {"claude-sonnet-4-5", "no-such-model"};
  const CapacityPlan plan = plan_of(asked);
  REQUIRE(plan.cost_of_call);
  CHECK(*plan.cost_of_call == Approx((500 * 1 + 200 * 5) * 1e-6));
  REQUIRE(plan.alternatives.size() == 3);
  CHECK(plan.alternatives[0].name == "prompt caching");
  CHECK(plan.alternatives[0].cost_of_call == Approx((100 * 1 + 400 * 0.1 + 200 * 5) * 1e-6));
  CHECK(plan.alternatives[1].cost_of_call == Approx(*plan.cost_of_call / 2));
  CHECK(plan.alternatives[2].cost_of_call == Approx((500 * 3 + 200 * 15) * 1e-6));
  REQUIRE(plan.notes.size() == 1);
  CHECK_THAT(plan.notes[0], Catch::Contains("no-such-model"));
}

TEST_CASE("without a price there are no costs, and it is said") {
  PlanQuestion asked = question();
  asked.workload.model = "my-model";
  const CapacityPlan plan = plan_of(asked);
  CHECK_FALSE(plan.cost_of_call);
  CHECK(plan.alternatives.empty());
  REQUIRE(plan.notes.size() == 1);
  CHECK_THAT(plan.notes[0], Catch::Contains("my-model"));
}

TEST_CASE("without tokens it is said what the limits were held against") {
  PlanQuestion asked = question();
  asked.workload.output_tokens = 0;
  const CapacityPlan plan = plan_of(asked);
  REQUIRE_FALSE(plan.notes.empty());
  CHECK_THAT(plan.notes[0], Catch::Contains("requests alone"));
}
