#include "output/report_columns.h"

#include <algorithm>
#include <limits>

namespace output {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double known(double value) { return value < 0 ? kNone : value; }

}  // namespace

Columns::Columns(const std::vector<Interval>& intervals, std::size_t most)
    : intervals_(&intervals) {
  const std::size_t count = intervals.size();
  const std::size_t each = std::max<std::size_t>((count + most - 1) / most, 1);
  for (std::size_t end = each; end < count; end += each) last_.push_back(end - 1);
  if (count > 0) last_.push_back(count - 1);
  if (size() > 1 && width(size() - 1) < 0.5 * width(size() - 2)) {
    last_.erase(last_.end() - 2);
  }
}

double Columns::width(std::size_t i) const {
  return end_of(last(i)) - (i == 0 ? 0 : end_of(last(i - 1)));
}

std::vector<double> Columns::begins() const {
  std::vector<double> values;
  for (std::size_t i = 0; i < size(); ++i) values.push_back(i == 0 ? 0 : end_of(last(i - 1)));
  return values;
}

std::vector<double> Columns::ends() const {
  std::vector<double> values;
  for (const std::size_t interval : last_) values.push_back(end_of(interval));
  return values;
}

std::vector<double> Columns::at_end(const Column& column) const {
  std::vector<double> values;
  for (const std::size_t interval : last_) values.push_back(known(column(interval)));
  return values;
}

std::vector<double> Columns::highest(const Column& column) const {
  std::vector<double> values;
  for (std::size_t i = 0; i < size(); ++i) {
    double value = column(first(i));
    for (std::size_t k = first(i); k <= last(i); ++k) value = std::max(value, column(k));
    values.push_back(known(value));
  }
  return values;
}

std::vector<double> Columns::per_second(const Column& total) const {
  std::vector<double> values;
  double before = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    const double now = total(last(i));
    values.push_back(width(i) > 0 ? (now - before) / width(i) : kNone);
    before = now;
  }
  return values;
}

}  // namespace output
