// Judges thresholds over what was counted.
#include "metrics/judge.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/text.h"
#include "metrics/builtin.h"
#include "metrics/client_error.h"
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
  ErrorBound error{};
};

Measurement measure(const Trend& trend, const Threshold& threshold, double lost) {
  Measurement measured{{}, trend.count(), trend.lower_bounds.count()};
  measured.error = error_bound(trend, threshold, lost);
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
  Measurement measured{{counts ? static_cast<double>(rate.trues) : rate.share()}, rate.total};
  measured.error = error_bound(rate, threshold);
  return measured;
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

Measurement measure(const Evidence& evidence, const Threshold& threshold) {
  const Series& series = evidence.series;
  if (const auto* trend = std::get_if<Trend>(&series)) {
    return measure(*trend, threshold, evidence.blurred_gaps);
  }
  if (const auto* rate = std::get_if<Rate>(&series)) return measure(*rate, threshold);
  if (const auto* gauge = std::get_if<Gauge>(&series)) return measure(*gauge, threshold);
  return measure(std::get<Counter>(series), threshold, evidence.span);
}

// Decided where it comes to the same for every value from `low` to `high`.
Verdict judge_interval(double low, double high, const Threshold& threshold) {
  const bool low_holds = holds(low, threshold.op, threshold.limit);
  const bool high_holds = holds(high, threshold.op, threshold.limit);
  if (low_holds != high_holds) return Verdict::kNotJudged;
  const bool equality = threshold.op == Op::kEqual || threshold.op == Op::kNotEqual;
  const bool limit_within = low <= threshold.limit && threshold.limit <= high;
  if (equality && low < high && limit_within) return Verdict::kNotJudged;
  return low_holds ? Verdict::kPassed : Verdict::kFailed;
}

// What is unfinished makes the truth the estimate or more, or anything; our own error comes on top.
Verdict judge_measurement(const Measurement& measured, const Threshold& threshold,
                          const ErrorBound& error) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const double value = measured.estimate.value;
  const bool open_above = measured.estimate.is_lower_bound;
  const bool open_below = open_above && measured.goes_either_way;
  return judge_interval(open_below ? -kInfinity : value - error.below,
                        open_above ? kInfinity : value + error.above, threshold);
}

// "the client's own error is up to 12ms below and 3ms above, and the limit lies within"
std::string error_in_words(const Measurement& measured, Unit unit) {
  const ErrorBound& error = measured.error;
  const std::string below = format_value(error.below, unit);
  std::string text = "the client's own error, ";
  if (!std::isfinite(error.above)) {
    text += "unbounded above";
  } else if (const std::string above = format_value(error.above, unit); above == below) {
    text += "±" + below;
  } else {
    text += fmt::format("-{} +{}", below, above);
  }
  return text + ", could have decided it";
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
  const Measurement measured = measure(evidence, threshold);
  Judgement judgement;
  judgement.measured = measured.estimate;
  judgement.error_below = measured.error.below;
  judgement.error_above = measured.error.above;
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
  const Verdict verdict = judge_measurement(measured, threshold, measured.error);
  if (verdict != Verdict::kNotJudged) return decide(verdict, "");
  if (judge_measurement(measured, threshold, {}) == Verdict::kNotJudged) {
    return decide(verdict, fmt::format("{} of {} samples are unfinished and could change it",
                                       base::format_count(measured.unfinished),
                                       base::format_count(measured.samples)));
  }
  return decide(verdict, error_in_words(measured, evidence.unit));
}

Judgement judge(const Threshold& threshold, const Store& store, base::Duration elapsed) {
  Evidence evidence{
      .series = store.total(threshold.metric, threshold.selector),
      .span = elapsed,
      .unit = measured_unit(store.registry().at(threshold.metric), threshold.aggregate)};
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
