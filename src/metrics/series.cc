#include "metrics/series.h"

#include <algorithm>
#include <utility>

namespace metrics {

void Gauge::record(double value) {
  min = count > 0 ? std::min(min, value) : value;
  max = count > 0 ? std::max(max, value) : value;
  last = value;
  ++count;
}

void Gauge::merge(const Gauge& later) {
  if (later.count == 0) return;
  min = count > 0 ? std::min(min, later.min) : later.min;
  max = count > 0 ? std::max(max, later.max) : later.max;
  last = later.last;
  count += later.count;
}

void Rate::merge(const Rate& other) {
  trues += other.trues;
  total += other.total;
  own_trues += other.own_trues;
}

void Trend::merge(const Trend& other) {
  values.merge(other.values);
  lower_bounds.merge(other.lower_bounds);
  errors.merge(other.errors);
}

Estimate Trend::quantile(double q) const {
  if (lower_bounds.empty()) return {values.quantile(q), false};
  Histogram all = values;
  all.merge(lower_bounds);
  // Were the unfinished ones infinitely long, the finished ones would have the lowest ranks. The
  // buckets are compared, not the quantiles: those are clamped to different minima and maxima.
  const std::uint64_t rank = Histogram::rank(q, all.count());
  const bool differs =
      rank > values.count() || values.representative_at(rank) != all.representative_at(rank);
  return {all.quantile(q), differs};
}

Estimate Trend::mean() const {
  if (count() == 0) return {};
  return {(values.sum() + lower_bounds.sum()) / static_cast<double>(count()),
          !lower_bounds.empty()};
}

Estimate Trend::min() const {
  if (lower_bounds.empty()) return {values.min(), false};
  if (values.empty() || lower_bounds.min() < values.min()) return {lower_bounds.min(), true};
  return {values.min(), false};
}

Estimate Trend::max() const {
  if (lower_bounds.empty()) return {values.max(), false};
  if (values.empty()) return {lower_bounds.max(), true};
  return {std::max(values.max(), lower_bounds.max()), true};
}

Estimate Trend::sum() const { return {values.sum() + lower_bounds.sum(), !lower_bounds.empty()}; }

Estimate Trend::stddev() const { return {values.stddev(), !lower_bounds.empty()}; }

Series make_series(Type type) {
  switch (type) {
    case Type::kCounter:
      return Counter{};
    case Type::kGauge:
      return Gauge{};
    case Type::kRate:
      return Rate{};
    case Type::kTrend:
      return Trend{};
  }
  return Counter{};
}

void merge(Series& into, const Series& from) {
  std::visit(
      [&from](auto& series) { series.merge(std::get<std::decay_t<decltype(series)>>(from)); },
      into);
}

bool has_samples(const Series& series) {
  struct Visitor {
    bool operator()(const Counter& counter) const { return counter.sum != 0; }
    bool operator()(const Gauge& gauge) const { return gauge.count > 0; }
    bool operator()(const Rate& rate) const { return rate.total > 0; }
    bool operator()(const Trend& trend) const { return trend.count() > 0; }
  };
  return std::visit(Visitor{}, series);
}

}  // namespace metrics
