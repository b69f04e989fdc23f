#include "load/arrivals.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <set>

#include "load/random_scenario.h"

namespace {

using namespace std::chrono_literals;
using load::Arrival;
using load::Arrivals;
using load::ExecutorKind;
using load::Scenario;
using load::Start;
using load::Stripe;

Scenario constant(double rate, base::Duration duration, Arrival arrival = {}) {
  return {.executor = ExecutorKind::kConstantArrivalRate,
          .duration = duration,
          .rate = rate,
          .arrival = arrival};
}

Scenario ramp(double start_rate, std::vector<load::Stage> stages) {
  return {.executor = ExecutorKind::kRampingArrivalRate,
          .stages = std::move(stages),
          .start_rate = start_rate};
}

std::vector<Start> all_starts(const Scenario& scenario, std::uint64_t seed = 0,
                              Stripe stripe = {}) {
  std::vector<Start> starts;
  Arrivals arrivals(scenario, seed, stripe);
  while (const auto start = arrivals.next()) starts.push_back(*start);
  return starts;
}

std::vector<base::Duration> due_times(const Scenario& scenario) {
  std::vector<base::Duration> times;
  for (const Start& start : all_starts(scenario)) times.push_back(start.due);
  return times;
}

TEST_CASE("A constant rate starts at once and then evenly, but not at the very end") {
  CHECK(due_times(constant(4, 1s)) == std::vector<base::Duration>{0ms, 250ms, 500ms, 750ms});
  CHECK(all_starts(constant(30, 30s)).size() == 900);
}

TEST_CASE("Rates may be fractions, and count per time unit") {
  CHECK(due_times(constant(0.4, 10s)) == std::vector<base::Duration>{0s, 2500ms, 5s, 7500ms});
  Scenario scenario = constant(6, 30s);
  scenario.time_unit = 1min;
  CHECK(due_times(scenario) == std::vector<base::Duration>{0s, 10s, 20s});
  CHECK(due_times(constant(0.1, 5s)) == std::vector<base::Duration>{0s});
}

TEST_CASE("A constant rate is exact to a microsecond after a day") {
  const double rate = GENERATE(0.7, 3.0, 100.0 / 7);
  const auto starts = all_starts(constant(rate, 25h), 0, {.index = 0, .count = 1000});
  REQUIRE(starts.back().due > 24h);
  for (const Start& start : starts) {
    const long double exact = static_cast<long double>(start.number) / rate * 1e9L;
    REQUIRE(std::abs(static_cast<long double>(start.due.count()) - exact) < 1000);
  }
}

TEST_CASE("A ramp's start i is due where the integral of the rate reaches i") {
  // Ten starts in the first stage, by the root; twenty in the second, evenly.
  const auto times = due_times(ramp(0, {{2s, 10}, {2s, 10}}));
  REQUIRE(times.size() == 30);
  for (int i = 1; i <= 10; ++i) {
    CHECK(std::abs((times[i - 1] - base::from_seconds(2 * std::sqrt(i / 10.0))).count()) <= 1);
  }
  for (int i = 11; i <= 30; ++i) {
    CHECK(times[i - 1] == 2s + std::chrono::milliseconds(100) * (i - 10));
  }
}

TEST_CASE("Starts are numbered from 0") {
  CHECK(all_starts(constant(2, 1s)) == std::vector<Start>{{0ms, 0}, {500ms, 1}});
  CHECK(all_starts(ramp(2, {{1s, 2}})) == std::vector<Start>{{500ms, 0}, {1s, 1}});
}

TEST_CASE("A trace is replayed at its speed, each start with its place in the trace") {
  auto trace = std::make_shared<load::Trace>();
  for (const base::Duration due : {0ms, 100ms, 100ms, 1000ms}) trace->arrivals.push_back({due, 0});
  Scenario scenario{.executor = ExecutorKind::kTrace, .trace = trace, .speed = 2};
  CHECK(all_starts(scenario) == std::vector<Start>{{0ms, 0}, {50ms, 1}, {50ms, 2}, {500ms, 3}});
  CHECK(all_starts(scenario, 0, {.index = 1, .count = 2}) ==
        std::vector<Start>{{50ms, 1}, {500ms, 3}});
  scenario.speed = 0.1;
  CHECK(all_starts(scenario).back().due == 10s);
}

TEST_CASE("The stripes of any plan make the whole, each start in exactly one of them") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    base::RandomStream random(base::derive_seed(3, seed));
    const Scenario scenario = tests::random_open_scenario(random);
    const auto whole = all_starts(scenario, seed);
    REQUIRE(std::is_sorted(whole.begin(), whole.end(),
                           [](const Start& a, const Start& b) { return a.due < b.due; }));
    for (const std::uint64_t workers : {1, 2, 3, 16}) {
      std::vector<Start> united;
      for (std::uint64_t index = 0; index < workers; ++index) {
        const auto part = all_starts(scenario, seed, {index, workers});
        united.insert(united.end(), part.begin(), part.end());
      }
      std::sort(united.begin(), united.end(),
                [](const Start& a, const Start& b) { return a.number < b.number; });
      REQUIRE(united == whole);
    }
    for (std::size_t i = 0; i < whole.size(); ++i) {
      REQUIRE(whole[i].number == i);
      REQUIRE(whole[i].due >= 0s);
      REQUIRE(whole[i].due <= scenario.regular_duration());
    }
  }
}

