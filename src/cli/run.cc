#include "cli/run.h"

#include <fmt/chrono.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <fstream>
#include <numeric>

#include "base/duration.h"
#include "cli/version.h"
#include "metrics/builtin.h"
#include "output/verdict.h"

namespace cli {
namespace {

constexpr base::Duration kTick = std::chrono::milliseconds(20);
constexpr base::Duration kSecond = std::chrono::seconds(1);
constexpr base::Duration kWatchdogLimit = std::chrono::seconds(5);
// What runs on for longer is inside a C function; nothing but the process' end can stop that.
constexpr base::Duration kStuckLimit = 2 * kWatchdogLimit;
// How long a worker that was told to end at once may take to do so.
constexpr base::Duration kEndLimit = std::chrono::seconds(3);
constexpr std::size_t kRecentSeconds = 5;
constexpr std::size_t kMostErrors = 50;

// Waits for SIGINT, SIGTERM or SIGHUP; true where one came.
bool wait_for_signal(base::Duration limit) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  const timespec ts{.tv_sec = 0, .tv_nsec = limit.count()};
  return sigtimedwait(&set, nullptr, &ts) > 0;
}

// Resident memory in bytes.
double resident_memory() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// Every VU may hold a connection; each shard of the HTTP client takes two descriptors more, and
// each worker's loop a few.
base::Result<void> check_descriptors(const load::Scenario& scenario, std::uint64_t workers) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  const std::uint64_t vus = scenario.max_vus();
  const std::uint64_t shards = vus / workers / net::HttpClientOptions{}.transfers_per_shard + 1;
  const std::uint64_t wanted = vus + workers * (2 * shards + 8) + 32;
  if (limit.rlim_cur == RLIM_INFINITY || wanted <= limit.rlim_cur) return {};
  return base::fail(
      "{} VUs need about {} open files, and this shell allows {}; raise it with `ulimit -n {}`",
      scenario.max_vus(), wanted, limit.rlim_cur, wanted);
}

base::Duration planned_duration(const load::Scenario& scenario) {
  const bool known = scenario.executor != load::ExecutorKind::kSharedIterations;
  return known ? scenario.start_time + scenario.regular_duration() : base::Duration::zero();
}

// The exit code of a run that came to its end: the first that holds, the gravest first.
int exit_code(const output::RunResult& result, bool allow_script_errors) {
  using output::End;
  const auto any = [&](metrics::Verdict verdict) {
    return std::any_of(result.thresholds.begin(), result.thresholds.end(),
                       [verdict](const auto& t) { return t.judgement.verdict == verdict; });
  };
  if (result.end == End::kAborted) return output::kExitAborted;
  if (result.end == End::kInterrupted) return output::kExitInterrupted;
  const bool script_failed = !result.script_errors.empty() && !allow_script_errors;
  if (script_failed || result.end == End::kWatchdog) return output::kExitScriptErrors;
  if (!result.failures.empty()) return output::kExitMarkedAsFailed;
  if (any(metrics::Verdict::kFailed)) return output::kExitFailed;
  if (any(metrics::Verdict::kNotJudged)) return output::kExitNotJudged;
  return output::kExitPassed;
}

}  // namespace

Run::Run(RunSettings settings, const RunFlags& flags, script::Surroundings& surroundings,
         std::vector<std::unique_ptr<output::Output>> outputs)
    : settings_(std::move(settings)),
      flags_(flags),
      surroundings_(surroundings),
      outputs_(std::move(outputs)),
      plan_(settings_.plan),
      own_shard_(surroundings.registry),
      store_(surroundings.registry) {}

base::Result<output::RunResult> Run::execute() {
  if (auto enough = check_descriptors(plan_.plan.scenarios.front(), surroundings_.workers);
      !enough) {
    return tl::unexpected(enough.error());
  }
  if (auto started = start_workers(); !started) return tl::unexpected(started.error());
  watch();
  if (!stuck_) {
    for (const auto& worker : workers_) worker->join();
  }
  take_notices();
  const base::Duration took = elapsed();
  collect();
  result_.intervals.push_back(interval());
  result_.elapsed = took;
  output::RunResult result = make_result();
  for (const auto& output : outputs_) output->on_end(result);
  return result;
}

