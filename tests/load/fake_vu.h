// VUs whose doings take scripted times, and a world that moves the clock from one to the next.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "fake_clock.h"
#include "load/arrival_executor.h"
#include "load/closed_executor.h"
#include "metrics/builtin.h"
#include "metrics/shard.h"

namespace tests {

using Log = std::vector<std::string>;

// How long a VU takes for each thing; what has no time never ends by itself.
struct VuScript {
  std::optional<base::Duration> on_start = base::Duration::zero();
  std::optional<base::Duration> iteration = std::chrono::seconds(1);
  base::Duration think_time{};
  std::optional<base::Duration> on_stop = base::Duration::zero();
  bool has_on_start = true;            // Else an iteration may be the VU's first thing.
  base::Duration cpu_per_iteration{};  // By how much beginning an iteration moves the clock.
};

class FakeVu;

// All fake VUs of a test: what they shall do, what they did, and when the next calls back.
struct FakeVus {
  explicit FakeVus(FakeClock& the_clock) : clock(the_clock), start(the_clock.now()) {}

  FakeClock& clock;
  base::TimePoint start;
  std::function<VuScript(const load::VuIdentity&)> script = [](const auto&) { return VuScript{}; };
  // How long an iteration takes that begins now, in place of the script's time.
  std::function<base::Duration()> service_time;
  std::vector<FakeVu*> alive;
  std::vector<load::VuIdentity> made;
  std::vector<load::Iteration> iterations;  // All that were begun, in that order.
  std::vector<std::pair<std::uint64_t, std::string>> events;

  std::unique_ptr<load::Vu> make(const load::VuIdentity& identity);
  std::optional<base::TimePoint> next_callback() const;
  void call_back();  // All that are due.

  void note(std::uint64_t id, std::string_view what) {
    events.emplace_back(id, fmt::format("{:g} {}", base::to_seconds(clock.now() - start), what));
  }

  // What one VU did, as in {"0 on_start", "0 iteration", "1.5 on_stop"}.
  Log log(std::uint64_t id) const {
    Log lines;
    for (const auto& [vu, line] : events) {
      if (vu == id) lines.push_back(line);
    }
    return lines;
  }

  // How many events of a kind there were, over all VUs.
  std::size_t count(std::string_view what) const {
    return static_cast<std::size_t>(std::count_if(
        events.begin(), events.end(), [what](const auto& e) { return e.second.ends_with(what); }));
  }
};

// Fails the test where an executor breaks the contract of load::Vu.
class FakeVu final : public load::Vu {
 public:
  FakeVu(FakeVus& world, const load::VuIdentity& identity)
      : world_(world), identity_(identity), script_(world.script(identity)) {
    world_.alive.push_back(this);
    world_.made.push_back(identity);
  }
  ~FakeVu() override {
    CHECK_FALSE(in_callback_);
    world_.note(identity_.id, "gone");
    std::erase(world_.alive, this);
  }

  void run_on_start(Done done) override {
    CHECK(stage_ == Stage::kNew);
    stage_ = Stage::kStarted;
    begin("on_start", script_.on_start, std::move(done));
  }
  void run_iteration(const load::Iteration& iteration, IterationDone done) override {
    if (script_.has_on_start) CHECK(stage_ == Stage::kStarted);
    CHECK(stage_ != Stage::kStopped);
    CHECK(iteration.vu_wait >= base::Duration::zero());
    CHECK(iteration.due + iteration.vu_wait <= world_.clock.now());
    world_.iterations.push_back(iteration);
    begun_ = world_.clock.now();
    const auto time = world_.service_time ? world_.service_time() : script_.iteration;
    begin("iteration", time, [done = std::move(done), think = script_.think_time] { done(think); });
    world_.clock.advance(script_.cpu_per_iteration);
  }
  void run_on_stop(Done done) override {
    if (script_.has_on_start) CHECK(stage_ == Stage::kStarted);
    CHECK(stage_ != Stage::kStopped);
    stage_ = Stage::kStopped;
    begin("on_stop", script_.on_stop, std::move(done));
  }
  void interrupt() override {
    world_.note(identity_.id, "interrupted");
    callback_ = nullptr;
    ends_.reset();
  }
  std::optional<base::TimePoint> begun() const override { return begun_; }
  metrics::TagsId tags() const override { return 0; }

  std::optional<base::TimePoint> ends() const { return ends_; }
  void call_back() {
    ends_.reset();
    in_callback_ = true;
    std::exchange(callback_, nullptr)();
    in_callback_ = false;
  }

 private:
  enum class Stage { kNew, kStarted, kStopped };

