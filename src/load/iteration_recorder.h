// What the executors record about iterations.
#pragma once

#include "base/clock.h"
#include "load/plan.h"
#include "load/vu.h"
#include "metrics/shard.h"

namespace load {

// Each with the VU's tags; what no VU took has the scenario's. vu_wait is recorded for open
// executors alone, for every start, the many that need not wait included.
//
// Lifetime: the shard outlives it.
class IterationRecorder {
 public:
  IterationRecorder(const Scenario& scenario, metrics::Shard& shard);

  void finished(const Vu& vu, const Iteration& iteration, base::TimePoint now);

  // Its durations so far are lower bounds; so is its lag where it had not begun yet.
  void interrupted(const Vu& vu, const Iteration& iteration, base::TimePoint now);

  // Dropped by the scenario's own rule.
  void dropped();

  // Given up at the test's end while it waited for a VU: dropped, and its wait is a lower bound of
  // what it and its user would have waited.
  void never_begun(base::TimePoint due, base::TimePoint now);

 private:
  bool open_;
  metrics::Shard& shard_;
  metrics::TagsId scenario_tags_;
};

}  // namespace load
