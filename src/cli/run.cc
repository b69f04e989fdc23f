#include "cli/run.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <ctime>
#include <optional>

#include "base/duration.h"
#include "cli/calibration_warning.h"
#include "cli/host.h"
#include "cli/signals.h"
#include "metrics/builtin.h"
#include "metrics/threshold.h"
#include "output/result_file.h"

namespace cli {
namespace {

constexpr base::Duration kTick = std::chrono::milliseconds(20);
constexpr base::Duration kSecond = std::chrono::seconds(1);
constexpr base::Duration kWatchdogLimit = std::chrono::seconds(5);
// What runs on for longer is inside a C function; nothing but the process' end can stop that.
constexpr base::Duration kStuckLimit = 2 * kWatchdogLimit;
// How long a worker that was told to end at once may take to do so.
constexpr base::Duration kEndLimit = std::chrono::seconds(3);
constexpr std::size_t kMostErrors = 50;
constexpr double kBudgetWarning = 0.8;

// Until the last scenario ends; zero where iterations decide.
base::Duration planned_duration(const load::Plan& plan) {
  base::Duration longest{};
  for (const load::Scenario& scenario : plan.scenarios) {
    const bool known = scenario.executor != load::ExecutorKind::kSharedIterations &&
                       scenario.executor != load::ExecutorKind::kPerVuIterations;
    if (!known) return base::Duration::zero();
    longest = std::max(longest, scenario.start_time + scenario.regular_duration());
  }
  return longest;
}

}  // namespace

Run::Run(RunSettings settings, const RunFlags& flags, const script::Description& description,
         script::Surroundings& surroundings, std::vector<std::unique_ptr<output::Output>> outputs,
         Keys* keys)
    : settings_(std::move(settings)),
      flags_(flags),
      description_(description),
      surroundings_(surroundings),
      outputs_(std::move(outputs)),
      keys_(keys),
      plan_(settings_.plan),
      ledger_(surroundings.registry, settings_.thresholds, settings_.warmup) {
  plan_.users_may_change = keys_ != nullptr && keys_->available();
  for (const load::Scenario& scenario : plan_.plan.scenarios) users_.push_back(scenario.vus);
  if (settings_.budget_usd) budget_ = std::make_unique<client::Budget>(*settings_.budget_usd);
}

base::Result<output::RunResult> Run::execute() {
  if (auto started = start_workers(); !started) return tl::unexpected(started.error());
  if (const auto warning = warn_of_connections(plan_.plan, surroundings_.workers);
      !warning.empty()) {
    say("warning: " + warning);
    result_.warnings.push_back(warning);
  }
  if (const auto warning = warn_of_calibration(plan_.plan, settings_.threads); !warning.empty()) {
    say("warning: " + warning);
    result_.warnings.push_back(warning);
  }
  run_setup();
  if (!stopping_) run_load();
  load_over_ = true;
  run_teardown();
  take_notices();
  collect();
  run_summary();
  take_notices();
  finish_workers();
  if (request_log_) finish_request_log();
  output::RunResult result = make_result();
  add_definitions(result);
  for (const auto& output : outputs_) output->on_end(result);
  return result;
}

// ---- the phases

base::Result<void> Run::start_workers() {
  if (auto opened = open_logs(); !opened) return opened;
  const auto count = static_cast<std::uint64_t>(settings_.threads);
  for (std::uint64_t i = 0; i < count; ++i) {
    workers_.push_back(std::make_unique<Worker>(load::Stripe{i, count},
                                                WorkerSetup{.script_path = flags_.script,
                                                            .surroundings = surroundings_,
                                                            .settings = settings_,
                                                            .plan = plan_,
                                                            .event_log = event_log_.get(),
                                                            .request_log = request_log_.get(),
                                                            .budget = budget_.get()}));
  }
  for (const auto& worker : workers_) {
    if (auto loaded = worker->wait_until_loaded(); !loaded) return loaded;
  }
  started_at_ = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  return {};
}

void Run::run_setup() {
  if (!description_.has_setup || flags_.no_setup) {
    setup_done_ = true;
    return;
  }
  auto data = run_hook(script::Hook::kSetup, "", settings_.setup_timeout);
  setup_done_ = data.has_value();
  if (data) {
    setup_data_ = std::move(*data);
  } else if (!stopping_) {
    say("script error: " + data.error().message);
    stopping_ = true;
    result_.end = output::End::kSetupFailed;
    result_.end_reason = data.error().message;
  }
}

void Run::run_load() {
  const auto ready = [](const auto& worker) { return worker->prepared() || worker->done(); };
  for (const auto& worker : workers_) worker->prepare(setup_data_);
  while (!std::all_of(workers_.begin(), workers_.end(), ready) && !stuck_) {
    tick(std::chrono::milliseconds(1));
  }
  start_ = clock_.now();
  next_second_ = start_ + kSecond;
  if (request_log_) request_log_->begin_load(start_, settings_.warmup);
  for (const auto& worker : workers_) worker->begin(start_);
  while (!load_done() && !stuck_) tick(kTick);
  result_.elapsed = elapsed();
  collect();
  ledger_.end(result_.elapsed);
  if (event_log_)
    event_log_->add(llm::MeasuredSpan{start_ + settings_.warmup, start_ + result_.elapsed});
  next_second_ = base::TimePoint::max();
  show_progress();  // Who follows the run has its last counts with this.
}

void Run::run_teardown() {
  if (!description_.has_teardown || flags_.no_teardown || !setup_done_ || stuck_) return;
  const auto done = run_hook(script::Hook::kTeardown, setup_data_, settings_.teardown_timeout);
  if (done) return;
  say("script error: " + done.error().message);
  result_.hook_errors.push_back({"teardown", done.error().message});
}

// The script's own summary takes the place of ours.
void Run::run_summary() {
  if (!description_.has_summary || stuck_) return;
  const std::string data = output::summary_data_text(make_result());
  auto made = run_hook(script::Hook::kSummary, data, settings_.summary_timeout);
  if (!made) {
    say("script error: " + made.error().message);
    result_.hook_errors.push_back({"summary", made.error().message});
  } else if (!made->empty()) {
    const auto texts = nlohmann::json::parse(*made);
    result_.own_summary = texts.is_string() ? std::map<std::string, std::string>{{"stdout", texts}}
                                            : texts.get<std::map<std::string, std::string>>();
  }
}

void Run::finish_workers() {
  if (stuck_) return;
  const base::TimePoint deadline = clock_.now() + kEndLimit;
  for (const auto& worker : workers_) worker->finish();
  while (!std::all_of(workers_.begin(), workers_.end(), [](const auto& w) { return w->done(); })) {
    wait_for_stop_signal(std::chrono::milliseconds(1));
    stuck_ = clock_.now() > deadline;
    if (stuck_) return;
  }
}

base::Result<std::string> Run::run_hook(script::Hook hook, const std::string& argument,
                                        base::Duration limit) {
  Worker& worker = *workers_.front();
  stop_now_at_ = base::TimePoint::max();  // What was stopped before is over.
  const int stops_before = stops_;
  const base::TimePoint deadline = clock_.now() + limit;
  std::optional<base::TimePoint> stopped_at;
  std::string problem;
  worker.run_hook(hook, argument);
  while (true) {
    tick(kTick);
    if (auto outcome = worker.take_hook_outcome()) {
      if (!problem.empty()) return base::fail("{}() {}", script::to_string(hook), problem);
      if (!*outcome && stop_now_at_ != base::TimePoint::max()) {
        return base::fail("{}() was stopped before its end", script::to_string(hook));
      }
      return std::move(*outcome);
    }
    // What never waits for anything is ended by the watchdog; what is inside a C function, by
    // nothing but the process' end.
    if (stuck_ || (stopped_at && clock_.now() - *stopped_at > kStuckLimit)) {
      stuck_ = true;
      return base::fail("{}() is stuck", script::to_string(hook));
    }
    if (!problem.empty()) continue;
    if (hook == script::Hook::kSetup && stops_ > stops_before) {
      problem = "was interrupted";
    } else if (clock_.now() > deadline) {
      problem = fmt::format("did not end within {}; options.{}_timeout allows it longer",
                            base::format_duration(limit), script::to_string(hook));
    } else {
      continue;
    }
    stopped_at = clock_.now();
    worker.stop_hook();
  }
}

// ---- what happens meanwhile

void Run::tick(base::Duration wait) {
  on_signal(wait_for_signal(wait));
  take_keys();
  take_notices();
  check_watchdog();
  if (budget_) check_budget();
  count_vus();
  if (second_is_over()) on_second();
}

// A little after the second, so that the workers' share of it is there; a worker that is late holds
// the others up only so long.
bool Run::second_is_over() const {
  const base::TimePoint now = clock_.now();
  if (now < next_second_) return false;
  const auto second = static_cast<std::uint64_t>((next_second_ - start_) / kSecond);
  return now > next_second_ + kSecond / 2 ||
         std::all_of(workers_.begin(), workers_.end(), [second](const auto& worker) {
           return worker->seconds_over() >= second || worker->load_done();
         });
}

bool Run::load_done() const {
  return std::all_of(workers_.begin(), workers_.end(),
                     [](const auto& worker) { return worker->load_done(); });
}

void Run::take_notices() {
  const script::Notices::Batch batch = surroundings_.notices.take();
  for (const std::string& line : batch.lines) say(line);
  for (const auto& [text, count] : batch.errors) {
    // An error with a number in its text would otherwise fill the screen and the result file.
    const bool too_many = script_errors_.size() >= kMostErrors && !script_errors_.contains(text);
    auto& total = script_errors_[too_many ? "further errors, each with a text of its own" : text];
    if (total == 0) say("script error: " + text);
    total += count;
  }
  for (const std::string& reason : batch.failures) {
    auto& failures = result_.failures;
    if (std::find(failures.begin(), failures.end(), reason) != failures.end()) continue;
    failures.push_back(reason);
    say("marked as failed: " + reason);
  }
  if (batch.watchdog) end_early(output::End::kWatchdog, *batch.watchdog);
  if (batch.abort) end_early(output::End::kAborted, *batch.abort);
}

void Run::say(const std::string& line) {
  for (const auto& output : outputs_) output->on_message(line);
}

void Run::end_early(output::End end, std::string reason) {
  // An abort or the watchdog says more than that the test was ending anyway; an abort says most.
  const bool grave = end == output::End::kAborted || end == output::End::kWatchdog;
  if ((stopping_ && !grave) || result_.end == output::End::kAborted) return;
  stopping_ = true;
  result_.end = end;
  result_.end_reason = std::move(reason);
  stop_now();
}

void Run::stop_now() {
  stop_now_at_ = std::min(stop_now_at_, clock_.now());
  for (const auto& worker : workers_) worker->stop_now();
}

void Run::check_watchdog() {
  const base::TimePoint now = clock_.now();
  for (const auto& worker : workers_) {
    if (worker->check_watchdog(now, kWatchdogLimit) > kStuckLimit &&
        stop_now_at_ == base::TimePoint::max()) {
      end_early(output::End::kWatchdog, "a script is stuck inside a function such as string.find");
    }
  }
  stuck_ = now > stop_now_at_ && now - stop_now_at_ > kEndLimit;
}

void Run::check_budget() {
  const client::Budget::State state = budget_->state();
  if (!warned_of_budget_ && state.spent >= kBudgetWarning * state.limit) {
    warned_of_budget_ = true;
    say(fmt::format("warning: {} of the budget of {} is spent",
                    metrics::format_value(state.spent, metrics::Unit::kUsd),
                    metrics::format_value(state.limit, metrics::Unit::kUsd)));
  }
  if (!state.exhausted) return;
  if (stopping_) return stop_now();  // What waits for money would wait for ever.
  end_early(output::End::kBudget,
            fmt::format("the budget of {} is used up: {} were spent, and the next request could "
                        "cost more than the rest",
                        metrics::format_value(state.limit, metrics::Unit::kUsd),
                        metrics::format_value(state.spent, metrics::Unit::kUsd)));
  say(result_.end_reason);
}

void Run::on_second() {
  const base::Duration second = next_second_ - start_;
  next_second_ += kSecond;
  collect();
  ledger_.end_second(second);
  show_progress();
  if (stopping_) return;
  if (const metrics::Threshold* failed = ledger_.aborting_threshold(elapsed())) {
    end_early(output::End::kThresholdAbort, failed->source);
  }
}

void Run::collect() {
  count_own();
  std::vector<metrics::Delta> fresh;
  std::uint64_t tags_overflowed = 0;
  for (const auto& worker : workers_) {
    for (metrics::Delta& delta : worker->take_deltas()) fresh.push_back(std::move(delta));
    tags_overflowed += worker->facts().tags_overflowed;
  }
  ledger_.take_in(std::move(fresh), warming_up());
  ledger_.note_tags_overflowed(tags_overflowed);
}

void Run::count_vus() {
  if (start_ == base::TimePoint{}) return;
  std::uint64_t vus = 0;
  for (const auto& worker : workers_) vus += worker->active_vus();
  ledger_.own().add(metrics::kVus, 0, static_cast<double>(vus));
}

void Run::count_own() {
  count_vus();
  metrics::Shard& own = ledger_.own();
  own.add(metrics::kVusMax, 0, static_cast<double>(most_users()));
  own.add(metrics::kClientMemory, 0, resident_memory());
}

void Run::show_progress() {
  if (ledger_.course().intervals().empty() || load_over_) return;
  const metrics::Store recent = ledger_.recent();
  output::Progress progress;
  progress.elapsed = elapsed();
  progress.planned = planned_duration(plan_.plan);
  progress.vus = ledger_.course().intervals().back().vus;
  progress.max_vus = most_users();
  progress.store = &ledger_.results();
  progress.recent = &recent;
  progress.recent_span = ledger_.recent_span();
  const bool past_plan =
      progress.planned > base::Duration::zero() && progress.elapsed > progress.planned;
  progress.phase = stopping_ || past_plan    ? "stopping"
                   : interventions_.paused() ? "paused"
                   : warming_up()            ? "warming up"
                                             : "running";
  progress.scenarios = scenario_progress();
  if (budget_) {
    const client::Budget::State state = budget_->state();
    progress.budget = {state.limit, state.spent, state.unknown};
  }
  ledger_.show_client(progress);
  progress.keys = keys_in_words();
  for (const auto& output : outputs_) output->on_progress(progress);
}

}  // namespace cli
