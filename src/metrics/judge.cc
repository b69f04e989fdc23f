// Judges thresholds over what was counted.
#include "metrics/judge.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "metrics/builtin.h"
#include "metrics/limit.h"

namespace metrics {
namespace {

using Aggregate = Threshold::Aggregate;
using Op = Threshold::Op;

struct Measurement {
  Estimate estimate;
  std::uint64_t samples = 0;
  std::uint64_t unfinished = 0;  // Those among the samples known only from below.
  bool goes_either_way = false;  // The unfinished ones may raise or lower the estimate.
};

Measurement measure(const Trend& trend, const Threshold& threshold) {
  Measurement measured{{}, trend.count(), trend.lower_bounds.count()};
  switch (threshold.aggregate) {
    case Aggregate::kAvg:
      measured.estimate = trend.mean();
      break;
    case Aggregate::kMin:
      measured.estimate = trend.min();
      break;
    case Aggregate::kMax:
      measured.estimate = trend.max();
      break;
    case Aggregate::kMed:
      measured.estimate = trend.quantile(0.5);
      break;
    case Aggregate::kPercentile:
      measured.estimate = trend.quantile(threshold.percentile / 100);
      break;
    case Aggregate::kSum:
      measured.estimate = trend.sum();
      break;
    case Aggregate::kStddev:
      measured.estimate = trend.stddev();
      measured.goes_either_way = true;
      break;
    case Aggregate::kCount:
    case Aggregate::kRate:
    case Aggregate::kValue:
      measured.estimate.value = static_cast<double>(trend.count());
      break;
  }
  return measured;
}

Measurement measure(const Rate& rate, const Threshold& threshold) {
  const bool counts = threshold.aggregate == Aggregate::kCount;
  return {{counts ? static_cast<double>(rate.trues) : rate.share()}, rate.total};
}

Measurement measure(const Gauge& gauge, const Threshold& threshold) {
  double value = gauge.last;
  if (threshold.aggregate == Aggregate::kMin) value = gauge.min;
  if (threshold.aggregate == Aggregate::kMax) value = gauge.max;
  if (threshold.aggregate == Aggregate::kCount) value = static_cast<double>(gauge.count);
  return {{value}, gauge.count};
}

Measurement measure(const Counter& counter, const Threshold& threshold, base::Duration elapsed) {
  double value = counter.sum;
  if (threshold.aggregate == Aggregate::kRate) {
    value = elapsed > base::Duration::zero() ? counter.sum / base::to_seconds(elapsed) : 0;
  }
  return {{value}, static_cast<std::uint64_t>(std::ceil(std::max(0.0, counter.sum)))};
}

Measurement measure(const Series& series, const Threshold& threshold, base::Duration elapsed) {
  if (const auto* trend = std::get_if<Trend>(&series)) return measure(*trend, threshold);
  if (const auto* rate = std::get_if<Rate>(&series)) return measure(*rate, threshold);
  if (const auto* gauge = std::get_if<Gauge>(&series)) return measure(*gauge, threshold);
  return measure(std::get<Counter>(series), threshold, elapsed);
}

// The truth is the estimate or more, so only what more cannot change is decided.
Verdict judge_lower_bound(const Measurement& measured, const Threshold& threshold) {
  if (measured.goes_either_way) return Verdict::kNotJudged;
  const bool held = holds(measured.estimate.value, threshold.op, threshold.limit);
  switch (threshold.op) {
    case Op::kLess:
    case Op::kLessEqual:
      return held ? Verdict::kNotJudged : Verdict::kFailed;
    case Op::kGreater:
    case Op::kGreaterEqual:
      return held ? Verdict::kPassed : Verdict::kNotJudged;
    case Op::kEqual:
    case Op::kNotEqual:
      return Verdict::kNotJudged;
  }
  return Verdict::kNotJudged;
}

// Why llm_itl cannot be judged, or "".
std::string blurred_gaps(const Threshold& threshold, double blurred, std::uint64_t samples) {
  constexpr double kMostBlurred = 0.01;
  if (threshold.metric != kLlmItl) return "";
  const double share = blurred > 0 ? blurred / (blurred + static_cast<double>(samples)) : 0;
  if (share <= kMostBlurred) return "";
  return fmt::format("the client's own delay blurred {} of the gaps, more than {}",
                     format_value(share, Unit::kShare), format_value(kMostBlurred, Unit::kShare));
}

std::string sample_caution(const Threshold& threshold, std::uint64_t samples) {
  const bool is_median = threshold.aggregate == Aggregate::kMed;
  if (!is_median && threshold.aggregate != Aggregate::kPercentile) return "";
  const double percentile = is_median ? 50 : threshold.percentile;
  const std::uint64_t wanted = samples_wanted(percentile);
  if (samples >= wanted) return "";
  return fmt::format("p({}) wants >= {} samples, has {}", percentile, base::format_count(wanted),
                     base::format_count(samples));
}

}  // namespace

Judgement judge(const Threshold& threshold, const Evidence& evidence) {
  const Measurement measured = measure(evidence.series, threshold, evidence.span);
  Judgement judgement;
  judgement.measured = measured.estimate;
  judgement.samples = measured.samples;
  const auto decide = [&judgement](Verdict verdict, std::string reason) {
    judgement.verdict = verdict;
    judgement.reason = std::move(reason);
    return judgement;
  };

  std::string blurred = blurred_gaps(threshold, evidence.blurred_gaps, measured.samples);
  if (!blurred.empty()) return decide(Verdict::kNotJudged, std::move(blurred));
  // A counter has a value, not samples that could be too few.
  const bool is_counter = std::holds_alternative<Counter>(evidence.series);
  if (!is_counter && measured.samples == 0) return decide(Verdict::kNotJudged, kNoSamples);
  if (!is_counter && measured.samples < threshold.min_samples) {
    return decide(Verdict::kNotJudged, fmt::format("{} samples, fewer than min_samples = {}",
                                                   base::format_count(measured.samples),
                                                   base::format_count(threshold.min_samples)));
  }
  judgement.note = sample_caution(threshold, measured.samples);
  if (!measured.estimate.is_lower_bound) {
    const bool held = holds(measured.estimate.value, threshold.op, threshold.limit);
    return decide(held ? Verdict::kPassed : Verdict::kFailed, "");
  }
  const Verdict verdict = judge_lower_bound(measured, threshold);
  if (verdict != Verdict::kNotJudged) return decide(verdict, "");
  return decide(verdict, fmt::format("{} of {} samples are unfinished and could change it",
                                     base::format_count(measured.unfinished),
                                     base::format_count(measured.samples)));
}

Judgement judge(const Threshold& threshold, const Store& store, base::Duration elapsed) {
  Evidence evidence{store.total(threshold.metric, threshold.selector), 0, elapsed};
  if (threshold.metric == kLlmItl) {
    evidence.blurred_gaps = store.counter(kLlmItlCoalesced, threshold.selector);
  }
  // Gaps that were all blurred are samples that were lost, not missing ones.
  const bool all_blurred = evidence.blurred_gaps > 0 && !has_samples(evidence.series);
  std::string reason = all_blurred ? "" : why_no_samples(threshold, store);
  if (!reason.empty()) return judge_without_samples(threshold, std::move(reason));
  return judge(threshold, evidence);
}

std::uint64_t samples_wanted(double percentile) {
  constexpr double kDoubt = 0.01;
  const double p = percentile / 100;
  if (!(p > 0 && p < 1)) return 0;
  const auto fewer_than_two_beyond = [p](std::uint64_t n) {
    const auto count = static_cast<double>(n);
    return std::pow(p, count) + count * (1 - p) * std::pow(p, count - 1);
  };
  std::uint64_t too_few = 1;
  std::uint64_t enough = 2;
  constexpr std::uint64_t kMost = std::uint64_t{1} << 60;
  while (enough < kMost && fewer_than_two_beyond(enough) > kDoubt) {
    too_few = enough;
    enough *= 2;
  }
  while (enough - too_few > 1) {
    const std::uint64_t middle = too_few + (enough - too_few) / 2;
    (fewer_than_two_beyond(middle) > kDoubt ? too_few : enough) = middle;
  }
  return enough;
}

}  // namespace metrics
