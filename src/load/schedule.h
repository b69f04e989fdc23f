// When each VU starts and stops: pure functions of the plan.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "load/plan.h"

namespace load {

// A span in which a VU is wanted, counted from the scenario's start.
struct Span {
  base::Duration begin{};
  base::Duration end{};
  friend bool operator==(const Span&, const Span&) = default;
};

// When the VU in a slot (0 .. most_vus() − 1) of a closed executor is wanted: in order, none empty,
// none touching the next. Exact to a microsecond over 24 h.
//
// constant-vus: slot k from k / spawn_rate on, to the end. shared- and per-vu-iterations: always.
// ramping-vus, as in k6: slot k begins when the line through the stages comes up to k + 1 and ends
// when it comes down to k. So a ramp from 0 to 10 over 10 s starts the first VU after one second;
// one that turns back to 0 there and then still has its tenth VU, for the second until the line is
// at 9; and a ramp down takes the highest slot first. A stage of no duration is a jump: to the
// whole part of its target.
std::vector<Span> wanted_spans(const Scenario& scenario, std::uint64_t slot);

// Deals turns to classes by weight: weights 5:3:1 give every prefix of turns those proportions as
// nearly as whole turns can, since each goes to the class that is furthest behind its share (the
// first of equals). REQUIRES: at least one weight above 0, none below.
class ClassTurns {
 public:
  explicit ClassTurns(std::vector<double> weights);

  std::size_t next();

 private:
  std::vector<double> weights_;
  double total_ = 0;
  std::vector<std::uint64_t> given_;
  std::uint64_t count_ = 0;
};

// Which user class each slot gets. Classes of a fixed count have the first slots, in the order of
// the classes; the others take turns by their weights. Where there are more slots than all fixed
// counts together and no other class, the fixed ones share them by weight.
// REQUIRES: at least one class, weights above 0.
std::vector<std::size_t> assign_user_classes(const std::vector<UserClass>& classes,
                                             std::uint64_t slots);

}  // namespace load
