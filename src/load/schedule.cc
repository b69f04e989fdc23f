#include "load/schedule.h"

#include <algorithm>
#include <cmath>

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

std::vector<Span> ramping_spans(const Scenario& scenario, std::uint64_t slot) {
  const double level = static_cast<double>(slot) + 1;
  Spans spans;
  base::Duration stage_begin{};
  double from = scenario.start_vus;
  if (reaches(from, level)) spans.begin(stage_begin);
  for (const Stage& stage : scenario.stages) {
    if (spans.open() != reaches(stage.target, level)) {
      const auto at = stage_begin + crossing(from, stage.target, level, stage.duration);
      spans.open() ? spans.end(at) : spans.begin(at);
    }
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

std::vector<std::size_t> assign_user_classes(const std::vector<UserClass>& classes,
                                             std::uint64_t slots) {
  double total = 0;
  for (const UserClass& user_class : classes) total += user_class.weight;
  std::vector<std::uint64_t> given(classes.size());
  std::vector<std::size_t> assigned;
  assigned.reserve(slots);
  for (std::uint64_t count = 1; count <= slots; ++count) {
    std::size_t best = 0;
    double largest = -1;
    for (std::size_t i = 0; i < classes.size(); ++i) {
      const double share = static_cast<double>(count) * classes[i].weight / total;
      const double deficit = share - static_cast<double>(given[i]);
      if (deficit <= largest + kTolerance) continue;
      best = i;
      largest = deficit;
    }
    ++given[best];
    assigned.push_back(best);
  }
  return assigned;
}

}  // namespace load
