#include "metrics/window.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "metrics/builtin.h"

namespace metrics {
namespace {

using Op = Threshold::Op;

// Seconds are never struck to the nanosecond; a window may be shorter by this.
constexpr base::Duration kSlack = std::chrono::milliseconds(250);

int gravity(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPassed:
      return 0;
    case Verdict::kNotJudged:
      return 1;
    case Verdict::kFailed:
      return 2;
  }
  return 0;
}

// How far the value lies towards failing.
double badness(double value, const Threshold& threshold) {
  switch (threshold.op) {
    case Op::kLess:
    case Op::kLessEqual:
      return value;
    case Op::kGreater:
    case Op::kGreaterEqual:
      return -value;
    case Op::kEqual:
      return std::abs(value - threshold.limit);
    case Op::kNotEqual:
      return -std::abs(value - threshold.limit);
  }
  return value;
}

bool is_worse(const Judgement& a, const Judgement& b, const Threshold& threshold) {
  if (a.verdict != b.verdict) return gravity(a.verdict) > gravity(b.verdict);
  return badness(a.measured.value, threshold) > badness(b.measured.value, threshold);
}

// "in the 30s from 1m10s on"
std::string place_of(const Span& window) {
  return fmt::format("in the {} from {} on", format_seconds(window.end - window.begin),
                     format_seconds(window.begin));
}

}  // namespace

WindowedJudge::WindowedJudge(std::span<const Threshold> thresholds, const Registry& registry,
                             base::Duration warmup)
    : registry_(registry), warmup_(warmup), last_(warmup), watches_(thresholds.size()) {
  for (std::size_t i = 0; i < thresholds.size(); ++i) {
    if (thresholds[i].window > base::Duration::zero()) watches_[i].threshold = &thresholds[i];
  }
}

void WindowedJudge::on_second(base::Duration elapsed, std::span<const Delta> deltas) {
  if (elapsed <= warmup_) return;
  const Span span{last_, std::max(elapsed, last_)};
  last_ = span.end;
  for (Watch& watch : watches_) {
    if (watch.threshold == nullptr) continue;
    add_slice(watch, span, deltas);
    const base::Duration length = span.end - watch.slices.front().span.begin;
    if (length + kSlack >= watch.threshold->window) judge_window(watch);
  }
}

void WindowedJudge::on_end(base::Duration elapsed, std::span<const Delta> deltas) {
  const Span span{last_, std::max(elapsed, last_)};
  last_ = span.end;
  for (Watch& watch : watches_) {
    if (watch.threshold == nullptr) continue;
    add_slice(watch, span, deltas);
    judge_window(watch);
  }
}

void WindowedJudge::add_slice(Watch& watch, Span span, std::span<const Delta> deltas) const {
  const Threshold& threshold = *watch.threshold;
  Slice slice{span, make_series(registry_.at(threshold.metric).type)};
  for (const Delta& delta : deltas) {
    if (delta.apart) continue;
    for (const Delta::Entry& entry : delta.entries) {
      const bool is_blur = threshold.metric == kLlmItl && entry.metric == kLlmItlCoalesced;
      if (entry.metric != threshold.metric && !is_blur) continue;
      if (!threshold.selector.matches(*entry.tags)) continue;
      if (is_blur) {
        slice.blurred_gaps += std::get<Counter>(entry.series).sum;
      } else {
        merge(slice.series, entry.series);
      }
    }
  }
  watch.slices.push_back(std::move(slice));
  // The oldest second goes when the others fill the window.
  while (watch.slices.size() > 1 &&
         span.end - watch.slices[1].span.begin + kSlack >= threshold.window) {
    watch.slices.pop_front();
  }
}

void WindowedJudge::judge_window(Watch& watch) const {
  const Threshold& threshold = *watch.threshold;
  const Span window{watch.slices.front().span.begin, watch.slices.back().span.end};
  const Metric& metric = registry_.at(threshold.metric);
  Evidence evidence{.series = make_series(metric.type),
                    .span = window.end - window.begin,
                    .unit = measured_unit(metric, threshold.aggregate)};
  for (const Slice& slice : watch.slices) {
    merge(evidence.series, slice.series);
    evidence.blurred_gaps += slice.blurred_gaps;
  }
  const bool is_counter = std::holds_alternative<Counter>(evidence.series);
  if (!is_counter && !has_samples(evidence.series) && evidence.blurred_gaps == 0) return;
  Judgement judgement = judge(threshold, evidence);
  judgement.worst_window = window;
  if (!is_counter && judgement.samples < threshold.min_samples) {
    watch.too_few = std::move(judgement);
    return;
  }
  ++watch.windows;
  if (judgement.verdict == Verdict::kFailed) {
    ++watch.windows_failed;
    judgement.reason = place_of(window);
    if (!watch.first_failure) watch.first_failure = judgement;
  }
  if (!watch.worst || is_worse(judgement, *watch.worst, threshold)) {
    watch.worst = std::move(judgement);
  }
}

std::optional<Judgement> WindowedJudge::first_failure(std::size_t index) const {
  return watches_.at(index).first_failure;
}

Judgement WindowedJudge::judgement(std::size_t index, const Store& store) const {
  const Watch& watch = watches_.at(index);
  const Threshold& threshold = *watch.threshold;
  // Where every gap was blurred, the samples were lost, not missing.
  const bool not_judged = watch.worst && watch.worst->verdict == Verdict::kNotJudged;
  std::string reason = not_judged ? "" : why_no_samples(threshold, store);
  if (reason.empty() && !watch.worst && !watch.too_few) reason = kNoSamples;
  if (!reason.empty()) return judge_without_samples(threshold, std::move(reason));
  Judgement judgement = watch.worst ? *watch.worst : *watch.too_few;
  if (!watch.worst) {
    judgement.worst_window.reset();
    judgement.reason =
        "no window had as many as min_samples = " + base::format_count(threshold.min_samples);
    return judgement;
  }
  judgement.windows = watch.windows;
  judgement.windows_failed = watch.windows_failed;
  const std::string place = place_of(*judgement.worst_window);
  switch (judgement.verdict) {
    case Verdict::kFailed:
      judgement.reason =
          fmt::format("{}; {} of {} windows failed", place,
                      base::format_count(watch.windows_failed), base::format_count(watch.windows));
      break;
    case Verdict::kNotJudged:
      judgement.reason = fmt::format("{}: {}", place, judgement.reason);
      break;
    case Verdict::kPassed:
      judgement.note = judgement.note.empty() ? "worst " + place
                                              : fmt::format("worst {}; {}", place, judgement.note);
      break;
  }
  return judgement;
}

}  // namespace metrics
