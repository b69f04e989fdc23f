#include "analysis/words.h"

#include <catch2/catch.hpp>

using namespace analysis;

TEST_CASE("shares are short, and neither nothing nor all unless they are") {
  CHECK(as_share(0) == "0%");
  CHECK(as_share(1) == "100%");
  CHECK(as_share(0.259) == "25.9%");
  CHECK(as_share(0.5) == "50%");
  CHECK(as_share(0.0004) == "0.04%");
  CHECK(as_share(0.99996) != "100%");
}

TEST_CASE("percentiles say when they are uncertain") {
  metrics::Trend trend;
  CHECK(time_at(trend, 50) == "-");
  trend.values.record(0.5, 20);
  CHECK(time_at(trend, 50) == "500ms");
  CHECK(time_at(trend, 95) == "500ms~");
  trend.lower_bounds.record(0.5, 40);
  CHECK(time_at(trend, 50) == "≥500ms");
}

TEST_CASE("quantiles of what is above zero leave the zeros out") {
  metrics::Histogram histogram;
  CHECK(quantile_above_zero(histogram, 0.5) == 0);
  histogram.record(0, 90);
  CHECK(quantile_above_zero(histogram, 0.5) == 0);
  histogram.record(1, 6);
  histogram.record(2, 4);
  CHECK(quantile_above_zero(histogram, 0.5) == Approx(1).epsilon(0.01));
  CHECK(quantile_above_zero(histogram, 0.95) == Approx(2).epsilon(0.01));
}
