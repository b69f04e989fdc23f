#include "analysis/welch.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

using analysis::sample_mean;
using analysis::welch;

TEST_CASE("Welch's t is that of a worked example") {
  // Computed with R's t.test(next, base): estimate 3, t = 2.6833, df = 6.7567, and 0.337 to 5.663.
  const std::vector<double> base = {10, 12, 9, 11, 13};
  const std::vector<double> next = {14, 16, 11, 13, 16};
  const auto difference = welch(sample_mean(base), sample_mean(next));
  CHECK(difference.estimate == Approx(3));
  const double squares = 2.5 / 5 + 4.5 / 5;
  CHECK(difference.standard_error == Approx(std::sqrt(squares)));
  CHECK(difference.degrees == Approx(squares * squares / (0.25 / 4 + 0.81 / 4)));
  const auto interval = difference.interval(0.95);
  CHECK(interval.low + interval.high == Approx(6));
  CHECK(interval.low > 0);
  // The interval's bound is where the one-sided p is half of what the interval leaves out.
  CHECK(difference.p_above(interval.low) == Approx(0.025));
  CHECK(difference.p_below(interval.high) == Approx(0.025));
  CHECK(difference.p_above(0) < 0.025);
}

TEST_CASE("a t of few degrees of freedom reaches further") {
  const analysis::Difference few{.estimate = 0, .standard_error = 1, .degrees = 8};
  CHECK(few.interval(0.95).high == Approx(2.306).epsilon(0.001));  // Any table of t.
  const analysis::Difference many{.estimate = 0, .standard_error = 1, .degrees = 1e6};
  CHECK(many.interval(0.95).high == Approx(1.960).epsilon(0.001));
  CHECK(few.detectable(0.95) == Approx(2.306 + 1.397).epsilon(0.001));
}

TEST_CASE("without noise a difference is certain, and none is none") {
  const std::vector<double> same = {2, 2, 2};
  const std::vector<double> more = {3, 3, 3};
  const auto none = welch(sample_mean(same), sample_mean(same));
  CHECK(none.interval(0.95).low == 0);
  CHECK(none.p_above(0) == 1);
  const auto certain = welch(sample_mean(same), sample_mean(more));
  CHECK(certain.p_above(0) == 0);
  CHECK(certain.p_above(1) == 1);
  // What is known to be noise stays noise, however alike these values are.
  CHECK(welch(sample_mean(same, 1), sample_mean(more, 1)).interval(0.95).low < 0);
}
