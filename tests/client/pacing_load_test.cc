// Pacing under load: what must hold whatever is asked of it, and what it reaches.
#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <mutex>
#include <semaphore>
#include <thread>
#include <vector>

#include "client/pacing.h"
#include "client/pacing_simulation.h"

using namespace std::chrono_literals;
using base::Duration;
using base::RandomStream;
using base::TimePoint;
using client::Pacing;
using client::PacingLimits;
using tests::PacingSimulation;

namespace {

using Demand = Pacing::Demand;

double per_second(std::optional<double> per_minute) { return *per_minute / 60; }

Duration up_to(RandomStream& random, Duration most) {
  return Duration(
      static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most.count()))));
}

// Anything from far below to far above the truth, with a giant now and then.
PacingSimulation::Request any_request(RandomStream& random) {
  const auto tokens = [&](double mean) { return std::floor(mean * random.exponential()); };
  const double size = random.below(50) == 0 ? 20'000 : 300;
  PacingSimulation::Request request;
  request.estimate = {tokens(size), tokens(100)};
  request.used = random.below(10) == 0 ? Demand{} : Demand{tokens(size), tokens(100)};
  request.runs = up_to(random, 5s);
  request.pause = up_to(random, 2s);
  if (random.below(8) == 0) request.gives_up_after = up_to(random, 60s);
  request.settles = random.below(10) > 0;
  return request;
}