// ---- random arrivals

constexpr Arrival kPoisson{.kind = Arrival::Kind::kPoisson};

Arrival gamma_of(double burstiness) {
  return {.kind = Arrival::Kind::kGamma, .burstiness = burstiness};
}

// The regularized lower incomplete gamma function: by its series where that converges fast, else by
// the continued fraction of its complement (Lentz).
double incomplete_gamma(double a, double x) {
  const double scale = std::exp(a * std::log(x) - x - std::lgamma(a));
  if (x < a + 1) {
    double term = 1 / a;
    double sum = term;
    for (int n = 1; n < 1000; ++n) sum += term *= x / (a + n);
    return scale * sum;
  }
  double b = x + 1 - a;
  double c = 1e300;
  double d = 1 / b;
  double fraction = d;
  for (int n = 1; n < 1000; ++n) {
    b += 2;
    d = 1 / (n * (a - n) * d + b);
    c = b + n * (a - n) / c;
    fraction *= c * d;
  }
  return 1 - scale * fraction;
}

// The Kolmogorov-Smirnov distance of the gaps from the gamma distribution of mean 1, times the root
// of their number: above 1.63 for one in a hundred good samples.
double distance(std::vector<double> gaps, double shape) {
  std::sort(gaps.begin(), gaps.end());
  const auto n = static_cast<double>(gaps.size());
  double largest = 0;
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    const double expected = incomplete_gamma(shape, shape * gaps[i]);
    const auto rank = static_cast<double>(i);
    largest = std::max({largest, (rank + 1) / n - expected, expected - rank / n});
  }
  return largest * std::sqrt(n);
}

std::vector<double> gaps_of_constant(const Scenario& scenario, std::uint64_t seed) {
  std::vector<double> gaps;
  double before = 0;
  for (const Start& start : all_starts(scenario, seed)) {
    const double level = base::to_seconds(start.due) * scenario.rate;
    gaps.push_back(level - before);
    before = level;
  }
  return gaps;
}

TEST_CASE("The test's incomplete gamma function is right where it is known") {
  for (const double x : {0.01, 0.5, 1.0, 3.0, 20.0}) {
    CHECK(incomplete_gamma(1, x) == Approx(1 - std::exp(-x)));
    CHECK(incomplete_gamma(0.5, x) == Approx(std::erf(std::sqrt(x))));
  }
}

TEST_CASE("Poisson gaps are exponential") {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto gaps = gaps_of_constant(constant(10, 2000s, kPoisson), seed);
    CHECK(gaps.size() == Approx(20'000).margin(4 * std::sqrt(20'000.0)));
    CHECK(distance(gaps, 1) < 1.63);
    CHECK(distance(gaps, 1.1) > 1.63);  // The test can tell.
  }
}

TEST_CASE("Gamma gaps have the shape asked for") {
  // At a low rate, since due times are whole nanoseconds and bursts have gaps far below the mean.
  for (const double shape : {0.3, 0.5, 1.0, 4.0}) {
    CAPTURE(shape);
    for (const std::uint64_t seed : {1, 2, 3}) {
      const auto gaps = gaps_of_constant(constant(0.01, 2'000'000s, gamma_of(shape)), seed);
      const double spread = std::sqrt(20'000 / shape);
      CHECK(gaps.size() == Approx(20'000).margin(4 * spread));
      CHECK(distance(gaps, shape) < 1.63);
      CHECK(distance(gaps, shape * 1.1) > 1.63);
    }
  }
}

TEST_CASE("Random gaps follow a ramp") {
  const Arrival arrival = GENERATE(as<Arrival>{}, kPoisson, gamma_of(0.5));
  const double shape = arrival.kind == Arrival::Kind::kGamma ? 0.5 : 1;
  Scenario scenario = ramp(0, {{100s, 100}, {100s, 20}});
  scenario.arrival = arrival;
  const auto level = [](double t) {
    if (t < 100) return t * t / 2;
    return 5000 + 100 * (t - 100) - 0.4 * (t - 100) * (t - 100);
  };
  std::vector<double> gaps;
  double before = 0;
  for (const Start& start : all_starts(scenario, 5)) {
    gaps.push_back(level(base::to_seconds(start.due)) - before);
    before += gaps.back();
  }
  CHECK(gaps.size() == Approx(11'000).margin(4 * std::sqrt(11'000 / shape)));
  CHECK(distance(gaps, shape) < 1.63);
}

TEST_CASE("The same seed gives the same schedule and another gives another") {
  const Scenario scenario = constant(10, 100s, GENERATE(as<Arrival>{}, kPoisson, gamma_of(2)));
  const bool repeats = all_starts(scenario, 7) == all_starts(scenario, 7);
  const bool differs = all_starts(scenario, 7) != all_starts(scenario, 8);
  CHECK(repeats);
  CHECK(differs);
}

TEST_CASE("Scenarios of one plan have arrivals of their own") {
  std::set<std::uint64_t> seeds;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    for (std::size_t scenario = 0; scenario < 10; ++scenario) {
      seeds.insert(load::arrivals_seed(seed, scenario));
    }
  }
  CHECK(seeds.size() == 100);
}

}  // namespace
