#include "load/rate_curve.h"

#include <algorithm>
#include <cmath>

namespace load {
namespace {

// Sums of fractional rates are a little off the whole number that was meant. Without a tolerance
// the start at a stage's very end could be missing, or come after an hour of rate zero.
long double tolerance(long double level) { return 1e-9L + level * 1e-15L; }

}  // namespace

RateCurve::RateCurve(const Scenario& scenario)
    : time_unit_(static_cast<long double>(scenario.time_unit.count())) {
  if (scenario.executor == ExecutorKind::kConstantArrivalRate) {
    add(base::Duration::zero(), scenario.duration, scenario.rate, scenario.rate);
    return;
  }
  if (scenario.executor != ExecutorKind::kRampingArrivalRate) return;
  base::Duration begin{};
  double from = scenario.start_rate;
  for (const Stage& stage : scenario.stages) {
    add(begin, stage.duration, from, stage.target);
    begin += stage.duration;
    from = stage.target;
  }
}

void RateCurve::add(base::Duration begin, base::Duration length, double from, double to) {
  Piece piece{.begin = begin,
              .length = static_cast<long double>(length.count()) / time_unit_,
              .from = from,
              .to = to,
              .begin_level = total()};
  const long double starts = (piece.from + piece.to) / 2 * piece.length;
  if (starts <= 0) return;
  piece.end_level = piece.begin_level + starts;
  pieces_.push_back(piece);
}

std::optional<base::Duration> RateCurve::reach(long double level) {
  while (current_ < pieces_.size()) {
    const Piece& piece = pieces_[current_];
    if (level <= piece.end_level + tolerance(piece.end_level)) {
      return piece.begin + base::Duration(std::llround(time_in(piece, level) * time_unit_));
    }
    ++current_;
  }
  return std::nullopt;
}

// Solves level = rate * t + slope / 2 * t² in the form that does not cancel. A falling rate is
// solved from the piece's end, since near a rate of zero only the distance to the end is exact.
long double RateCurve::time_in(const Piece& piece, long double level) {
  const bool falling = piece.to < piece.from;
  const long double slope = std::abs(piece.to - piece.from) / piece.length;
  const long double starts = falling ? piece.end_level - level : level - piece.begin_level;
  if (starts <= 0) return falling ? piece.length : 0;
  const long double rate = falling ? piece.to : piece.from;
  const long double time = 2 * starts / (rate + std::sqrt(rate * rate + 2 * slope * starts));
  return std::clamp(falling ? piece.length - time : time, 0.0L, piece.length);
}

}  // namespace load
