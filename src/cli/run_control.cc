// What users do to a run while it runs: the part of Run that acts on signals and keys.
#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "cli/host.h"
#include "cli/run.h"

namespace cli {
namespace {

// A tenth of the planned users, so that one key serves ten users and ten thousand.
std::uint64_t step_of(std::uint64_t planned) { return std::max<std::uint64_t>(planned / 10, 1); }

}  // namespace

void Run::on_signal(Signal signal) {
  switch (signal) {
    case Signal::kNone:
      return;
    case Signal::kStop:
      return on_stop("interrupted by a signal");
    case Signal::kSuspend:
      return suspend();
    case Signal::kContinue:  // After a stop of which nobody told us before.
      return go_on();
    case Signal::kResize:
      return show_progress();
  }
}

void Run::go_on() {
  if (keys_ != nullptr) keys_->continued();
  for (const auto& output : outputs_) output->on_continue();
  show_progress();
}

void Run::on_stop(const char* reason) {
  ++stops_;
  // A test whose load is over may still clean up and say what it came to.
  const bool was_over = load_over_ && stops_ == 1;
  if (!stopping_ && !was_over) {
    stopping_ = true;
    result_.end = output::End::kInterrupted;
    result_.end_reason = reason;
  }
  if (stops_ > 1) return stop_now();
  if (was_over) return say("the load is over; again to stop at once");
  say("stopping: iterations under way may finish; again to stop at once");
  for (const auto& worker : workers_) worker->stop_gracefully();
}

void Run::suspend() {
  for (const auto& output : outputs_) output->on_suspend();
  if (keys_ != nullptr) keys_->suspend();
  suspend_process();
  go_on();
}

void Run::take_keys() {
  if (keys_ == nullptr) return;
  for (const char key : keys_->take()) {
    if (key == 'q') on_stop("interrupted by the key q");
    if (key == 'p') toggle_pause();
    if (key == '+' || key == '=') change_users(1);
    if (key == '-') change_users(-1);
  }
}

bool Run::takes_changes() const {
  return start_ != base::TimePoint{} && !stopping_ && !load_over_ && !load_done();
}

void Run::toggle_pause() {
  if (!takes_changes()) return;
  const base::Duration at = elapsed();
  if (interventions_.paused()) {
    interventions_.resume(at);
    say("going on at " + base::format_duration(at));
    for (const auto& worker : workers_) worker->resume();
  } else {
    interventions_.pause(at);
    say("paused at " + base::format_duration(at) +
        ": no iteration begins, those under way go on; p to go on");
    for (const auto& worker : workers_) worker->pause();
  }
  show_progress();
}

void Run::change_users(int direction) {
  if (!takes_changes()) return;
  bool any = false;
  for (std::size_t i = 0; i < plan_.plan.scenarios.size(); ++i) {
    const load::Scenario& scenario = plan_.plan.scenarios[i];
    if (!scenario.users_may_change()) continue;
    any = true;
    const std::uint64_t from = users_[i];
    const std::uint64_t step = step_of(scenario.vus);
    const std::uint64_t to = direction > 0 ? from + step : std::max(from, step + 1) - step;
    const base::Duration end = scenario.start_time + scenario.regular_duration();
    if (to == from || elapsed() >= end) continue;
    users_[i] = to;
    interventions_.change_users(scenario.name, from, to, elapsed());
    say(fmt::format("users of {}: {} → {}", scenario.name, from, to));
    for (const auto& worker : workers_) worker->set_users(i, to);
  }
  if (!any) say("the users of this plan cannot be changed: only constant-vus scenarios allow it");
}

std::uint64_t Run::most_users() const {
  std::uint64_t most = most_vus(plan_.plan);
  for (std::size_t i = 0; i < users_.size(); ++i) {
    const std::uint64_t planned = plan_.plan.scenarios[i].most_vus();
    if (users_[i] > planned) most += users_[i] - planned;
  }
  return most;
}

std::string Run::keys_in_words() const {
  if (keys_ == nullptr || !keys_->available()) return "";
  if (stopping_) return "q stop at once";
  std::string words = interventions_.paused() ? "q stop   p go on" : "q stop   p pause";
  const auto& scenarios = plan_.plan.scenarios;
  if (std::any_of(scenarios.begin(), scenarios.end(),
                  [](const load::Scenario& s) { return s.users_may_change(); })) {
    words += "   + - users";
  }
  return words;
}

std::vector<output::ScenarioProgress> Run::scenario_progress() const {
  std::vector<std::uint64_t> vus(plan_.plan.scenarios.size());
  for (const auto& worker : workers_) {
    const std::vector<std::uint64_t> active = worker->facts().active_vus;
    for (std::size_t i = 0; i < active.size() && i < vus.size(); ++i) vus[i] += active[i];
  }
  std::vector<output::ScenarioProgress> all;
  for (std::size_t i = 0; i < plan_.plan.scenarios.size(); ++i) {
    const load::Scenario& scenario = plan_.plan.scenarios[i];
    output::ScenarioProgress progress{.name = scenario.name,
                                      .executor = std::string(to_string(scenario.executor)),
                                      .start_time = scenario.start_time,
                                      .duration = scenario.regular_duration(),
                                      .vus = vus[i]};
    if (scenario.executor == load::ExecutorKind::kSharedIterations) {
      progress.planned_iterations = scenario.iterations;
    } else if (scenario.executor == load::ExecutorKind::kPerVuIterations) {
      progress.planned_iterations = scenario.iterations * scenario.vus;
    }
    progress.iterations = plan_.iterations[i]->taken.load(std::memory_order_relaxed);
    all.push_back(std::move(progress));
  }
  return all;
}

}  // namespace cli
