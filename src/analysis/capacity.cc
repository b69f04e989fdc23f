#include "analysis/capacity.h"

#include <algorithm>
#include <cmath>

namespace analysis {
namespace {

constexpr double kMinute = 60;
constexpr double kDay = 86'400;

}  // namespace

double streams_needed(double calls_per_s, double stream_s) { return calls_per_s * stream_s; }

std::uint64_t with_headroom(double streams, double headroom) {
  // 1.1 * 30 is a little above 33 in binary.
  constexpr double kRounding = 1e-9;
  return static_cast<std::uint64_t>(std::ceil(streams * headroom * (1 - kRounding)));
}

std::vector<LimitUse> limit_uses(const Workload& workload, const Limits& limits) {
  const double requests = workload.calls_per_s * workload.requests_per_call;
  const double counted_input = workload.input_tokens + workload.cache_write_tokens;
  const double all_tokens = counted_input + workload.cache_read_tokens + workload.output_tokens;
  return {
      {"requests/min", requests * kMinute, limits.requests_per_minute},
      {"input tokens/min", requests * counted_input * kMinute, limits.input_tokens_per_minute},
      {"output tokens/min", requests * workload.output_tokens * kMinute,
       limits.output_tokens_per_minute},
      {"tokens/day", requests * all_tokens * kDay, limits.tokens_per_day},
      {"streams", streams_needed(workload.calls_per_s, workload.stream_s), limits.streams},
  };
}

const LimitUse* tightest(const std::vector<LimitUse>& uses) {
  const auto largest = std::max_element(
      uses.begin(), uses.end(), [](const auto& a, const auto& b) { return a.share() < b.share(); });
  return largest == uses.end() || largest->limit <= 0 ? nullptr : &*largest;
}

std::optional<double> highest_rate(const Workload& workload, const Limits& limits) {
  const std::vector<LimitUse> uses = limit_uses(workload, limits);
  const LimitUse* binding = tightest(uses);
  if (binding == nullptr || binding->need <= 0) return std::nullopt;
  return workload.calls_per_s / binding->share();
}

const Limits* tier_needed(const Workload& workload, double headroom,
                          const std::vector<Limits>& tiers) {
  const auto holds = [&](const Limits& tier) {
    const std::vector<LimitUse> uses = limit_uses(workload, tier);
    const LimitUse* binding = tightest(uses);
    return binding == nullptr || binding->share() * headroom <= 1;
  };
  const auto found = std::find_if(tiers.begin(), tiers.end(), holds);
  return found == tiers.end() ? nullptr : &*found;
}

SpikeOutcome spike_outcome(const Spike& spike, double calls_per_s_after, double answered_per_s) {
  SpikeOutcome outcome;
  outcome.answered_per_s = answered_per_s;
  outcome.longest_queue = std::max(0.0, (spike.calls_per_s - answered_per_s) * spike.duration_s);
  if (outcome.longest_queue == 0) {
    outcome.drain_s = 0;
    return outcome;
  }
  outcome.worst_wait_s = outcome.longest_queue / answered_per_s;
  const double gained_per_s = answered_per_s - calls_per_s_after;
  if (gained_per_s > 0) outcome.drain_s = outcome.longest_queue / gained_per_s;
  return outcome;
}

double cost_of_call(const Workload& workload, const llm::Price& price) {
  constexpr double kPerMillion = 1e-6;
  return kPerMillion *
         (workload.input_tokens * price.input + workload.cache_write_tokens * price.cache_write_5m +
          workload.cache_read_tokens * price.cache_read + workload.output_tokens * price.output);
}

Workload with_cached_prefix(Workload workload, double prefix_tokens, double lifetime_s) {
  const double all =
      workload.input_tokens + workload.cache_write_tokens + workload.cache_read_tokens;
  const double prefix = std::min(prefix_tokens, all);
  const double written = std::exp(-workload.calls_per_s * lifetime_s);
  workload.input_tokens = all - prefix;
  workload.cache_write_tokens = prefix * written;
  workload.cache_read_tokens = prefix * (1 - written);
  return workload;
}

}  // namespace analysis
