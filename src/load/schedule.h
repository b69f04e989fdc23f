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

// When the VU in a slot (0 .. max_vus − 1) is wanted: in order, none empty, none touching the next.
// Exact to a microsecond over 24 h.
//
// constant-vus: slot k from k / spawn_rate on, to the end. ramping-vus: while the line through the
// stages is at k + 1 or above, so that a ramp from 0 to 10 over 10 s starts the first VU after one
// second, as in k6, and a ramp down takes the highest slot first. shared-iterations: always.
std::vector<Span> wanted_spans(const Scenario& scenario, std::uint64_t slot);

// Which user class a slot gets: weights 5:3:1 give every prefix of slots those proportions as
// nearly as whole VUs can, since each slot goes to the class that is furthest behind its share (the
// first of equals). REQUIRES: at least one class, weights above 0.
std::vector<std::size_t> assign_user_classes(const std::vector<UserClass>& classes,
                                             std::uint64_t slots);

}  // namespace load
