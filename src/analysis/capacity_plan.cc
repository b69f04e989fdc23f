#include "analysis/capacity_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace analysis {
namespace {

// For which an entry of the prompt cache lives after its last use.
// Source: https://docs.claude.com/en/docs/build-with-claude/prompt-caching.
constexpr double kCacheLifetime = 300;

void add_tiers(CapacityPlan& plan) {
  const Workload& workload = plan.question.workload;
  for (const Limits& limits : plan.question.tiers) {
    TierUse tier;
    tier.limits = limits;
    const auto uses = limit_uses(workload, limits);
    if (const LimitUse* binding = tightest(uses); binding != nullptr) {
      tier.highest_rate = highest_rate(workload, limits).value_or(0);
      tier.tightest = binding->name;
      tier.holds = binding->share() * plan.question.headroom <= 1;
    }
    plan.tiers.push_back(std::move(tier));
  }
  const Limits* needed = tier_needed(workload, plan.question.headroom, plan.question.tiers);
  if (needed != nullptr) plan.tier_needed = needed->name;
}

void add_limits(CapacityPlan& plan) {
  const Workload& workload = plan.question.workload;
  if (workload.output_tokens == 0 && (plan.question.limits || !plan.question.tiers.empty())) {
    plan.notes.emplace_back(
        "no tokens were given, so limits are held against requests alone; --input and --output");
  }
  const Limits limits = plan.question.limits.value_or(Limits{});
  plan.uses = limit_uses(workload, limits);
  plan.highest_rate = highest_rate(workload, limits);
  if (const LimitUse* binding = tightest(plan.uses); binding != nullptr) {
    plan.binds_first = binding->name;
  }
}

void add_queue(CapacityPlan& plan) {
  const double by_places = static_cast<double>(plan.places) / plan.question.workload.stream_s;
  plan.answered_per_s = std::min(by_places, plan.highest_rate.value_or(by_places));
  plan.queue_depth =
      static_cast<std::uint64_t>(std::floor(plan.answered_per_s * plan.question.tolerable_wait_s));
}

void add_spike(CapacityPlan& plan) {
  const Spike& spike = *plan.question.spike;
  Workload peak = plan.question.workload;
  plan.spike = spike_outcome(spike, peak.calls_per_s, plan.answered_per_s);
  plan.spike_calls = spike.calls_per_s * spike.duration_s;
  // What waits is answered later, and takes of a limit only then.
  peak.calls_per_s = std::min(spike.calls_per_s, plan.answered_per_s);
  plan.spike_uses = limit_uses(peak, plan.question.limits.value_or(Limits{}));
  peak.calls_per_s = spike.calls_per_s;
  plan.spike_places =
      with_headroom(streams_needed(peak.calls_per_s, peak.stream_s), plan.question.headroom);
  const Limits* tier = tier_needed(peak, plan.question.headroom, plan.question.tiers);
  if (tier != nullptr) plan.spike_tier = tier->name;
}

void add_other_models(CapacityPlan& plan, const llm::PriceTable& prices) {
  for (const std::string& model : plan.question.other_models) {
    const llm::Price* price = prices.find(model);
    if (price == nullptr) {
      plan.notes.push_back(
          fmt::format("the price of {} is not known, so it is not compared", model));
      continue;
    }
    plan.alternatives.push_back(
        {.name = model,
         .cost_of_call = cost_of_call(plan.question.workload, *price),
         .consequence = "other answers and other times; other tokenizers count otherwise"});
  }
}

void add_costs(CapacityPlan& plan, const llm::PriceTable& prices) {
  const Workload& workload = plan.question.workload;
  const llm::Price* price = prices.find(workload.model);
  if (price == nullptr) {
    plan.notes.push_back(
        workload.model.empty()
            ? "no model was named, so there are no costs; --model names one"
            : fmt::format("the price of {} is not known, so there are no costs", workload.model));
    return;
  }
  plan.cost_of_call = cost_of_call(workload, *price);
  if (plan.spike) plan.spike_cost = plan.spike_calls * *plan.cost_of_call;
  if (const double prefix = plan.question.shared_prefix_tokens; prefix > 0) {
    const Workload cached = with_cached_prefix(workload, prefix, kCacheLifetime);
    plan.alternatives.push_back(
        {.name = "prompt caching",
         .cost_of_call = cost_of_call(cached, *price),
         .consequence = fmt::format("a prefix of {:.0f} tokens that all calls share; input to the "
                                    "limits falls to {:.0f} tokens a request",
                                    prefix, cached.input_tokens + cached.cache_write_tokens)});
  }
  plan.alternatives.push_back({.name = "batches",
                               .cost_of_call = *plan.cost_of_call * llm::kBatchFactor,
                               .consequence = "answers within a day instead of at once"});
  add_other_models(plan, prices);
}

}  // namespace

CapacityPlan make_plan(PlanQuestion question, const llm::PriceTable& prices) {
  CapacityPlan plan;
  plan.question = std::move(question);
  const Workload& workload = plan.question.workload;
  plan.streams = streams_needed(workload.calls_per_s, workload.stream_s);
  plan.places = plan.question.places.value_or(with_headroom(plan.streams, plan.question.headroom));
  add_limits(plan);
  add_tiers(plan);
  add_queue(plan);
  if (plan.question.spike) add_spike(plan);
  for (const MemoryUse& use : plan.question.memory) {
    plan.memory.push_back(
        {use, use.base_bytes + use.stream_bytes * static_cast<double>(plan.places)});
  }
  add_costs(plan, prices);
  return plan;
}

}  // namespace analysis
