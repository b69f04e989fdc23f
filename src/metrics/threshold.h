// Thresholds: one line each, as in "llm_ttft{task=simple} p(95) < 2s".
//
//   metric[{tag=value,tag!=value,tag~glob}] aggregate op value[unit]
//
// Aggregates: avg min max med p(N) count rate value sum stddev; which of them a metric has depends
// on its type (counter: count = sum, rate per second; gauge: value min max, count = times set;
// rate: rate, count = trues; trend: all but value and rate, count = samples).
// Operators:  < <= > >= == !=
// Units:      ns us ms s m h for times (required: a bare number is an error), % or 0..1 for shares,
//             tokens, tokens/s, events, usd, B KB MB GB (powers of 1000) for data; a number of
//             samples has none; a counter's rate may end in /s.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "metrics/registry.h"
#include "metrics/selector.h"
#include "metrics/store.h"

namespace metrics {

struct Threshold {
  enum class Aggregate {
    kAvg,
    kMin,
    kMax,
    kMed,
    kPercentile,
    kCount,
    kRate,
    kValue,
    kSum,
    kStddev
  };
  enum class Op { kLess, kLessEqual, kGreater, kGreaterEqual, kEqual, kNotEqual };

  std::string source;  // As the user wrote it.
  MetricId metric = 0;
  Selector selector;
  Aggregate aggregate = Aggregate::kAvg;
  double percentile = 0;  // 0..100, for kPercentile.
  Op op = Op::kLess;
  double limit = 0;  // In the metric's unit.

  bool abort_on_fail = false;
  base::Duration delay{};         // No abort before this much of the test has passed.
  std::uint64_t min_samples = 0;  // Not judged with fewer.
  bool allow_empty = false;       // Without it a threshold with no samples fails.
  // Judged over every span of this length instead of over the whole test; zero for the whole.
  base::Duration window{};
};

// Errors name the part that is wrong and what would do, with "did you mean" for metrics and
// aggregates.
base::Result<Threshold> parse_threshold(std::string_view text, const Registry& registry);

enum class Verdict { kPassed, kFailed, kNotJudged };

// A part of the test, counted from its start.
struct Span {
  base::Duration begin{};
  base::Duration end{};
};

struct Judgement {
  Verdict verdict = Verdict::kPassed;
  Estimate measured;  // In the metric's unit.
  std::uint64_t samples = 0;
  // Why it was not judged, failed without a value, or in which window it failed; else "".
  std::string reason{};
  std::string note{};  // A caution beside a verdict, as in "p(99) wants >= 662 samples, has 90".
  // By how much the client may have got it wrong: the true value lies within [measured - below,
  // measured + above].
  double error_below = 0;
  double error_above = 0;

  // Of a threshold with a window, whose figures above are those of its worst window.
  std::optional<Span> worst_window{};  // Nothing where no window could be judged.
  std::uint64_t windows = 0;           // How many were judged,
  std::uint64_t windows_failed = 0;    // and how many of them failed.
};

// Judges over all that the store holds; a window is not looked at (window.h). `elapsed` turns a
// counter's rate into "per second".
//
// Failed for want of samples, unless allow_empty: no sample matches; or, for counters, whose value
// is then 0, the selector names a tag value that no sample of any metric has. What a server may
// answer (status, error, outcome) is not asked to occur.
//
// Not judged: a value known only from below that has not yet crossed the limit; a value that is so
// near to the limit that the client's own error (client_error.h) could have brought it to the side
// on which it is; fewer samples than min_samples; llm_itl where more than 1 % of the gaps were
// blurred by the client (llm_itl_coalesced).
Judgement judge(const Threshold& threshold, const Store& store, base::Duration elapsed);

// How many samples a percentile wants so that, at 99 % confidence, at least two of them lie beyond
// it: p(50) 11, p(90) 64, p(95) 130, p(99) 662, p(99.9) 6636. 0 for 0 and for 100, where no number
// would do.
std::uint64_t samples_wanted(double percentile);

// The unit of what the aggregate yields: the metric's own, but none for a number of samples.
Unit measured_unit(const Metric& metric, Threshold::Aggregate aggregate);

// "llm_ttft p(95) < 2s over any 30s": the source, with the window where there is one.
std::string describe(const Threshold& threshold);

// "30s", "1m10s": to the second.
std::string format_seconds(base::Duration duration);

// A value of the metric as users read it: "1.23s", "4.5%", "12,345", "$0.0123".
std::string format_value(double value, Unit unit);
std::string format_measured(const Threshold& threshold, const Estimate& measured,
                            const Registry& registry);  // With "≥ " before a lower bound.

}  // namespace metrics