base::Result<void> Run::start_workers() {
  if (!flags_.events_file.empty()) {
    auto log = client::EventLog::open(flags_.events_file);
    if (!log) return base::fail_at("--events", log.error());
    event_log_ = std::move(*log);
  }
  const auto count = static_cast<std::uint64_t>(settings_.threads);
  for (std::uint64_t i = 0; i < count; ++i) {
    workers_.push_back(std::make_unique<Worker>(load::Stripe{i, count}, flags_.script,
                                                surroundings_, plan_, event_log_.get()));
  }
  for (const auto& worker : workers_) {
    if (auto loaded = worker->wait_until_loaded(); !loaded) return loaded;
  }
  started_at_ = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  start_ = clock_.now();
  next_second_ = start_ + kSecond;
  for (const auto& worker : workers_) worker->begin(start_);
  return {};
}

void Run::watch() {
  while (!all_done() && !stuck_) {
    if (wait_for_signal(kTick)) on_signal();
    take_notices();
    const base::TimePoint now = clock_.now();
    check_watchdog(now);
    if (now < next_second_) continue;
    next_second_ += kSecond;
    on_second();
  }
}

bool Run::all_done() const {
  return std::all_of(workers_.begin(), workers_.end(),
                     [](const auto& worker) { return worker->done(); });
}

void Run::on_signal() {
  if (++signals_ > 1) return stop_now();
  if (!stopping_) {
    stopping_ = true;
    result_.end = output::End::kInterrupted;
    result_.end_reason = "interrupted by a signal";
  }
  for (const auto& output : outputs_) {
    output->on_message("stopping: iterations under way may finish; again to stop at once");
  }
  for (const auto& worker : workers_) worker->stop_gracefully();
}

void Run::take_notices() {
  const script::Notices::Batch batch = surroundings_.notices.take();
  const auto say = [this](const std::string& line) {
    for (const auto& output : outputs_) output->on_message(line);
  };
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

void Run::check_watchdog(base::TimePoint now) {
  for (const auto& worker : workers_) {
    if (worker->check_watchdog(now, kWatchdogLimit) > kStuckLimit &&
        stop_now_at_ == base::TimePoint::max()) {
      end_early(output::End::kWatchdog, "a script is stuck inside a function such as string.find");
    }
  }
  stuck_ = now > stop_now_at_ && now - stop_now_at_ > kEndLimit;
}

void Run::on_second() {
  collect();
  result_.intervals.push_back(interval());
  show_progress();
  if (!stopping_) abort_on_threshold();
}

bool Run::abort_on_threshold() {
  for (const metrics::Threshold& threshold : settings_.thresholds) {
    if (!threshold.abort_on_fail || elapsed() < threshold.delay) continue;
    const metrics::Judgement judgement = metrics::judge(threshold, store_, elapsed());
    // While it runs, no samples yet is no failure.
    if (judgement.samples == 0 || judgement.verdict != metrics::Verdict::kFailed) continue;
    end_early(output::End::kThresholdAbort, threshold.source);
    return true;
  }
  return false;
}

void Run::collect() {
  count_own();
  std::vector<metrics::Delta> fresh;
  fresh.push_back(own_shard_.take_delta());
  tags_overflowed_.resize(workers_.size());
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    for (metrics::Delta& delta : workers_[i]->take_deltas()) {
      // Each worker counts from its start, so the last one of each stands.
      tags_overflowed_[i] = delta.tags_overflowed;
      fresh.push_back(std::move(delta));
    }
  }
  for (const metrics::Delta& delta : fresh) store_.merge(delta);
  store_.note_tags_overflowed(
      std::accumulate(tags_overflowed_.begin(), tags_overflowed_.end(), std::uint64_t{0}));
  recent_.push_back(std::move(fresh));
  if (recent_.size() > kRecentSeconds) recent_.pop_front();
}

