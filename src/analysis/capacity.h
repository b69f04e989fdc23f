// What a workload needs, by formulas that fit on a page: docs/capacity.md has each with an example.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "llm/prices.h"

namespace analysis {

// What arrives, on average. Tokens are those of one request, as the provider counts them.
struct Workload {
  std::string model;
  double calls_per_s = 0;
  double stream_s = 0;      // From sending to the last byte.
  double input_tokens = 0;  // That the cache neither served nor stored.
  double cache_write_tokens = 0;
  double cache_read_tokens = 0;
  double output_tokens = 0;
  double requests_per_call = 1;  // Retries: at least 1.
};

// A rate limit; 0 where there is none.
struct Limits {
  std::string name;  // "tier-2", "--limits".
  double requests_per_minute = 0;
  double input_tokens_per_minute = 0;
  double output_tokens_per_minute = 0;
  double tokens_per_day = 0;
  double streams = 0;  // At once.
};

// Of a process that holds streams: of perigee, or of the user's own service.
struct MemoryUse {
  std::string of;
  double base_bytes = 0;
  double stream_bytes = 0;
  std::string source;  // How it is known, as in "fitted to 42 intervals of a.json".
};

// Calls per second, for so long, in place of the workload's own.
struct Spike {
  double calls_per_s = 0;
  double duration_s = 0;
};

// A limit and what the workload takes of it.
struct LimitUse {
  std::string name;  // "requests/min"
  double need = 0;
  double limit = 0;  // 0 where there is none, and the share means nothing then.
  double share() const { return limit > 0 ? need / limit : 0; }
};

// Streams at once: Little's law.
double streams_needed(double calls_per_s, double stream_s);

// With the headroom, rounded up.
std::uint64_t with_headroom(double streams, double headroom);

// Input that the cache served is free of the limits of a minute; a day's limit counts all tokens.
std::vector<LimitUse> limit_uses(const Workload& workload, const Limits& limits);

// The one of which the workload takes the largest share; null where nothing is limited.
const LimitUse* tightest(const std::vector<LimitUse>& uses);

// The rate of calls at which the tightest limit is used up; nothing where nothing is limited.
std::optional<double> highest_rate(const Workload& workload, const Limits& limits);

// The smallest of the tiers, given from small to large, that holds the workload with headroom; null
// where none does.
const Limits* tier_needed(const Workload& workload, double headroom,
                          const std::vector<Limits>& tiers);

// A spike against what is answered per second: calls that find no room wait in a queue without end.
struct SpikeOutcome {
  double answered_per_s = 0;      // At most.
  double longest_queue = 0;       // Calls that wait at the spike's end.
  double worst_wait_s = 0;        // Of the last call of the spike.
  std::optional<double> drain_s;  // From the spike's end until nobody waits; nothing for never.
};

SpikeOutcome spike_outcome(const Spike& spike, double calls_per_s_after, double answered_per_s);

// In US dollars; of the requests that were answered, since refused ones cost nothing.
double cost_of_call(const Workload& workload, const llm::Price& price);

// The workload with `prefix_tokens` of each request's input cached, as long as calls keep it alive:
// one that comes more than `lifetime_s` after the one before writes it again. For calls that come
// at random (Poisson) that is the share e^(-rate * lifetime).
//
// More of a prefix than the request's input counts as all of it.
Workload with_cached_prefix(Workload workload, double prefix_tokens, double lifetime_s);

}  // namespace analysis
