#include "cli/worker.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/prctl.h>

#include <utility>

#include "base/thread_times.h"
#include "client/context.h"
#include "metrics/builtin.h"
#include "net/event_loop.h"
#include "net/http_client.h"

namespace cli {
namespace {

constexpr base::Duration kHandOverEvery = std::chrono::seconds(1);
// Scripts run for this long at a stretch before the sockets are looked at again.
// The workers' own streams of random numbers, apart from those of VUs.
constexpr std::uint64_t kRetryDraws = std::uint64_t{1} << 62;
constexpr base::Duration kScriptSlice = std::chrono::milliseconds(2);

}  // namespace

struct Worker::Core {
  Core(const WorkerSetup& setup, std::unique_ptr<script::Script> loaded, load::Stripe stripe)
      : http(loop, setup.settings.http),
        shard(setup.surroundings.registry),
        context{.loop = loop,
                .http = http,
                .shard = shard,
                .event_log = setup.event_log,
                .request_log = setup.request_log,
                .objectives = setup.settings.objectives,
                .prices = &setup.settings.prices,
                .budget = setup.budget,
                .needs_prices = setup.settings.needs_prices,
                .random = base::RandomStream(
                    base::derive_seed(setup.settings.plan.seed, kRetryDraws + stripe.index))},
        script(std::move(loaded)),
        again(loop, [] {}),
        each_second(loop, [this] { on_second(); }),
        warmup_end(loop, [this] { on_warmup_end(); }) {
    script->attach(context, setup.plan.plan);
    runner = std::make_unique<load::Runner>(
        loop, setup.plan, stripe, shard,
        [this](const load::VuIdentity& identity) { return script->make_vu(identity); });
    worker_tags = shard.intern({{"worker", std::to_string(stripe.index)}});
    measured_at = loop.now();
    cpu_then = base::thread_cpu_time();
    run_delay_then = run_delay.total();
  }

  void on_turn_end() {
    const base::TimePoint until = loop.now() + kScriptSlice;
    act(until);
    // Iterations that follow at once: their requests go out with the others.
    if (script->has_ready() && loop.now() < until) act(until);
    // A VU may have been made ready just now: its turn comes after a look at the sockets.
    if (script->has_ready()) again.arm_after(base::Duration::zero());
  }

  // The executors come last, since they act on what the others did.
  void act(base::TimePoint until) {
    if (script->has_ready()) run_scripts(until);
    http.run_started();
    runner->advance();
  }

  void run_scripts(base::TimePoint until) {
    const base::TimePoint began = loop.now();
    script->resume_ready(until);
    const base::Duration took = loop.now() - began;
    shard.add(metrics::kScriptTime, 0, base::to_seconds(took));
    in_scripts += took;
  }

  // Shares of the time since the last call, which is about a second ago.
  void measure_cpu() {
    const base::TimePoint now = loop.now();
    const base::Duration cpu = base::thread_cpu_time();
    const base::Duration delay = run_delay.total();
    if (now - measured_at > std::chrono::milliseconds(100)) {
      const auto add_share = [&](metrics::MetricId metric, base::Duration part) {
        shard.add(metric, worker_tags,
                  base::to_seconds(part) / base::to_seconds(now - measured_at));
      };
      add_share(metrics::kClientCpu, cpu - cpu_then);
      add_share(metrics::kClientScript, in_scripts);
      add_share(metrics::kClientRunQueue, delay - run_delay_then);
    }
    measured_at = now;
    cpu_then = cpu;
    run_delay_then = delay;
    in_scripts = {};
  }

