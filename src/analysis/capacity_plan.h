// From a workload to a set of limits: everything that `perigee plan` says, as numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/capacity.h"

namespace analysis {

struct PlanQuestion {
  Workload workload;
  double headroom = 1.5;
  std::optional<Limits> limits;         // Those that the workload is held against.
  std::vector<Limits> tiers;            // From small to large, for the one that is needed.
  std::optional<std::uint64_t> places;  // Streams that are provided; else those with headroom.
  double tolerable_wait_s = 10;
  std::optional<Spike> spike;
  std::vector<MemoryUse> memory;
  double shared_prefix_tokens = 0;  // Of each request's input; 0 for none.
  std::vector<std::string> other_models;
};

// Another way to have the same answers.
struct Alternative {
  std::string name;         // "batches"
  double cost_of_call = 0;  // In US dollars.
  std::string consequence;  // What it costs otherwise.
};

struct TierUse {
  Limits limits;
  double highest_rate = 0;  // Calls per second.
  std::string tightest;     // The limit's name.
  bool holds = false;       // With headroom.
};

struct MemoryNeed {
  MemoryUse use;
  double bytes = 0;  // Of all places.
};

struct CapacityPlan {
  PlanQuestion question;
  double streams = 0;          // On average.
  std::uint64_t places = 0;    // To provide.
  std::vector<LimitUse> uses;  // Of question.limits; without any, those without a limit.
  std::string binds_first;     // A limit's name; "" where none is limited.
  std::optional<double> highest_rate;
  std::vector<TierUse> tiers;
  std::string tier_needed;  // "" where none does.
  std::vector<MemoryNeed> memory;
  double answered_per_s = 0;  // At most: by places and by limits.
  std::uint64_t queue_depth =
      0;  // Calls that may wait and still be answered in the tolerable time.
  std::optional<SpikeOutcome> spike;
  std::vector<LimitUse> spike_uses;  // While it lasts, by the calls that are answered.
  double spike_calls = 0;
  std::optional<double> spike_cost;    // Of all its calls, in US dollars.
  std::uint64_t spike_places = 0;      // With which, and a tier to match, nobody would wait in it.
  std::string spike_tier;              // "" where none is large enough.
  std::optional<double> cost_of_call;  // Nothing where the model has no price.
  std::vector<Alternative> alternatives;
  std::vector<std::string> notes;  // What is not known, and what was assumed.
};

CapacityPlan make_plan(PlanQuestion question, const llm::PriceTable& prices);

}  // namespace analysis
