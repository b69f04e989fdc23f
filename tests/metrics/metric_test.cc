#include "metrics/metric.h"

#include <catch2/catch.hpp>

using namespace metrics;

TEST_CASE("types and units have the names that users read") {
  CHECK(to_string(Type::kCounter) == "counter");
  CHECK(to_string(Type::kGauge) == "gauge");
  CHECK(to_string(Type::kRate) == "rate");
  CHECK(to_string(Type::kTrend) == "trend");

  CHECK(to_string(Unit::kNone).empty());
  CHECK(to_string(Unit::kTime) == "s");
  CHECK(to_string(Unit::kShare) == "%");
  CHECK(to_string(Unit::kTokens) == "tokens");
  CHECK(to_string(Unit::kTokensPerSecond) == "tokens/s");
  CHECK(to_string(Unit::kEvents) == "events");
  CHECK(to_string(Unit::kBytes) == "B");
  CHECK(to_string(Unit::kUsd) == "usd");
}