  net::EventLoop loop;
  net::HttpClient http;
  metrics::Shard shard;
  client::Context context;
  std::unique_ptr<script::Script> script;
  net::EventLoop::Timer again;
  net::EventLoop::Timer each_second;
  net::EventLoop::Timer warmup_end;
  std::function<void()> on_second;
  std::function<void()> on_warmup_end;
  std::unique_ptr<load::Runner> runner;  // After all that its VUs use, and so are the hook's VUs.
  std::unique_ptr<load::Vu> hook;
  base::TimePoint start{};  // Of the load.
  bool warming_up = false;
  metrics::TagsId worker_tags = 0;
  base::RunDelay run_delay;  // Of the worker's thread, which makes this.
  base::TimePoint measured_at{};
  base::Duration cpu_then{};
  base::Duration run_delay_then{};
  base::Duration in_scripts{};  // Since then.
};

Worker::Worker(load::Stripe stripe, WorkerSetup setup)
    : stripe_(stripe), setup_(setup), thread_([this] { run(); }) {}

Worker::~Worker() {
  {
    const std::lock_guard lock(core_mutex_);
    quit_ = true;
    if (core_ != nullptr) core_->loop.stop();
  }
  thread_.join();
}

base::Result<void> Worker::wait_until_loaded() { return loaded_.get_future().get(); }

void Worker::run_hook(script::Hook hook, std::string argument) {
  post([this, hook, argument = std::move(argument)](Core& core) {
    core.hook = core.script->run_hook(
        hook, argument, [this, &core](auto outcome) { end_hook(core, std::move(outcome)); });
  });
}

// Called from the hook's own turn, which must be over before its VU may go.
void Worker::end_hook(Core& core, base::Result<std::string> outcome) {
  core.loop.post([this, &core, outcome = std::move(outcome)] { close_hook(core, outcome); });
}

void Worker::close_hook(Core& core, const base::Result<std::string>& outcome) {
  if (!core.hook) return;  // It ended and was stopped at once: the first of the two counts.
  core.hook.reset();
  hand_over(core, true);
  const std::lock_guard lock(results_mutex_);
  hook_outcome_ = outcome;
}

std::optional<base::Result<std::string>> Worker::take_hook_outcome() {
  const std::lock_guard lock(results_mutex_);
  return std::exchange(hook_outcome_, std::nullopt);
}

void Worker::stop_hook() {
  post([this](Core& core) { close_hook(core, base::fail("stopped before its end")); });
}

void Worker::prepare(const std::string& setup_data) {
  post([this, setup_data](Core& core) {
    core.script->set_setup_data(setup_data);
    prepared_.store(true, std::memory_order_release);
  });
}

void Worker::begin(base::TimePoint start) {
  post([this, start](Core& core) {
    core.start = start;
    core.script->set_start(start);
    core.warming_up = setup_.settings.warmup > base::Duration::zero();
    core.context.apart = core.warming_up;
    if (core.warming_up) core.warmup_end.arm_at(start + setup_.settings.warmup);
    core.each_second.arm_at(start + kHandOverEvery);
    core.runner->begin(start, [this, &core] { end_load(core); });
  });
}

void Worker::end_load(Core& core) {
  core.context.load_over = true;
  core.each_second.disarm();
  core.warmup_end.disarm();
  hand_over(core, core.warming_up);
  core.context.apart = true;
  {
    const std::lock_guard lock(results_mutex_);
    facts_.leftovers = core.script->leftovers();
  }
  load_done_.store(true, std::memory_order_release);
}

void Worker::stop_gracefully() {
  post([](Core& core) { core.runner->stop_gracefully(); });
}

void Worker::stop_now() {
  stop_hook();
  post([](Core& core) { core.runner->stop_now(); });
}

void Worker::pause() {
  post([](Core& core) { core.runner->pause(); });
}

void Worker::resume() {
  post([](Core& core) { core.runner->resume(); });
}

void Worker::set_users(std::size_t scenario, std::uint64_t users) {
  post([scenario, users](Core& core) { core.runner->set_users(scenario, users); });
}

void Worker::finish() {
  post([](Core& core) { core.loop.stop(); });
}

std::vector<metrics::Delta> Worker::take_deltas() {
  const std::lock_guard lock(results_mutex_);
  return std::exchange(deltas_, {});
}

WorkerFacts Worker::facts() const {
  const std::lock_guard lock(results_mutex_);
  return facts_;
}

base::Duration Worker::check_watchdog(base::TimePoint now, base::Duration limit) {
  const std::lock_guard lock(core_mutex_);
  return core_ == nullptr ? base::Duration::zero() : core_->script->check_watchdog(now, limit);
}

void Worker::post(std::function<void(Core&)> work) {
  const std::lock_guard lock(core_mutex_);
  if (core_ == nullptr) return;
  core_->loop.post([core = core_, work = std::move(work)] { work(*core); });
}

void Worker::hand_over(Core& core, bool apart) {
  core.measure_cpu();
  metrics::Delta delta = core.shard.take_delta();
  delta.apart = apart;
  const std::lock_guard lock(results_mutex_);
  facts_ = {.unpriced_models = core.context.unpriced_models,
            .kernel_stamped_reads = core.context.kernel_stamped_reads,
            .other_reads = core.context.other_reads,
            .hidden_retries = core.context.hidden_retries,
            .tags_overflowed = delta.tags_overflowed,
            .active_vus = core.runner->active_vus_by_scenario(),
            .leftovers = std::move(facts_.leftovers)};
  deltas_.push_back(std::move(delta));
}

void Worker::run() {
  pthread_setname_np(pthread_self(), fmt::format("worker {}", stripe_.index).c_str());
  // Timers to the microsecond: the default slack would make each 50 µs late.
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
  bool loaded = false;
  try {
    auto script = script::Script::load(setup_.script_path, setup_.surroundings);
    if (script) {
      loaded = true;
      run_core(std::move(*script));
    } else {
      loaded_.set_value(tl::unexpected(script.error()));
    }
  } catch (const std::exception& error) {
    // The machine has no descriptors or no memory left: there is nothing to go on with.
    const std::string text = fmt::format("worker {}: {}", stripe_.index, error.what());
    if (loaded && running_) {
      setup_.surroundings.notices.watchdog(text);
    } else {
      loaded_.set_value(tl::unexpected(base::Error{text}));
    }
  }
  active_vus_.store(0, std::memory_order_relaxed);
  load_done_.store(true, std::memory_order_release);
  done_.store(true, std::memory_order_release);
}

void Worker::run_core(std::unique_ptr<script::Script> script) {
  Core core(setup_, std::move(script), stripe_);
  core.on_second = [this, &core] {
    hand_over(core, core.warming_up);
    // At whole seconds of the load, however late this one was.
    const base::TimePoint now = core.loop.now();
    const auto over = static_cast<std::uint64_t>((now - core.start) / kHandOverEvery);
    seconds_over_.store(over, std::memory_order_release);
    core.each_second.arm_at(core.start + kHandOverEvery * (static_cast<std::int64_t>(over) + 1));
  };
  core.on_warmup_end = [this, &core] {
    hand_over(core, true);
    core.warming_up = false;
    core.context.apart = false;
  };
  core.loop.observe_turns([this, &core](base::Duration busy) {
    core.shard.add(metrics::kLoopTime, 0, base::to_seconds(busy));
    active_vus_.store(core.runner->active_vus(), std::memory_order_relaxed);
  });
  {
    const std::lock_guard lock(core_mutex_);
    if (quit_) return loaded_.set_value({});
    core_ = &core;
  }
  // However this ends, nobody may post to a core that is gone.
  const std::shared_ptr<void> forget_core(nullptr, [this](void*) {
    const std::lock_guard lock(core_mutex_);
    core_ = nullptr;
  });
  running_ = true;
  loaded_.set_value({});
  core.loop.run([&core] { core.on_turn_end(); });
}

}  // namespace cli
