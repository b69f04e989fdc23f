#include "metrics/client_error.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/random.h"
#include "metrics/builtin.h"

using namespace metrics;

namespace {

// A trend whose values have errors: what is measured is the true value plus the error.
struct Fixture {
  Registry registry;
  Trend trend;

  void add(double value, double error = 0) {
    trend.values.record(value);
    if (error > 0) trend.errors.record(error);
  }
  ErrorBound bound(std::string_view aggregate, double lost = 0) {
    const bool is_time = aggregate != "count";
    const auto text = "llm_ttft " + std::string(aggregate) + (is_time ? " < 1s" : " < 1");
    return error_bound(trend, parse_threshold(text, registry).value(), lost);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "values that are exact have no error") {
  for (int i = 1; i <= 100; ++i) add(i);
  CHECK(bound("p(95)").is_zero());
  CHECK(bound("avg").is_zero());
  CHECK(bound("max").is_zero());
}

TEST_CASE_METHOD(Fixture, "where every value is off by as much, so is a quantile") {
  for (int i = 1; i <= 1000; ++i) add(1, 0.01);
  CHECK(bound("p(50)").below == Approx(0.01).epsilon(0.01));
  CHECK(bound("p(99)").above == Approx(0.01).epsilon(0.01));
}

TEST_CASE_METHOD(
    Fixture, "a few values that are far off move a quantile by their number, not by their error") {
  for (int i = 1; i <= 1000; ++i) add(i * 0.001, i % 100 == 0 ? 5.0 : 0.0);
  // One in a hundred may lie anywhere: the true p95 lies between p94 and p96.
  CHECK(bound("p(95)").below == Approx(0.010).margin(0.004));
  CHECK(bound("p(95)").above == Approx(0.010).margin(0.004));
}

TEST_CASE_METHOD(Fixture, "a mean is off by the mean error, an extreme by the largest") {
  for (int i = 0; i < 10; ++i) add(1, i == 0 ? 0.5 : 0);
  CHECK(bound("avg").below == Approx(0.05));
  CHECK(bound("sum").above == Approx(0.5));
  CHECK(bound("max").above == Approx(0.5));
  CHECK(bound("min").below == Approx(0.5));
  CHECK(bound("stddev").above == Approx(0.5 / std::sqrt(10.0)));
  CHECK(bound("count").is_zero());
}

TEST_CASE_METHOD(Fixture, "what was lost can have been of any length") {
  for (int i = 1; i <= 1000; ++i) add(i * 0.001);
  const ErrorBound few = bound("p(95)", 10);
  CHECK(few.above == Approx(0.0095).margin(0.004));
  CHECK(few.below == Approx(0.0005).margin(0.004));
  CHECK(std::isinf(bound("p(99.5)", 10).above));
}

TEST_CASE_METHOD(Fixture, "the true quantile never lies outside the bound") {
  base::RandomStream random(7);
  for (int run = 0; run < 200; ++run) {
    trend = {};
    Histogram truth;
    for (int i = 0; i < 300; ++i) {
      const double value = 0.1 + random.uniform();
      const double most = random.uniform() < 0.3 ? random.uniform() * 0.5 : 0;
      truth.record(value);
      add(value + most * random.uniform(), most);
    }
    for (const double p : {5.0, 50.0, 95.0, 99.0}) {
      const ErrorBound error = bound("p(" + std::to_string(p) + ")");
      const double measured = trend.quantile(p / 100).value;
      const double resolution = 0.006 * measured;  // Of two buckets.
      CHECK(truth.quantile(p / 100) >= measured - error.below - resolution);
      CHECK(truth.quantile(p / 100) <= measured + error.above + resolution);
    }
  }
}

TEST_CASE_METHOD(Fixture, "failures that the client brought about may be none of the server's") {
  const auto share = parse_threshold("llm_request_failed rate < 1%", registry).value();
  const Rate rate{.trues = 5, .total = 100, .own_trues = 4};
  CHECK(error_bound(rate, share).below == Approx(0.04));
  CHECK(error_bound(rate, share).above == 0);
}
