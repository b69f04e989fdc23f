#include "metrics/series.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace metrics;

namespace {

Trend make_trend(std::initializer_list<double> values, std::initializer_list<double> lower_bounds) {
  Trend trend;
  for (double value : values) trend.values.record(value);
  for (double value : lower_bounds) trend.lower_bounds.record(value);
  return trend;
}

Gauge make_gauge(std::initializer_list<double> values) {
  Gauge gauge;
  for (double value : values) gauge.record(value);
  return gauge;
}

}  // namespace

TEST_CASE("a gauge keeps its last value and its extremes") {
  const Gauge gauge = make_gauge({5, -2, 3});
  CHECK(gauge.last == 3);
  CHECK(gauge.min == -2);
  CHECK(gauge.max == 5);
}

TEST_CASE("of two gauges the later one's last value stands, unless it was never set") {
  Gauge gauge = make_gauge({7});
  gauge.merge(make_gauge({9, 8}));
  CHECK(gauge.last == 8);
  CHECK(gauge.min == 7);
  CHECK(gauge.max == 9);
  gauge.merge(Gauge());
  CHECK(gauge.last == 8);

  Gauge unset;
  unset.merge(make_gauge({7}));
  CHECK(unset.count == 1);
  CHECK(unset.min == 7);
  CHECK(unset.last == 7);
}

TEST_CASE("the share of an empty rate is 0") {
  Rate rate;
  CHECK(rate.share() == 0);
  rate.merge({1, 4});
  rate.merge({1, 4});
  CHECK(rate.share() == 0.25);
}

TEST_CASE("without lower bounds nothing is marked") {
  const Trend trend = make_trend({1, 2, 3}, {});
  for (const Estimate& estimate :
       {trend.quantile(0.5), trend.mean(), trend.min(), trend.max(), trend.sum(), trend.stddev()}) {
    CHECK_FALSE(estimate.is_lower_bound);
  }
  CHECK(trend.mean().value == 2);
  CHECK(trend.sum().value == 6);
}

TEST_CASE("a quantile is marked only where unfinished ones could raise it") {
  // Ten finished of 1..10 and one unfinished that is 4 old: truly it has any rank from 4 on.
  const Trend trend = make_trend({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, {4});
  REQUIRE(trend.count() == 11);
  const Estimate below = trend.quantile(3.0 / 11);
  CHECK(below.value == Approx(3).epsilon(0.003));
  CHECK_FALSE(below.is_lower_bound);

  const Estimate above = trend.quantile(6.0 / 11);
  CHECK(above.value == Approx(5).epsilon(0.003));
  CHECK(above.is_lower_bound);

  const Estimate last = trend.quantile(1);
  CHECK(last.value == 10);
  CHECK(last.is_lower_bound);
}

TEST_CASE("a quantile among equal values is not marked though unfinished ones lie below") {
  const Trend trend = make_trend({5, 5, 5, 5}, {3});
  const Estimate median = trend.quantile(0.5);
  CHECK(median.value == Approx(5).epsilon(0.003));
  CHECK_FALSE(median.is_lower_bound);
  CHECK(trend.quantile(0.2).is_lower_bound);
  CHECK(trend.quantile(1).is_lower_bound);
}

TEST_CASE("where all are unfinished every figure is their age, marked") {
  const Trend trend = make_trend({}, {2, 4});
  CHECK(trend.quantile(0.5).is_lower_bound);
  CHECK(trend.quantile(1).value == Approx(4).epsilon(0.003));
  CHECK(trend.min().value == 2);
  CHECK(trend.min().is_lower_bound);
  CHECK(trend.max().value == 4);
  CHECK(trend.max().is_lower_bound);
  CHECK(trend.mean().value == 3);
}

TEST_CASE("mean, sum and maximum take in the unfinished ones and are marked") {
  const Trend trend = make_trend({1, 2}, {9});
  CHECK(trend.mean().value == 4);
  CHECK(trend.mean().is_lower_bound);
  CHECK(trend.sum().value == 12);
  CHECK(trend.sum().is_lower_bound);
  CHECK(trend.max().value == 9);
  CHECK(trend.max().is_lower_bound);
  CHECK(trend.stddev().value == 0.5);
  CHECK(trend.stddev().is_lower_bound);
}

TEST_CASE("the minimum is marked only where an unfinished one alone has it") {
  CHECK_FALSE(make_trend({1, 2}, {9}).min().is_lower_bound);
  CHECK_FALSE(make_trend({1, 2}, {1}).min().is_lower_bound);
  const Estimate younger = make_trend({1, 2}, {0.5}).min();
  CHECK(younger.value == 0.5);
  CHECK(younger.is_lower_bound);
}

TEST_CASE("a merged trend is that of all values and all lower bounds") {
  Trend trend = make_trend({1}, {2});
  trend.merge(make_trend({3}, {4}));
  CHECK(trend.values.count() == 2);
  CHECK(trend.lower_bounds.count() == 2);
  CHECK(trend.sum().value == 10);
}

TEST_CASE("a new series is of its metric's type and has no samples") {
  CHECK(std::holds_alternative<Counter>(make_series(Type::kCounter)));
  CHECK(std::holds_alternative<Gauge>(make_series(Type::kGauge)));
  CHECK(std::holds_alternative<Rate>(make_series(Type::kRate)));
  CHECK(std::holds_alternative<Trend>(make_series(Type::kTrend)));
  for (Type type : {Type::kCounter, Type::kGauge, Type::kRate, Type::kTrend}) {
    CHECK_FALSE(has_samples(make_series(type)));
  }
}

TEST_CASE("a series has samples once there is one, be it unfinished, false or a gauge of 0") {
  CHECK(has_samples(Series(Counter{1})));
  CHECK(has_samples(Series(make_gauge({0}))));
  CHECK(has_samples(Series(Rate{0, 1})));
  CHECK(has_samples(Series(make_trend({}, {1}))));
}

TEST_CASE("series of the same type merge, of different types they do not") {
  Series series = Counter{1};
  merge(series, Counter{2});
  CHECK(std::get<Counter>(series).sum == 3);
  CHECK_THROWS_AS(merge(series, Rate{}), std::bad_variant_access);
}
