#include "net/heartbeat.h"

#include <atomic>
#include <cstdint>

namespace net {
namespace {

constexpr auto kEvery = std::chrono::milliseconds(10);
constexpr std::int64_t kTooLong = 50'000'000;

std::atomic<std::int64_t> g_last_beat{0};
std::atomic<std::int64_t> g_last_gap_end{0};  // When the newest beat came that was late.

std::int64_t ns(base::TimePoint at) { return at.time_since_epoch().count(); }

}  // namespace

Heartbeat::Heartbeat()
    : thread_([](const std::stop_token& stop) {
        const base::MonotonicClock clock;
        while (!stop.stop_requested()) {
          beat(clock.now());
          std::this_thread::sleep_for(kEvery);
        }
      }) {}

Heartbeat::~Heartbeat() {
  thread_.request_stop();
  thread_.join();
  stop_beating();
}

// The gap first: who sees the new beat must not miss that it came late.
void beat(base::TimePoint now) {
  const std::int64_t last = g_last_beat.load(std::memory_order_relaxed);
  if (last != 0 && ns(now) - last > kTooLong) {
    g_last_gap_end.store(ns(now), std::memory_order_release);
  }
  g_last_beat.store(ns(now), std::memory_order_release);
}

void stop_beating() { g_last_beat.store(0, std::memory_order_release); }

bool stood_still(base::TimePoint since, base::TimePoint now) {
  const std::int64_t last = g_last_beat.load(std::memory_order_acquire);
  if (last == 0) return false;
  if (g_last_gap_end.load(std::memory_order_acquire) > ns(since)) return true;
  return ns(now) - last > kTooLong;
}

}  // namespace net
