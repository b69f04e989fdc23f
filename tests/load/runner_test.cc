#include "load/runner.h"

#include <catch2/catch.hpp>
#include <map>
#include <utility>

#include "load/fake_vu.h"

namespace {

using namespace std::chrono_literals;
using load::ExecutorKind;
using load::Scenario;

class InstantVu;
using Queue = std::vector<InstantVu*>;  // Those that call back at the next turn's end.

// A VU whose doings take no time: it calls back at the end of the next turn.
class InstantVu final : public load::Vu {
 public:
  explicit InstantVu(Queue& queue) : queue_(queue) {}
  ~InstantVu() override { interrupt(); }

  void run_on_start(Done done) override { begin(std::move(done)); }
  void run_iteration(const load::Iteration& /*iteration*/, IterationDone done) override {
    begin([done = std::move(done)] { done(base::Duration::zero()); });
  }
  void run_on_stop(Done done) override { begin(std::move(done)); }
  void interrupt() override { std::erase(queue_, this); }
  std::optional<base::TimePoint> begun() const override { return std::nullopt; }
  metrics::TagsId tags() const override { return 0; }

  void call_back() { std::exchange(callback_, nullptr)(); }

 private:
  void begin(Done callback) {
    callback_ = std::move(callback);
    queue_.push_back(this);
  }

  Queue& queue_;
  Done callback_;
};

// A worker in small: a loop, a runner, and a turn's end.
class Worker {
 public:
  explicit Worker(std::vector<Scenario> scenarios, bool users_may_change = false)
      : shared_(make_shared_plan(std::move(scenarios), users_may_change)),
        runner(loop, shared_, {}, shard, [this](const load::VuIdentity& identity) {
          made[identity.id] = identity.scenario;
          return std::make_unique<InstantVu>(queue_);
        }) {}

  // Runs until the runner says that it is done, calling `each_turn` at every turn's end.
  void run(const std::function<void(int turn)>& each_turn = [](int) {}) {
    runner.begin(loop.now(), [this] {
      ++done_calls;
      loop.stop();
    });
    int turn = 0;
    loop.run([&] {
      for (InstantVu* vu : std::exchange(queue_, {})) vu->call_back();
      runner.advance();
      each_turn(++turn);
      if (turn > 10'000) loop.stop();
      if (!queue_.empty()) loop.post([] {});
    });
  }

 private:
  static load::SharedPlan make_shared_plan(std::vector<Scenario> scenarios, bool users_may_change) {
    load::SharedPlan shared({.scenarios = std::move(scenarios), .seed = 0});
    shared.users_may_change = users_may_change;
    return shared;
  }

  load::SharedPlan shared_;
  Queue queue_;
  metrics::Registry registry_;

 public:
  net::EventLoop loop;
  metrics::Shard shard{registry_};
  std::map<std::uint64_t, std::size_t> made;  // The scenario of each VU by its id.
  int done_calls = 0;
  load::Runner runner;
};

Scenario shared_iterations(std::uint64_t vus, std::uint64_t iterations) {
  return {.executor = ExecutorKind::kSharedIterations,
          .users = {{"User", 1}},
          .vus = vus,
          .iterations = iterations};
}

Scenario endless(std::uint64_t vus) {
  return {
      .executor = ExecutorKind::kConstantVus, .users = {{"User", 1}}, .vus = vus, .duration = 24h};
}

TEST_CASE("A runner runs all scenarios to their end and says so once") {
  Worker worker({shared_iterations(3, 10), shared_iterations(2, 50)});
  worker.run();
  CHECK(worker.done_calls == 1);
  CHECK(worker.runner.active_vus() == 0);
  CHECK(tests::recorded(worker.shard).iterations == 60);
}

TEST_CASE("Ids of a scenario's VUs follow those of the scenario before it") {
  Worker worker({shared_iterations(3, 10), shared_iterations(2, 50)});
  worker.run();
  CHECK(worker.made ==
        std::map<std::uint64_t, std::size_t>{{1, 0}, {2, 0}, {3, 0}, {4, 1}, {5, 1}});
}

TEST_CASE("A runner's timer brings about the turn in which a scenario is due") {
  Scenario later = shared_iterations(1, 2);
  later.start_time = 2ms;
  Worker worker({shared_iterations(1, 1), later});
  worker.run();
  CHECK(tests::recorded(worker.shard).iterations == 3);
}

TEST_CASE("A runner runs open and closed scenarios beside each other") {
  const Scenario open{.executor = ExecutorKind::kConstantArrivalRate,
                      .users = {{"User", 1}},
                      .duration = 20ms,
                      .rate = 1000,
                      .max_vus = 4};
  Worker worker({shared_iterations(2, 30), open, shared_iterations(1, 5)});
  worker.run();
  CHECK(worker.done_calls == 1);
  const auto metrics = tests::recorded(worker.shard);
  CHECK(metrics.iterations == 30 + 20 + 5);
  CHECK(metrics.vu_wait.count() == 20);
  CHECK(worker.made.at(3) == 1);
  CHECK(worker.made.at(7) == 2);  // After the four that the open scenario may have.
}

TEST_CASE("A runner that is stopped gracefully is done when its VUs have stopped") {
  Worker worker({endless(4), endless(1)});
  worker.run([&worker](int turn) {
    if (turn == 5) CHECK(worker.runner.active_vus() == 5);
    if (turn == 5) worker.runner.stop_gracefully();
  });
  CHECK(worker.done_calls == 1);
  CHECK(worker.runner.active_vus() == 0);
  CHECK(tests::recorded(worker.shard).interrupted == 0);
}

TEST_CASE("A runner that is stopped now has no VU left right after") {
  Worker worker({endless(4)});
  worker.run([&worker](int turn) {
    if (turn != 5 && turn != 6) return;
    worker.runner.stop_now();
    CHECK(worker.runner.active_vus() == 0);
  });
  CHECK(worker.done_calls == 1);
  CHECK(tests::recorded(worker.shard).interrupted == 4);
}

TEST_CASE("A runner that is paused begins nothing until it goes on") {
  Worker worker({shared_iterations(2, 40)});
  double when_paused = 0;
  worker.run([&](int turn) {
    if (turn == 3) worker.runner.pause();
    if (turn == 3) when_paused = tests::recorded(worker.shard).iterations;
    if (turn == 3) worker.loop.post([] {});
    if (turn > 3 && turn < 8) worker.loop.post([] {});
    if (turn == 8) worker.runner.resume();
  });
  CHECK(worker.done_calls == 1);
  CHECK(when_paused + tests::recorded(worker.shard).iterations == 40);
}

TEST_CASE("Users that are added have ids after all that were planned, each its own") {
  Worker worker({endless(2), endless(1)}, true);
  worker.run([&worker](int turn) {
    if (turn == 3) worker.runner.set_users(0, 4);
    if (turn == 4) worker.runner.set_users(1, 3);
    if (turn == 6) CHECK(worker.runner.active_vus() == 7);
    if (turn == 6)
      CHECK(worker.runner.active_vus_by_scenario() == std::vector<std::uint64_t>{4, 3});
    if (turn == 7) worker.runner.stop_now();
  });
  CHECK(worker.done_calls == 1);
  CHECK(worker.made == std::map<std::uint64_t, std::size_t>{
                           {1, 0}, {2, 0}, {3, 1}, {4, 0}, {6, 0}, {5, 1}, {7, 1}});
}

TEST_CASE("A worker without work is done at once") {
  Worker worker({});
  worker.run();
  CHECK(worker.done_calls == 1);
  CHECK(worker.made.empty());
}

}  // namespace
