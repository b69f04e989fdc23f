#include "cli/worker.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/prctl.h>

#include <ctime>
#include <utility>

#include "client/context.h"
#include "metrics/builtin.h"
#include "net/event_loop.h"
#include "net/http_client.h"

namespace cli {
namespace {

constexpr base::Duration kHandOverEvery = std::chrono::seconds(1);
// Scripts run for this long at a stretch before the sockets are looked at again.
constexpr base::Duration kScriptSlice = std::chrono::milliseconds(2);

base::Duration thread_cpu_time() {
  timespec ts{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
  return std::chrono::seconds(ts.tv_sec) + std::chrono::nanoseconds(ts.tv_nsec);
}

}  // namespace

struct Worker::Core {
  Core(const script::Surroundings& surroundings, std::unique_ptr<script::Script> loaded,
       load::SharedPlan& plan, load::Stripe stripe, client::EventLog* log)
      : http(loop, {}),
        shard(surroundings.registry),
        context{loop, http, shard, log},
        script(std::move(loaded)),
        again(loop, [] {}),
        hand_over_timer(loop, [this] { on_hand_over(); }) {
    script->attach(context, plan.plan);
    runner = std::make_unique<load::Runner>(
        loop, plan, stripe, shard,
        [this](const load::VuIdentity& identity) { return script->make_vu(identity); });
    cpu_tags = shard.intern({{"worker", std::to_string(stripe.index)}});
    measured_at = loop.now();
    cpu_then = thread_cpu_time();
  }

  void on_turn_end() {
    script->resume_ready(loop.now() + kScriptSlice);
    runner->advance();
    // A VU may have been made ready just now: its turn comes after a look at the sockets.
    if (script->has_ready()) again.arm_after(base::Duration::zero());
  }

  void measure_cpu() {
    const base::TimePoint now = loop.now();
    const base::Duration cpu = thread_cpu_time();
    if (now - measured_at > std::chrono::milliseconds(100)) {
      shard.add(metrics::kClientCpu, cpu_tags,
                base::to_seconds(cpu - cpu_then) / base::to_seconds(now - measured_at));
    }
    measured_at = now;
    cpu_then = cpu;
  }

  net::EventLoop loop;
  net::HttpClient http;
  metrics::Shard shard;
  client::Context context;
  std::unique_ptr<script::Script> script;
  net::EventLoop::Timer again;
  net::EventLoop::Timer hand_over_timer;
  std::function<void()> on_hand_over;
  std::unique_ptr<load::Runner> runner;  // Last: its VUs go before what they use.
  metrics::TagsId cpu_tags = 0;
  base::TimePoint measured_at{};
  base::Duration cpu_then{};
};

Worker::Worker(load::Stripe stripe, std::string script_path,
               const script::Surroundings& surroundings, load::SharedPlan& plan,
               client::EventLog* event_log)
    : stripe_(stripe),
      script_path_(std::move(script_path)),
      surroundings_(surroundings),
      plan_(plan),
      event_log_(event_log),
      thread_([this] { run(); }) {}

Worker::~Worker() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(core_mutex_);
    quit_ = true;
    if (core_ != nullptr) core_->loop.stop();
  }
  thread_.join();
}

base::Result<void> Worker::wait_until_loaded() { return loaded_.get_future().get(); }

void Worker::begin(base::TimePoint start) {
  post([start](Core& core) {
    core.hand_over_timer.arm_after(kHandOverEvery);
    core.runner->begin(start, [&core] { core.loop.stop(); });
  });
}

void Worker::stop_gracefully() {
  post([](Core& core) { core.runner->stop_gracefully(); });
}

void Worker::stop_now() {
  post([](Core& core) { core.runner->stop_now(); });
}

void Worker::join() { thread_.join(); }

std::vector<metrics::Delta> Worker::take_deltas() {
  const std::lock_guard lock(deltas_mutex_);
  return std::exchange(deltas_, {});
}

std::uint64_t Worker::active_vus() const { return active_vus_.load(std::memory_order_relaxed); }

base::Duration Worker::check_watchdog(base::TimePoint now, base::Duration limit) {
  const std::lock_guard lock(core_mutex_);
  return core_ == nullptr ? base::Duration::zero() : core_->script->check_watchdog(now, limit);
}

void Worker::post(std::function<void(Core&)> work) {
  const std::lock_guard lock(core_mutex_);
  if (core_ == nullptr) return;
  core_->loop.post([core = core_, work = std::move(work)] { work(*core); });
}

void Worker::hand_over(Core& core) {
  core.measure_cpu();
  metrics::Delta delta = core.shard.take_delta();
  const std::lock_guard lock(deltas_mutex_);
  deltas_.push_back(std::move(delta));
}

void Worker::run() {
  pthread_setname_np(pthread_self(), fmt::format("worker {}", stripe_.index).c_str());
  // Timers to the microsecond: the default slack would make each 50 µs late.
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
  bool loaded = false;
  try {
    auto script = script::Script::load(script_path_, surroundings_);
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
      surroundings_.notices.watchdog(text);
    } else {
      loaded_.set_value(tl::unexpected(base::Error{text}));
    }
  }
  done_.store(true, std::memory_order_release);
}

void Worker::run_core(std::unique_ptr<script::Script> script) {
  Core core(surroundings_, std::move(script), plan_, stripe_, event_log_);
  core.on_hand_over = [this, &core] {
    hand_over(core);
    core.hand_over_timer.arm_after(kHandOverEvery);
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
  core.runner.reset();  // What is still open is counted as censored before the last hand-over.
  hand_over(core);
  unpriced_models_ = core.context.unpriced_models;
  kernel_stamped_reads_ = core.context.kernel_stamped_reads;
  other_reads_ = core.context.other_reads;
  hidden_retries_ = core.context.hidden_retries;
  active_vus_.store(0, std::memory_order_relaxed);
}

}  // namespace cli