  void begin(std::string_view what, std::optional<base::Duration> time, Done done) {
    CHECK_FALSE(in_callback_);
    CHECK_FALSE(callback_);  // One thing at a time.
    world_.note(identity_.id, what);
    callback_ = std::move(done);
    if (time) ends_ = world_.clock.now() + *time;
  }

  FakeVus& world_;
  load::VuIdentity identity_;
  VuScript script_;
  Stage stage_ = Stage::kNew;
  bool in_callback_ = false;
  std::optional<base::TimePoint> begun_;
  std::optional<base::TimePoint> ends_;
  Done callback_;
};

inline std::unique_ptr<load::Vu> FakeVus::make(const load::VuIdentity& identity) {
  return std::make_unique<FakeVu>(*this, identity);
}

inline std::optional<base::TimePoint> FakeVus::next_callback() const {
  std::optional<base::TimePoint> next;
  for (const FakeVu* vu : alive) {
    if (vu->ends() && (!next || *vu->ends() < *next)) next = vu->ends();
  }
  return next;
}

inline void FakeVus::call_back() {
  for (FakeVu* vu : std::vector(alive)) {
    if (vu->ends() && *vu->ends() <= clock.now()) vu->call_back();
  }
}

// What executors recorded, over all tags.
struct Recorded {
  double iterations = 0;
  double interrupted = 0;
  double dropped = 0;
  metrics::Trend duration;
  metrics::Trend duration_from_due;
  metrics::Trend start_lag;
  metrics::Trend vu_wait;
};

inline Recorded recorded(metrics::Shard& shard) {
  Recorded all;
  const auto sum = [](double& total, const metrics::Series& series) {
    total += std::get<metrics::Counter>(series).sum;
  };
  const auto merge = [](metrics::Trend& total, const metrics::Series& series) {
    total.merge(std::get<metrics::Trend>(series));
  };
  for (const auto& entry : shard.take_delta().entries) {
    if (entry.metric == metrics::kIterations) sum(all.iterations, entry.series);
    if (entry.metric == metrics::kInterruptedIterations) sum(all.interrupted, entry.series);
    if (entry.metric == metrics::kDroppedIterations) sum(all.dropped, entry.series);
    if (entry.metric == metrics::kIterationDuration) merge(all.duration, entry.series);
    if (entry.metric == metrics::kIterationDurationFromDue) {
      merge(all.duration_from_due, entry.series);
    }
    if (entry.metric == metrics::kStartLag) merge(all.start_lag, entry.series);
    if (entry.metric == metrics::kVuWait) merge(all.vu_wait, entry.series);
  }
  return all;
}

// One executor of a scenario with fake VUs.
template <typename Executor>
class WorldOf {
 public:
  explicit WorldOf(load::Scenario the_scenario, VuScript script = {}, load::Stripe stripe = {},
                   std::uint64_t seed = 0)
      : scenario(std::move(the_scenario)), vus(clock), executor(make_executor(stripe, seed)) {
    vus.script = [script](const auto&) { return script; };
  }

  // Begins at once; the test's time zero.
  void begin() { executor.begin(vus.start); }

  // Moves from event to event, up to and including this many seconds after the start.
  void run_until(double seconds) {
    const base::TimePoint end = vus.start + base::from_seconds(seconds);
    int steps = 0;
    for (; steps < 1'000'000; ++steps) {
      auto next = vus.next_callback();
      const auto wake = executor.next_wake();
      if (wake && (!next || *wake < *next)) next = wake;
      if (!next || *next > end) break;
      clock.set(std::max(clock.now(), *next));
      vus.call_back();
      executor.advance(clock.now());
    }
    REQUIRE(steps < 1'000'000);  // Else the executor asks to be woken without end.
    clock.set(std::max(clock.now(), end));
  }

  load::Scenario scenario;
  FakeClock clock;
  FakeVus vus;
  load::SharedIterations shared;
  metrics::Registry registry;
  metrics::Shard shard{registry};
  Executor executor;

 private:
  Executor make_executor(load::Stripe stripe, std::uint64_t seed) {
    const auto make = [this](const load::VuIdentity& identity) { return vus.make(identity); };
    if constexpr (std::is_same_v<Executor, load::ClosedExecutor>) {
      return Executor(scenario, 0, stripe, shared, shard, clock, make);
    } else {
      return Executor(scenario, 0, seed, stripe, shard, clock, make);
    }
  }
};

using ClosedWorld = WorldOf<load::ClosedExecutor>;
using OpenWorld = WorldOf<load::ArrivalExecutor>;

}  // namespace tests
