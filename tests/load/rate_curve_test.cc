#include "load/rate_curve.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/random.h"

namespace {

using namespace std::chrono_literals;
using load::ExecutorKind;
using load::RateCurve;
using load::Scenario;
using load::Stage;

Scenario ramp(double start_rate, std::vector<Stage> stages, base::Duration time_unit = 1s) {
  return {.executor = ExecutorKind::kRampingArrivalRate,
          .stages = std::move(stages),
          .start_rate = start_rate,
          .time_unit = time_unit};
}

TEST_CASE("A constant rate's level rises evenly") {
  RateCurve curve({.executor = ExecutorKind::kConstantArrivalRate,
                   .duration = 10s,
                   .rate = 30,
                   .time_unit = 1min});
  CHECK(curve.total() == Approx(5));
  CHECK(curve.reach(0) == 0s);
  CHECK(curve.reach(0.5L) == 1s);
  CHECK(curve.reach(5) == 10s);
  CHECK(curve.reach(5.01L) == std::nullopt);
}

TEST_CASE("A rising rate's level is a parabola from its foot") {
  RateCurve curve(ramp(0, {{10s, 200}}));
  CHECK(curve.total() == Approx(1000));
  CHECK(curve.reach(0) == 0s);
  CHECK(curve.reach(10) == 1s);
  CHECK(curve.reach(250) == 5s);
  CHECK(curve.reach(1000) == 10s);
}

TEST_CASE("A falling rate's level is a parabola to its top") {
  RateCurve curve(ramp(200, {{10s, 0}}));
  CHECK(curve.reach(0) == 0s);
  CHECK(curve.reach(750) == 5s);
  CHECK(curve.reach(990) == 9s);
  CHECK(curve.reach(1000) == 10s);
  CHECK(curve.reach(1000.01L) == std::nullopt);
}

TEST_CASE("Stages of no length are jumps of the rate") {
  RateCurve curve(ramp(0, {{0s, 10}, {1s, 10}, {0s, 100}, {1s, 100}}));
  CHECK(curve.reach(5) == 500ms);
  CHECK(curve.reach(60) == 1500ms);
}

TEST_CASE("A level that is reached as the rate falls to zero is not late by the pause after it") {
  // 0.1 is a little off, so the levels at the stages' ends are not quite 1 and 3.
  RateCurve curve(ramp(0.2, {{10s, 0}, {1h, 0}, {0s, 0.1}, {20s, 0.1}}));
  const auto near = [](std::optional<base::Duration> at, base::Duration expected) {
    return at && std::chrono::abs(*at - expected) < 1us;
  };
  CHECK(near(curve.reach(1), 10s));
  CHECK(near(curve.reach(2), 10s + 1h + 10s));
  CHECK(near(curve.reach(3), 10s + 1h + 20s));
}

TEST_CASE("A rate of zero has no level but zero") {
  RateCurve curve(ramp(0, {{10s, 0}}));
  CHECK(curve.total() == 0);
  CHECK(curve.reach(0.1L) == std::nullopt);
}

TEST_CASE("Any rate is exact to a microsecond over a day") {
  constexpr double kTop = 1e6;
  constexpr long double kDay = 86'400e9L;
  SECTION("constant: the time is the level over the rate") {
    const double rate = GENERATE(0.7, 1e6 / 7, 1e6);
    RateCurve curve(
        {.executor = ExecutorKind::kConstantArrivalRate, .duration = 24h, .rate = rate});
    for (const long double level : {1.0L, std::floor(curve.total() / 3), curve.total() - 1}) {
      const auto at = curve.reach(level);
      REQUIRE(at);
      CHECK(std::abs(static_cast<long double>(at->count()) - level / rate * 1e9L) < 1e3);
    }
  }
  SECTION("rising: the time is the day times the root of the share") {
    RateCurve curve(ramp(0, {{24h, kTop}}));
    const long double total = kTop * 43'200;
    for (const long double level : {1.0L, 2.0L, 1e6L, 1e10L, total - 1, total}) {
      const auto at = curve.reach(level);
      REQUIRE(at);
      CHECK(std::abs(static_cast<long double>(at->count()) - kDay * std::sqrt(level / total)) <
            1e3);
    }
  }
  SECTION("falling: the same from the end") {
    RateCurve curve(ramp(kTop, {{24h, 0}}));
    const long double total = kTop * 43'200;
    for (const long double left : {total - 1, 1e10L, 1e6L, 2.0L, 1.0L, 0.0L}) {
      const auto at = curve.reach(total - left);
      REQUIRE(at);
      const long double exact = kDay - kDay * std::sqrt(left / total);
      CHECK(std::abs(static_cast<long double>(at->count()) - exact) < 1e3);
    }
  }
}

// The integral of the rate up to a time, straight from its definition.
long double level_at(const Scenario& scenario, base::Duration time) {
  const auto unit = static_cast<long double>(scenario.time_unit.count());
  long double level = 0;
  long double from = scenario.start_rate;
  base::Duration begin{};
  for (const Stage& stage : scenario.stages) {
    const base::Duration inside = std::clamp(time - begin, base::Duration::zero(), stage.duration);
    if (inside > base::Duration::zero()) {
      const auto t = static_cast<long double>(inside.count());
      const auto length = static_cast<long double>(stage.duration.count());
      const long double rate = from + (stage.target - from) * t / length;
      level += (from + rate) / 2 * t / unit;
    }
    begin += stage.duration;
    from = stage.target;
  }
  return level;
}

TEST_CASE("For any stages the level is first reached at the time given, to a microsecond") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    base::RandomStream random(base::derive_seed(11, seed));
    Scenario scenario = ramp(random.below(3) == 0 ? 0 : 1000 * random.uniform(), {},
                             std::chrono::milliseconds(1 + random.below(60'000)));
    for (std::uint64_t i = 1 + random.below(6); i > 0; --i) {
      const base::Duration length =
          random.below(4) == 0 ? 0ms : std::chrono::milliseconds(random.below(20'000'000));
      scenario.stages.push_back({length, random.below(3) == 0 ? 0 : 1000 * random.uniform()});
    }
    RateCurve curve(scenario);
    CAPTURE(seed, static_cast<double>(curve.total()));
    for (int i = 1; i <= 50; ++i) {
      const long double level = curve.total() * i / 50;
      if (level == 0) break;
      const auto at = curve.reach(level);
      REQUIRE(at);
      REQUIRE(level_at(scenario, *at - 1us) <= level + 1e-6L);
      REQUIRE(level_at(scenario, *at + 1us) >= level - 1e-6L);
      REQUIRE(level_at(scenario, *at - 1ms) < level);  // Not after a pause, but before it.
    }
  }
}

}  // namespace
