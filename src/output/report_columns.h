// A run's intervals as the points of a chart: neighbours put together where there are many.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "output/run_result.h"

namespace output {

class Columns {
 public:
  // At most so many points; a last interval that is much shorter than the others joins the one
  // before, since a rate over it would be noise.
  Columns(const std::vector<Interval>& intervals, std::size_t most);

  std::size_t size() const { return last_.size(); }
  std::vector<double> begins() const;  // In seconds since the load's start,
  std::vector<double> ends() const;    // as are these.

  // The intervals of a point: [first(i), last(i)].
  std::size_t first(std::size_t i) const { return i == 0 ? 0 : last_[i - 1] + 1; }
  std::size_t last(std::size_t i) const { return last_[i]; }

  using Column = std::function<double(std::size_t interval)>;
  std::vector<double> at_end(const Column& column) const;     // NaN for a value below 0.
  std::vector<double> highest(const Column& column) const;    // The same; of all its intervals.
  std::vector<double> per_second(const Column& total) const;  // Of a cumulative column.

 private:
  double end_of(std::size_t interval) const { return (*intervals_)[interval].elapsed_s; }
  double width(std::size_t i) const;

  const std::vector<Interval>* intervals_;
  std::vector<std::size_t> last_;
};

}  // namespace output
