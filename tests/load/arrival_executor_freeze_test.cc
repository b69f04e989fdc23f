// A server that stops for a second now and then must show in the numbers that count from due.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "load/arrival_executor.h"
#include "load/fake_vu.h"

namespace {

using namespace std::chrono_literals;
using load::Arrival;
using load::Scenario;
using tests::OpenWorld;
using tests::recorded;

constexpr base::Duration kWork = 5ms;
constexpr base::Duration kPeriod = 5s;
constexpr base::Duration kRunning = 4s;  // Of each period; then it is frozen for the rest.

// How long the server takes for work that begins at a time.
base::Duration service_time(base::Duration begin) {
  const base::Duration into = begin % kPeriod;
  if (into >= kRunning) return kPeriod - into + kWork;
  if (into + kWork > kRunning) return kWork + kPeriod - kRunning;
  return kWork;
}

// What each start's user waits where one server takes them one after the other.
std::vector<double> computed_waits(const Scenario& scenario, std::uint64_t seed) {
  load::Arrivals arrivals(scenario, load::arrivals_seed(seed, 0));
  std::vector<double> waits;
  base::Duration free{};
  while (const auto start = arrivals.next()) {
    const base::Duration begin = std::max(start->due, free);
    free = begin + service_time(begin);
    waits.push_back(base::to_seconds(free - start->due));
  }
  std::sort(waits.begin(), waits.end());
  return waits;
}

double quantile(const std::vector<double>& sorted, double q) {
  return sorted[static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size()))) - 1];
}

TEST_CASE("Durations from due are those of the queue before a server that freezes") {
  constexpr std::uint64_t kSeed = 9;
  const auto kind = GENERATE(Arrival::Kind::kUniform, Arrival::Kind::kPoisson);
  const Scenario scenario{.executor = load::ExecutorKind::kConstantArrivalRate,
                          .users = {{.name = "User", .has_on_start = false}},
                          .duration = 60s,
                          .rate = 100,
                          .arrival = {.kind = kind},
                          .max_vus = 1};
  OpenWorld world(scenario, {.has_on_start = false}, {}, kSeed);
  world.vus.service_time = [&world] { return service_time(world.clock.now() - world.vus.start); };
  world.begin();
  world.run_until(120);

  const auto computed = computed_waits(scenario, kSeed);
  const auto metrics = recorded(world.shard);
  REQUIRE(metrics.iterations == static_cast<double>(computed.size()));
  REQUIRE(computed.size() > 5000);
  for (const double q : {0.5, 0.75, 0.9, 0.95, 0.99}) {
    CAPTURE(q);
    CHECK(metrics.duration_from_due.values.quantile(q) ==
          Approx(quantile(computed, q)).epsilon(0.01));
  }
  CHECK(metrics.duration_from_due.values.max() == Approx(computed.back()));
  // From begin alone, nine in ten seconds of waiting are not there.
  CHECK(quantile(computed, 0.9) > 0.5);
  CHECK(metrics.duration.values.quantile(0.99) == Approx(0.005).epsilon(0.01));
  // Nothing was lost on the way: what was waited for a VU and what was served is the whole.
  CHECK(metrics.vu_wait.values.sum() + metrics.duration.values.sum() ==
        Approx(metrics.duration_from_due.values.sum()));
  CHECK(metrics.start_lag.values.max() == 0);
}

}  // namespace
