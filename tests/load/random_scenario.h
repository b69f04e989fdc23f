// Plans with anything in them that a user may ask for.
#pragma once

#include <algorithm>
#include <memory>

#include "base/random.h"
#include "load/plan.h"

namespace tests {

// Of an open executor: at most some hundred starts within half a minute.
inline load::Scenario random_open_scenario(base::RandomStream& random) {
  using load::Arrival;
  using load::ExecutorKind;
  const auto up_to = [&random](std::uint64_t ms) -> base::Duration {
    return std::chrono::milliseconds(random.below(ms));
  };
  load::Scenario scenario;
  constexpr ExecutorKind kOpen[] = {ExecutorKind::kConstantArrivalRate,
                                    ExecutorKind::kRampingArrivalRate, ExecutorKind::kTrace};
  scenario.executor = kOpen[random.below(3)];
  scenario.start_time = up_to(5000);
  scenario.graceful_stop = random.below(4) == 0 ? base::Duration::zero() : up_to(10'000);
  scenario.duration = std::chrono::milliseconds(1) + up_to(20'000);
  scenario.time_unit = std::chrono::milliseconds(1 + random.below(2000));
  const double most = 20 * base::to_seconds(scenario.time_unit);  // Starts per time unit.
  scenario.rate = most * random.uniform();
  scenario.start_rate = random.below(3) == 0 ? 0 : most * random.uniform();
  for (std::uint64_t i = 1 + random.below(5); i > 0; --i) {
    scenario.stages.push_back({random.below(3) == 0 ? base::Duration::zero() : up_to(5000),
                               random.below(3) == 0 ? 0 : most * random.uniform()});
  }
  scenario.arrival.kind = static_cast<Arrival::Kind>(random.below(3));
  scenario.arrival.burstiness = 0.2 + 3 * random.uniform();
  auto trace = std::make_shared<load::Trace>();
  for (std::uint64_t i = 1 + random.below(200); i > 0; --i) {
    trace->arrivals.push_back({up_to(20'000), i});
  }
  std::sort(trace->arrivals.begin(), trace->arrivals.end(),
            [](const auto& a, const auto& b) { return a.due < b.due; });
  scenario.trace = std::move(trace);
  scenario.speed = 0.5 + 2 * random.uniform();
  scenario.max_vus = 1 + random.below(12);
  scenario.pre_allocated_vus = random.below(scenario.max_vus + 1);
  scenario.overflow = random.below(2) == 0 ? load::Overflow::kQueue : load::Overflow::kDrop;
  scenario.users = {{.name = "A", .weight = 1, .has_on_start = random.below(2) == 0},
                    {.name = "B", .weight = 2, .has_on_start = random.below(2) == 0}};
  return scenario;
}

}  // namespace tests
