// When an open executor's iterations are due: a pure function of the plan and the seed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/random.h"
#include "load/plan.h"
#include "load/rate_curve.h"
#include "load/stripe.h"

namespace load {

// One planned start of an iteration.
struct Start {
  base::Duration due{};      // From the scenario's start.
  std::uint64_t number = 0;  // Among all of the scenario; of a trace: the arrival's index.
  friend bool operator==(const Start&, const Start&) = default;
};

// The seed of a scenario's arrivals.
std::uint64_t arrivals_seed(std::uint64_t plan_seed, std::size_t scenario);

// When an arrival of a trace is due where it is replayed at a speed.
base::Duration due_at_speed(base::Duration due, double speed);

// Generates the starts of an open scenario one by one, in order of their due times.
//
// constant-arrival-rate: start i, from 0, is due after i / rate, as long as that is before the end;
// ramping-arrival-rate: start i, from 1, where the integral of the rate reaches i, the end
// included: both as in k6. Poisson and gamma: the gaps between starts, measured in that integral,
// have mean 1 and are independent; the integral's inverse brings them back to time, so they follow
// any ramp. trace: as recorded, divided by the speed.
//
// Every worker generates the whole schedule and keeps its stripe, so that the schedule is the same
// for any number of workers and nothing has to be agreed upon.
//
// Lifetime: on its own; it keeps nothing of the scenario but the trace, which it shares.
// Cost:     30 ns for each start of the whole schedule, up to 90 where gaps are random; no memory.
class Arrivals {
 public:
  // REQUIRES: an open executor, validated.
  Arrivals(const Scenario& scenario, std::uint64_t seed, Stripe stripe = {});

  std::optional<Start> next();

 private:
  std::optional<base::Duration> next_due();
  long double next_level();

  ExecutorKind executor_;
  Arrival arrival_;
  base::Duration duration_;
  std::shared_ptr<const Trace> trace_;
  double speed_;
  Stripe stripe_;
  RateCurve curve_;
  base::RandomStream random_;
  std::uint64_t number_ = 0;  // Of the next start.
  long double level_ = 0;     // Of the last start, where gaps are random.
};

}  // namespace load