void Run::count_own() {
  std::uint64_t vus = 0;
  for (const auto& worker : workers_) vus += worker->active_vus();
  own_shard_.add(metrics::kVus, 0, static_cast<double>(vus));
  own_shard_.add(metrics::kVusMax, 0, static_cast<double>(plan_.plan.scenarios.front().max_vus()));
  own_shard_.add(metrics::kClientMemory, 0, resident_memory());
}

void Run::show_progress() {
  metrics::Store recent(surroundings_.registry);
  for (const auto& deltas : recent_) {
    for (const metrics::Delta& delta : deltas) recent.merge(delta);
  }
  output::Progress progress;
  progress.elapsed = elapsed();
  progress.planned = planned_duration(plan_.plan.scenarios.front());
  progress.vus = result_.intervals.back().vus;
  progress.max_vus = plan_.plan.scenarios.front().max_vus();
  progress.store = &store_;
  progress.recent = &recent;
  progress.recent_span = kSecond * static_cast<std::int64_t>(recent_.size());
  const bool past_plan =
      progress.planned > base::Duration::zero() && progress.elapsed > progress.planned;
  progress.phase = stopping_ || past_plan ? "stopping" : "running";
  for (const auto& output : outputs_) output->on_progress(progress);
}

output::Interval Run::interval() const {
  const auto sum = [this](metrics::Builtin metric) { return store_.counter(metric); };
  return {.elapsed_s = base::to_seconds(elapsed()),
          .vus = static_cast<std::uint64_t>(store_.gauge(metrics::kVus).last),
          .iterations = sum(metrics::kIterations),
          .http_reqs = sum(metrics::kHttpReqs),
          .llm_requests = sum(metrics::kLlmRequests),
          .llm_requests_failed = static_cast<double>(store_.rate(metrics::kLlmRequestFailed).trues),
          .output_tokens = sum(metrics::kLlmOutputTokens)};
}

output::RunResult Run::make_result() {
  output::RunResult result = std::move(result_);
  result.script = flags_.script;
  result.version = kVersion;
  result.started_at = started_at_;
  result.seed = settings_.plan.seed;
  result.workers = settings_.threads;
  result.options = settings_.options;
  result.store = &store_;
  for (const metrics::Threshold& threshold : settings_.thresholds) {
    result.thresholds.push_back({threshold, metrics::judge(threshold, store_, result.elapsed)});
  }
  for (const auto& [text, count] : script_errors_) result.script_errors.push_back({text, count});
  add_host_facts(result);
  result.exit_code = exit_code(result, flags_.allow_script_errors);
  return result;
}

void Run::add_host_facts(output::RunResult& result) const {
  utsname name{};
  uname(&name);
  std::uint64_t by_kernel = 0;
  std::uint64_t by_loop = 0;
  std::uint64_t hidden_retries = 0;
  std::set<std::string> unpriced;
  for (const auto& worker : workers_) {
    if (!worker->done()) continue;  // Stuck: what it holds is still being written.
    by_kernel += worker->kernel_stamped_reads();
    by_loop += worker->other_reads();
    hidden_retries += worker->hidden_retries();
    unpriced.insert(worker->unpriced_models().begin(), worker->unpriced_models().end());
  }
  result.host = {{"kernel", fmt::format("{} {}", name.sysname, name.release)},
                 {"cpus", sysconf(_SC_NPROCESSORS_ONLN)},
                 {"stamps", by_kernel + by_loop == 0 ? "none"
                            : by_kernel > by_loop    ? "kernel"
                                                     : "loop"},
                 {"reads_stamped_by_kernel", by_kernel},
                 {"reads_stamped_by_loop", by_loop}};
  for (const std::string& model : unpriced) {
    result.warnings.push_back(
        fmt::format("no price is known for the model \"{}\": its cost is not counted", model));
  }
  if (hidden_retries > 0) {
    result.warnings.push_back(
        fmt::format("{} requests were sent a second time by the HTTP library, because a kept "
                    "connection had died",
                    hidden_retries));
  }
  if (stuck_) {
    result.warnings.push_back("a worker was stuck: what it counted in its last second is missing");
  }
}

}  // namespace cli
