#include "cli/signals.h"

#include <csignal>
#include <cstdint>
#include <ctime>

namespace cli {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

void block_stop_signals() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void unblock_signals() {
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

bool wait_for_stop_signal(base::Duration limit) {
  const sigset_t set = stop_signals();
  constexpr std::int64_t kSecond = 1'000'000'000;
  const timespec ts{.tv_sec = limit.count() / kSecond, .tv_nsec = limit.count() % kSecond};
  return sigtimedwait(&set, nullptr, &ts) > 0;
}

}  // namespace cli
