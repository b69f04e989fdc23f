#include "output/report_columns.h"

#include <catch2/catch.hpp>
#include <cmath>

using output::Columns;
using output::Interval;

namespace {

std::vector<Interval> intervals_ending_at(const std::vector<double>& ends) {
  std::vector<Interval> intervals(ends.size());
  for (std::size_t i = 0; i < ends.size(); ++i) {
    intervals[i].elapsed_s = ends[i];
    intervals[i].iterations = 10 * ends[i];
  }
  return intervals;
}

}  // namespace

TEST_CASE("Neighbours are put together where there are more than asked for") {
  const auto intervals = intervals_ending_at({1, 2, 3, 4, 5, 6});
  const Columns columns(intervals, 3);
  CHECK(columns.begins() == std::vector<double>{0, 2, 4});
  CHECK(columns.ends() == std::vector<double>{2, 4, 6});
  CHECK(columns.first(1) == 2);
  CHECK(columns.last(1) == 3);
}

TEST_CASE("A short last interval joins the one before") {
  const auto intervals = intervals_ending_at({1, 2, 3, 3.2});
  const Columns columns(intervals, 100);
  CHECK(columns.ends() == std::vector<double>{1, 2, 3.2});
  CHECK(columns.first(2) == 2);
  CHECK(columns.last(2) == 3);
}

TEST_CASE("A cumulative column is a rate over each span") {
  const auto intervals = intervals_ending_at({1, 2, 4, 8});
  const auto rates =
      Columns(intervals, 100).per_second([&](std::size_t i) { return intervals[i].iterations; });
  CHECK(rates == std::vector<double>{10, 10, 10, 10});
}

TEST_CASE("The highest of a span counts, and unknown stays unknown") {
  auto intervals = intervals_ending_at({1, 2, 3, 4});
  intervals[0].client.cpu = 0.2;
  intervals[1].client.cpu = 0.9;
  const auto highest =
      Columns(intervals, 2).highest([&](std::size_t i) { return intervals[i].client.cpu; });
  REQUIRE(highest.size() == 2);
  CHECK(highest[0] == 0.9);
  CHECK(std::isnan(highest[1]));
}

TEST_CASE("No intervals are no columns") {
  CHECK(Columns({}, 10).size() == 0);
  CHECK(Columns({}, 10).ends().empty());
}
