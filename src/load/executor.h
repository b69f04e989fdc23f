// Runs one scenario's VUs on one worker.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "load/plan.h"
#include "load/vu.h"
#include "metrics/shard.h"

namespace load {

// Which part of the slots is ours: those with slot % count == index.
struct Stripe {
  std::uint64_t index = 0;
  std::uint64_t count = 1;
};

// What the workers share of one scenario; the only thing on the hot path that they do.
struct SharedIterations {
  std::atomic<std::uint64_t> taken{0};
};

// Passive: the owner calls advance() at or after next_wake(), and when a VU has called back; it is
// handed the time, so a test needs no clock but its own.
//
// A VU's life: on_start, then iterations with the think time between them, then on_stop. When its
// span ends (or the executor is stopped) a VU between iterations goes to on_stop at once, and one
// inside an iteration may finish it for graceful_stop (graceful_ramp_down in a ramp) and is then
// interrupted. On_stop itself has `kOnStopLimit`, then it is interrupted too.
//
// Records iterations, iteration_duration (from begun), iteration_duration_from_due, start_lag
// (begun − due; a think time's end is a due time too) and interrupted_iterations, each with the VU's
// tags.
//
// Threads: its worker's; `shared` is shared by the executors of the same scenario.
class Executor {
 public:
  static constexpr base::Duration kOnStopLimit = std::chrono::seconds(30);

  Executor(const Scenario& scenario, std::size_t scenario_index, Stripe stripe,
           SharedIterations& shared, metrics::Shard& shard, const base::Clock& clock,
           MakeVu make_vu);
  ~Executor();

  // The test begins at `start`; start_time counts from it. Call once, before advance().
  void begin(base::TimePoint start);

  void advance(base::TimePoint now);

  // When advance() has something to do next without any VU calling back.
  std::optional<base::TimePoint> next_wake() const;

  // No new iterations; what is under way may finish for the graceful time.
  void stop_gracefully(base::TimePoint now);

  // Interrupts everything, on_stop included, and makes the executor done.
  void stop_now(base::TimePoint now);

  bool done() const;              // No VU left and none to come.
  std::uint64_t active_vus() const;

 private:
  struct Slot;
  // …
};

}  // namespace load
