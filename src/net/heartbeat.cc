#include "net/heartbeat.h"

#include <atomic>
#include <cstdint>

namespace net {
namespace {

constexpr std::int64_t kTooLong = 50'000'000;

std::atomic<std::int64_t> g_last_beat{0};
std::atomic<std::int64_t> g_last_gap_end{0};  // When the newest beat came that was late.

std::int64_t ns(base::TimePoint at) { return at.time_since_epoch().count(); }

}  // namespace

void beat(base::TimePoint now) {
  const std::int64_t last = g_last_beat.exchange(ns(now), std::memory_order_acq_rel);
  if (last != 0 && ns(now) - last > kTooLong) {
    g_last_gap_end.store(ns(now), std::memory_order_release);
  }
}

bool stood_still(base::TimePoint since, base::TimePoint now) {
  const std::int64_t last = g_last_beat.load(std::memory_order_acquire);
  if (last == 0) return false;
  if (g_last_gap_end.load(std::memory_order_acquire) > ns(since)) return true;
  return ns(now) - last > kTooLong;
}

}  // namespace net
