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
#include <utility>
#include <vector>

#include "fake_clock.h"
#include "load/executor.h"
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
  base::Duration cpu_per_iteration{};  // By how much beginning an iteration moves the clock.
};

class FakeVu;

// All fake VUs of a test: what they shall do, what they did, and when the next calls back.
struct FakeVus {
  explicit FakeVus(FakeClock& the_clock) : clock(the_clock), start(the_clock.now()) {}

  FakeClock& clock;
  base::TimePoint start;
  std::function<VuScript(const load::VuIdentity&)> script = [](const auto&) { return VuScript{}; };
  std::vector<FakeVu*> alive;
  std::vector<load::VuIdentity> made;
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
  void run_iteration(base::TimePoint due, IterationDone done) override {
    CHECK(stage_ == Stage::kStarted);
    CHECK(due <= world_.clock.now());
    begun_ = world_.clock.now();
    begin("iteration", script_.iteration,
          [done = std::move(done), think = script_.think_time] { done(think); });
    world_.clock.advance(script_.cpu_per_iteration);
  }
  void run_on_stop(Done done) override {
    CHECK(stage_ == Stage::kStarted);
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
  metrics::Trend duration;
  metrics::Trend duration_from_due;
  metrics::Trend start_lag;
};

inline Recorded recorded(metrics::Shard& shard) {
  Recorded all;
  for (const auto& entry : shard.take_delta().entries) {
    if (entry.metric == metrics::kIterations) {
      all.iterations += std::get<metrics::Counter>(entry.series).sum;
    } else if (entry.metric == metrics::kInterruptedIterations) {
      all.interrupted += std::get<metrics::Counter>(entry.series).sum;
    } else if (entry.metric == metrics::kIterationDuration) {
      all.duration.merge(std::get<metrics::Trend>(entry.series));
    } else if (entry.metric == metrics::kIterationDurationFromDue) {
      all.duration_from_due.merge(std::get<metrics::Trend>(entry.series));
    } else if (entry.metric == metrics::kStartLag) {
      all.start_lag.merge(std::get<metrics::Trend>(entry.series));
    }
  }
  return all;
}

// One executor of a scenario with fake VUs.
class World {
 public:
  explicit World(load::Scenario the_scenario, VuScript script = {}, load::Stripe stripe = {})
      : scenario(std::move(the_scenario)),
        vus(clock),
        executor(scenario, 0, stripe, shared, shard, clock,
                 [this](const load::VuIdentity& identity) { return vus.make(identity); }) {
    vus.script = [script](const auto&) { return script; };
  }

  // Begins at once; the test's time zero.
  void begin() { executor.begin(vus.start); }

  // Moves from event to event, up to and including this many seconds after the start.
  void run_until(double seconds) {
    const base::TimePoint end = vus.start + base::from_seconds(seconds);
    for (int steps = 0; steps < 100'000; ++steps) {
      auto next = vus.next_callback();
      const auto wake = executor.next_wake();
      if (wake && (!next || *wake < *next)) next = wake;
      if (!next || *next > end) break;
      clock.set(std::max(clock.now(), *next));
      vus.call_back();
      executor.advance(clock.now());
    }
    clock.set(std::max(clock.now(), end));
  }

  load::Scenario scenario;
  FakeClock clock;
  FakeVus vus;
  load::SharedIterations shared;
  metrics::Registry registry;
  metrics::Shard shard{registry};
  load::Executor executor;
};

}  // namespace tests
