// All that a run has counted so far, on the control thread.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "metrics/client_health.h"
#include "metrics/shard.h"
#include "metrics/store.h"
#include "metrics/threshold.h"
#include "metrics/window.h"
#include "output/course.h"
#include "output/output.h"
#include "output/run_result.h"

namespace cli {

// What the workers hand over goes into the results, or, where it belongs to the warm-up, setup or
// teardown, apart from them.
//
// Threads: the control thread's.
class Ledger {
 public:
  Ledger(const metrics::Registry& registry, std::span<const metrics::Threshold> thresholds,
         base::Duration warmup);

  // The control thread's own samples; they go with the next take_in().
  metrics::Shard& own() { return own_; }

  // Merges what was handed over, and the control thread's own samples.
  void take_in(std::vector<metrics::Delta> deltas, bool own_apart);
  void note_tags_overflowed(std::uint64_t total) { results_.note_tags_overflowed(total); }

  // A second of the load is over, or, with end(), all of it; times count from its beginning.
  void end_second(base::Duration elapsed);
  void end(base::Duration elapsed);

  const metrics::Store& results() const { return results_; }
  const metrics::Store& apart() const { return apart_; }

  // The last seconds alone, warm-up included: what progress shows. Without tags, of which there may
  // be thousands of sets in each second.
  metrics::Store recent() const;
  base::Duration recent_span() const;

  // The time that is judged: without the warm-up.
  base::Duration judged(base::Duration elapsed) const;

  // The first threshold that ends the run now, or null.
  const metrics::Threshold* aborting_threshold(base::Duration elapsed) const;

  std::vector<output::JudgedThreshold> judge(base::Duration elapsed) const;

  // The seconds so far, the last one among them.
  const output::Course& course() const { return course_; }

  void show_client(output::Progress& progress) const;  // How it kept up in the last seconds.

  // What kept the client from keeping up, if anything did.
  std::vector<metrics::ClientFinding> client_findings() const { return health_.findings(); }

 private:
  void look_at_second(base::Duration elapsed);

  const metrics::Registry& registry_;
  std::span<const metrics::Threshold> thresholds_;
  base::Duration warmup_;
  metrics::Shard own_;
  metrics::Store results_;
  metrics::Store apart_;
  metrics::WindowedJudge windows_;
  metrics::ClientHealth health_;
  metrics::ClientSecond last_second_;
  output::Course course_;
  base::Duration seconds_until_{};  // Until when the seconds were looked at.
  std::vector<metrics::Delta> this_second_;
  std::deque<metrics::Delta> recent_;  // One entry a second.
};

}  // namespace cli