PacingLimits any_limits(RandomStream& random) {
  PacingLimits limits;
  limits.mode = PacingLimits::Mode::kPace;
  limits.requests_per_minute = 30.0 + static_cast<double>(random.below(1000));
  limits.input_tokens_per_minute = 1000.0 + static_cast<double>(random.below(200'000));
  limits.output_tokens_per_minute = 1000.0 + static_cast<double>(random.below(50'000));
  limits.concurrency = 1 + random.below(20);
  limits.burst = up_to(random, 20s);
  return limits;
}

}  // namespace

TEST_CASE("what is sent never exceeds capacity and supply, nor what runs the concurrency") {
  const std::uint64_t seed = GENERATE(range(1, 31));
  RandomStream random(seed);
  const PacingLimits limits = any_limits(random);
  PacingSimulation simulation(limits, 40, any_request, seed);
  const double rates[] = {per_second(limits.requests_per_minute),
                          per_second(limits.input_tokens_per_minute),
                          per_second(limits.output_tokens_per_minute)};
  std::uint64_t sends = 0;
  std::uint64_t excesses = 0;
  simulation.on_sent = [&] {
    ++sends;
    const double seconds = base::to_seconds(simulation.now - simulation.start);
    for (std::size_t i = 0; i < 3; ++i) {
      const double capacity = std::max(1.0, rates[i] * base::to_seconds(limits.burst));
      if (simulation.sent[i] > capacity + rates[i] * (seconds + 1e-6)) ++excesses;
    }
    if (simulation.running > *limits.concurrency) ++excesses;
  };
  simulation.run_until(simulation.start + 20min);
  CHECK(excesses == 0);
  CHECK(sends > 50);
  CHECK(simulation.given_up > 0);
}

TEST_CASE("with true estimates no stretch of time gets more than a bucket and its supply") {
  const std::uint64_t seed = GENERATE(range(1, 11));
  PacingLimits limits;
  limits.mode = PacingLimits::Mode::kPace;
  limits.input_tokens_per_minute = 60'000;
  RandomStream random(seed);
  limits.burst = up_to(random, 10s);
  const double capacity = 1000 * base::to_seconds(limits.burst);
  PacingSimulation simulation(
      limits, 30,
      [](RandomStream& stream) {
        PacingSimulation::Request request;
        request.estimate.input_tokens = request.used.input_tokens =
            static_cast<double>(stream.below(4000));
        request.runs = up_to(stream, 3s);
        request.pause = up_to(stream, 20s);
        return request;
      },
      seed);
  // How full the bucket would be at a server that knows each request's cost when it comes. One
  // that is larger than the bucket leaves a debt there.
  double level = capacity;
  double before = 0;
  TimePoint last = simulation.start;
  double lowest = 0;
  simulation.on_sent = [&] {
    level = std::min(capacity, level + 1000 * base::to_seconds(simulation.now - last));
    level -= simulation.sent[1] - before;
    before = simulation.sent[1];
    last = simulation.now;
    lowest = std::min(lowest, level);
  };
  simulation.run_until(simulation.start + 10min);
  CHECK(lowest > -4000 - 1e-3);
}

TEST_CASE("users that ask for more than the limit get all of it, in turn") {
  // By which factor the estimates miss, with an error of each on top.
  const double factor = GENERATE(0.3, 1.0, 4.0);
  const Duration burst = GENERATE(Duration(100ms), Duration(1s), Duration(10s));
  CAPTURE(factor, burst.count());
  PacingLimits limits;
  limits.mode = PacingLimits::Mode::kPace;
  limits.input_tokens_per_minute = 60'000;
  limits.burst = burst;
  PacingSimulation simulation(
      limits, 50,
      [factor](RandomStream& random) {
        PacingSimulation::Request request;
        request.used.input_tokens = 200.0 + static_cast<double>(random.below(600));
        request.estimate.input_tokens =
            request.used.input_tokens * factor * (0.5 + random.uniform());
        request.runs = 1s + up_to(random, 2s);
        return request;
      },
      17);
  simulation.run_until(simulation.start + 2min);
  const double warm = simulation.sent[1];
  simulation.run_until(simulation.start + 62min);
  const double rate = (simulation.sent[1] - warm) / 3600;
  CHECK(rate > 990);
  CHECK(rate < 1010);
  CHECK(simulation.fewest_runs() > 120);  // Of 150 on average.
}

TEST_CASE("places are all used, and nobody is forgotten") {
  PacingLimits limits;
  limits.mode = PacingLimits::Mode::kPace;
  limits.concurrency = 5;
  PacingSimulation simulation(
      limits, 40,
      [](RandomStream& random) {
        PacingSimulation::Request request;
        request.runs = 1s;
        if (random.below(4) == 0) request.gives_up_after = up_to(random, 10s);
        return request;
      },
      5);
  simulation.run_until(simulation.start + 20min);
  CHECK(simulation.sent[0] >= 5 * 20 * 60 * 0.999);
  CHECK(simulation.given_up > 100);
  CHECK(simulation.fewest_runs() > 75);  // Of 150 on average.
}

namespace {

// The time of all threads: it goes on when one of them has to wait.
class SharedTime {
 public:
  TimePoint now() const { return TimePoint(Duration(now_.load())); }
  void advance_to(TimePoint time) {
    std::int64_t now = now_.load();
    while (now < time.time_since_epoch().count() &&
           !now_.compare_exchange_weak(now, time.time_since_epoch().count())) {
    }
  }

 private:
  std::atomic<std::int64_t> now_ = 0;
};

}  // namespace

TEST_CASE("threads share the buckets and the places, and no wake is lost") {
  PacingLimits limits;
  limits.mode = PacingLimits::Mode::kPace;
  limits.input_tokens_per_minute = 60'000;
  limits.concurrency = 3;
  SharedTime time;
  Pacing pacing(limits, time.now());
  std::mutex mutex;
  double sent = 0;
  int running = 0;
  int excesses = 0;
  const auto one_request = [&](RandomStream& random) {
    // Held by the wake too, which can come after this request has gone.
    const auto placed = std::make_shared<std::binary_semaphore>(0);
    const auto sooner = std::make_shared<std::atomic<int>>(0);
    Pacing::Part part(pacing);
    const bool at_once = part.take_place([placed] { placed->release(); });
    if (random.below(8) == 0) return;
    if (!at_once) placed->acquire();
    const Demand estimate{.input_tokens = static_cast<double>(random.below(3000))};
    part.charge(estimate, time.now(), [sooner] { ++*sooner; });
    if (random.below(8) == 0) return;
    for (TimePoint ready = part.ready_at(time.now()); ready > time.now();
         ready = part.ready_at(time.now())) {
      time.advance_to(ready);
    }
    part.sent();
    {
      const std::lock_guard lock(mutex);
      sent += estimate.input_tokens;
      if (sent > 1000 + 1000 * base::to_seconds(time.now().time_since_epoch()) + 1e-3) ++excesses;
      if (++running > 3) ++excesses;
    }
    const Demand used{.input_tokens = std::floor(estimate.input_tokens * random.uniform())};
    {
      const std::lock_guard lock(mutex);
      sent -= estimate.input_tokens - used.input_tokens;
      --running;
    }
    part.settle(used, time.now());
  };
  std::vector<std::thread> threads;
  for (std::uint64_t thread = 0; thread < 6; ++thread) {
    threads.emplace_back([&, thread] {
      RandomStream random(thread);
      for (int i = 0; i < 1500; ++i) one_request(random);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(excesses == 0);
  CHECK(sent > 0);
  CHECK(pacing.used(time.now()).places == 0.0);
  CHECK(*pacing.used(time.now() + 1s).input_tokens == Approx(0));
}
