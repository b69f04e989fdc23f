#include "base/clock.h"

#include <catch2/catch.hpp>
#include <limits>

namespace {

using namespace std::chrono_literals;
using base::Duration;
using base::from_seconds;

TEST_CASE("Seconds become the nearest nanosecond") {
  CHECK(from_seconds(0) == 0ns);
  CHECK(from_seconds(1.5) == 1500ms);
  CHECK(from_seconds(0.1) == 100ms);
  CHECK(from_seconds(0.4e-9) == 0ns);
  CHECK(from_seconds(0.6e-9) == 1ns);
  CHECK(from_seconds(-2.5) == -2500ms);
  CHECK(from_seconds(86'400.000001) == 24h + 1us);
}

TEST_CASE("Seconds outside the range are clamped and NaN is zero") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  CHECK(from_seconds(1e300) == Duration::max());
  CHECK(from_seconds(kInfinity) == Duration::max());
  CHECK(from_seconds(-1e300) == Duration::min());
  CHECK(from_seconds(-kInfinity) == Duration::min());
  CHECK(from_seconds(std::numeric_limits<double>::quiet_NaN()) == 0ns);
  CHECK(from_seconds(9.1e9).count() == 9'100'000'000'000'000'000);
}

TEST_CASE("Durations become seconds and back") {
  CHECK(base::to_seconds(1ns) == 1e-9);
  CHECK(base::to_seconds(-90min) == -5400);
  for (const Duration duration : {Duration(1ns), Duration(123'456'789ns), Duration(24h + 1ns)}) {
    CHECK(from_seconds(base::to_seconds(duration)) == duration);
  }
}

TEST_CASE("The monotonic clock does not go back") {
  const base::MonotonicClock clock;
  base::TimePoint previous = clock.now();
  CHECK(previous > base::TimePoint{});
  for (int i = 0; i < 1000; ++i) {
    const base::TimePoint now = clock.now();
    REQUIRE(now >= previous);
    previous = now;
  }
}

}  // namespace
