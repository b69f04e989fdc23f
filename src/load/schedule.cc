#include "load/schedule.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace load {
namespace {

// Targets such as 0.1 * 30 are a little off the whole number that was meant.
constexpr double kTolerance = 1e-9;

bool reaches(double line, double level) { return line >= level - kTolerance; }

// When the line through (0, from) and (duration, to) is at the level, which lies between the two.
base::Duration crossing(double from, double to, double level, base::Duration duration) {
  const double share = std::clamp((level - from) / (to - from), 0.0, 1.0);
  return base::Duration(std::llround(share * static_cast<double>(duration.count())));
}

// Collects spans in order: empty ones are left out, and those that touch become one.
class Spans {
 public:
  void begin(base::Duration at) {
    open_ = true;
    begin_ = at;
    if (spans_.empty() || spans_.back().end < at) return;
    begin_ = spans_.back().begin;
    spans_.pop_back();
  }
  void end(base::Duration at) {
    open_ = false;
    if (at > begin_) spans_.push_back({begin_, at});
  }
  bool open() const { return open_; }
  std::vector<Span> take() { return std::move(spans_); }

 private:
  std::vector<Span> spans_;
  base::Duration begin_{};
  bool open_ = false;
};

// Whether a slot is wanted after a stage, and since when it is so.
struct Change {
  bool wanted;
  base::Duration at;
};

Change after_stage(bool wanted, double level, double from, const Stage& stage) {
  const double below = level - 1;
  const double to = stage.target;
  if (stage.duration == base::Duration::zero()) return {reaches(to, level), {}};
  if (to > from && !wanted && reaches(to, level)) {
    return {true, crossing(from, to, level, stage.duration)};
  }
  if (to < from && wanted && reaches(below, to)) {
    return {false, crossing(from, to, below, stage.duration)};
  }
  return {wanted, {}};
}

std::vector<Span> ramping_spans(const Scenario& scenario, std::uint64_t slot) {
  const double level = static_cast<double>(slot) + 1;
  Spans spans;
  base::Duration stage_begin{};
  double from = scenario.start_vus;
  if (reaches(from, level)) spans.begin(stage_begin);
  for (const Stage& stage : scenario.stages) {
    const Change change = after_stage(spans.open(), level, from, stage);
    if (change.wanted && !spans.open()) spans.begin(stage_begin + change.at);
    if (!change.wanted && spans.open()) spans.end(stage_begin + change.at);
    stage_begin += stage.duration;
    from = stage.target;
  }
  if (spans.open()) spans.end(stage_begin);
  return spans.take();
}

}  // namespace

std::vector<Span> wanted_spans(const Scenario& scenario, std::uint64_t slot) {
  if (scenario.executor == ExecutorKind::kRampingVus) return ramping_spans(scenario, slot);
  if (slot >= scenario.vus) return {};
  base::Duration begin{};
  if (scenario.executor == ExecutorKind::kConstantVus && scenario.spawn_rate > 0) {
    begin = base::from_seconds(static_cast<double>(slot) / scenario.spawn_rate);
  }
  const base::Duration end = scenario.regular_duration();
  if (begin >= end) return {};
  return {{begin, end}};
}

ClassTurns::ClassTurns(std::vector<double> weights)
    : weights_(std::move(weights)),
      total_(std::accumulate(weights_.begin(), weights_.end(), 0.0)),
      given_(weights_.size()) {}

std::size_t ClassTurns::next() {
  ++count_;
  std::size_t best = 0;
  double largest = -1;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const double share = static_cast<double>(count_) * weights_[i] / total_;
    const double deficit = share - static_cast<double>(given_[i]);
    if (weights_[i] <= 0 || deficit <= largest + kTolerance) continue;
    best = i;
    largest = deficit;
  }
  ++given_[best];
  return best;
}

std::vector<std::size_t> assign_user_classes(const std::vector<UserClass>& classes,
                                             std::uint64_t slots) {
  const bool all_fixed = std::all_of(classes.begin(), classes.end(),
                                     [](const UserClass& c) { return c.fixed_count.has_value(); });
  std::vector<std::size_t> assigned;
  assigned.reserve(slots);
  std::vector<double> weights;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const std::uint64_t left = slots - assigned.size();
    assigned.insert(assigned.end(), std::min(classes[i].fixed_count.value_or(0), left), i);
    weights.push_back(classes[i].fixed_count && !all_fixed ? 0 : classes[i].weight);
  }
  ClassTurns turns(std::move(weights));
  while (assigned.size() < slots) assigned.push_back(turns.next());
  return assigned;
}

}  // namespace load
