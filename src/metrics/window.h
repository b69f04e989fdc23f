// Thresholds that must hold in every window of a test, as in "p(95) < 2s over any 30 s".
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "metrics/judge.h"
#include "metrics/shard.h"
#include "metrics/threshold.h"

namespace metrics {

// A window ends at each second of the test; the first is judged when it is full, and the last one
// ends with the test, and is all of the test where that was shorter. One failed window fails the
// threshold. Windows without samples, or with fewer than min_samples, are passed over; a counter
// without samples is 0 and judged. The warm-up is part of no window.
//
// Threads: the control thread's alone.
// Cost:    a second's deltas, and one merge of all seconds of each window: 1 ms for ten minutes.
// Memory:  a histogram of each second of each window: up to some 10 KB.
class WindowedJudge {
 public:
  // Those of the thresholds that have a window; the others are ignored. Both arguments outlive it.
  WindowedJudge(std::span<const Threshold> thresholds, const Registry& registry,
                base::Duration warmup = {});

  // What was counted since the last call; `elapsed` is the time since the test's start. Deltas that
  // are `apart` are ignored. Called about once a second.
  void on_second(base::Duration elapsed, std::span<const Delta> deltas);

  // The rest of the test, less than a second: judges the last window.
  void on_end(base::Duration elapsed, std::span<const Delta> deltas);

  // Of a threshold's first window that failed; nothing where none did yet. `index` is the
  // threshold's among all that were given.
  std::optional<Judgement> first_failure(std::size_t index) const;

  // Over all windows so far, with the figures of the worst. `store` is the whole test's: it tells
  // why there were no samples. REQUIRES: the threshold has a window.
  Judgement judgement(std::size_t index, const Store& store) const;

 private:
  // What one second brought, at most one window's worth of them for each threshold.
  struct Slice {
    Span span;
    Series series;
    double blurred_gaps = 0;
  };
  struct Watch {
    const Threshold* threshold = nullptr;
    std::deque<Slice> slices;
    std::optional<Judgement> worst;
    std::optional<Judgement> first_failure;
    std::optional<Judgement> too_few;  // A window that had fewer than min_samples.
    std::uint64_t windows = 0;
    std::uint64_t windows_failed = 0;
  };

  void add_slice(Watch& watch, Span span, std::span<const Delta> deltas) const;
  void judge_window(Watch& watch) const;

  const Registry& registry_;
  base::Duration warmup_;
  base::Duration last_;  // Until when slices have been added.
  std::vector<Watch>
      watches_;  // By the threshold's index; those without a window have no threshold.
};

}  // namespace metrics
