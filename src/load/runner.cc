#include "load/runner.h"

#include <utility>

namespace load {

SharedPlan::SharedPlan(Plan the_plan) : plan(std::move(the_plan)) {
  for (std::size_t i = 0; i < plan.scenarios.size(); ++i) {
    iterations.push_back(std::make_unique<SharedIterations>());
  }
}

namespace {

// Ids of added users are dealt to the scenarios in turn, so that no two are the same whoever gets
// how many.
std::uint64_t unique_id(const Plan& plan, std::size_t scenario, std::uint64_t id) {
  std::uint64_t earlier = 0;
  std::uint64_t planned = 0;
  for (std::size_t i = 0; i < plan.scenarios.size(); ++i) {
    const std::uint64_t own = plan.scenarios[i].most_vus();
    if (i < scenario) earlier += own;
    planned += own;
  }
  const std::uint64_t own = plan.scenarios[scenario].most_vus();
  if (id <= own) return earlier + id;
  return planned + (id - own - 1) * plan.scenarios.size() + scenario + 1;
}

}  // namespace

Runner::Runner(net::EventLoop& loop, SharedPlan& shared, Stripe stripe, metrics::Shard& shard,
               const MakeVu& make_vu)
    // Due executors are advanced at the turn's end, where scripts may run: waking is enough.
    : loop_(loop), timer_(loop, [] {}) {
  for (std::size_t i = 0; i < shared.plan.scenarios.size(); ++i) {
    const Scenario& scenario = shared.plan.scenarios[i];
    const auto make_with_unique_id = [make_vu, &plan = shared.plan](VuIdentity identity) {
      identity.id = unique_id(plan, identity.scenario, identity.id);
      return make_vu(identity);
    };
    if (is_open(scenario.executor)) {
      executors_.emplace_back(std::in_place_type<ArrivalExecutor>, scenario, i, shared.plan.seed,
                              stripe, shard, clock_, make_with_unique_id);
    } else {
      executors_.emplace_back(std::in_place_type<ClosedExecutor>, scenario, i, stripe,
                              *shared.iterations[i], shard, clock_, make_with_unique_id);
      if (shared.users_may_change) std::get<ClosedExecutor>(executors_.back()).allow_changes();
    }
  }
}

template <typename Call>
void Runner::for_each(const Call& call) {
  for (Executor& executor : executors_) std::visit(call, executor);
}

void Runner::begin(base::TimePoint start, net::EventLoop::Callback on_done) {
  on_done_ = std::move(on_done);
  for_each([start](auto& executor) { executor.begin(start); });
  settle();
}

void Runner::advance() {
  for_each([this](auto& executor) { executor.advance(clock_.now()); });
  settle();
}

void Runner::stop_gracefully() {
  for_each([this](auto& executor) { executor.stop_gracefully(clock_.now()); });
  settle();
}

void Runner::stop_now() {
  for_each([this](auto& executor) { executor.stop_now(clock_.now()); });
  settle();
}

void Runner::pause() {
  for_each([this](auto& executor) { executor.pause(clock_.now()); });
  settle();
}

void Runner::resume() {
  for_each([this](auto& executor) { executor.resume(clock_.now()); });
  settle();
}

void Runner::set_users(std::size_t scenario, std::uint64_t users) {
  if (auto* closed = std::get_if<ClosedExecutor>(&executors_[scenario])) {
    closed->set_users(users, clock_.now());
  }
  settle();
}

std::vector<std::uint64_t> Runner::active_vus_by_scenario() const {
  std::vector<std::uint64_t> active;
  for (const Executor& executor : executors_) {
    active.push_back(std::visit([](const auto& any) { return any.active_vus(); }, executor));
  }
  return active;
}

void Runner::settle() {
  std::uint64_t active = 0;
  bool done = true;
  std::optional<base::TimePoint> earliest;
  for_each([&](const auto& executor) {
    active += executor.active_vus();
    done = done && executor.done();
    const auto wake = executor.next_wake();
    if (wake && (!earliest || *wake < *earliest)) earliest = wake;
  });
  active_vus_.store(active, std::memory_order_relaxed);
  arm(earliest);
  if (done && on_done_) loop_.post(std::exchange(on_done_, nullptr));
}

void Runner::arm(std::optional<base::TimePoint> wake) {
  if (!wake) {
    timer_.disarm();
  } else if (!timer_.armed() || *wake != armed_for_) {
    armed_for_ = *wake;
    timer_.arm_at(*wake);
  }
}

}  // namespace load
