#include "cli/signals.h"

#include <csignal>
#include <cstdint>
#include <ctime>
#include <initializer_list>

namespace cli {
namespace {

// Those that block_…() were called for; the others must keep their effect.
sigset_t g_awaited = [] {
  sigset_t none;
  sigemptyset(&none);
  return none;
}();

void block(std::initializer_list<int> signals) {
  for (const int signal : signals) sigaddset(&g_awaited, signal);
  pthread_sigmask(SIG_BLOCK, &g_awaited, nullptr);
}

}  // namespace

void block_stop_signals() { block({SIGINT, SIGTERM, SIGHUP}); }

void block_terminal_signals() { block({SIGTSTP, SIGCONT, SIGWINCH}); }

void unblock_signals() {
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

void suspend_process() {
  sigset_t suspend;
  sigemptyset(&suspend);
  sigaddset(&suspend, SIGTSTP);
  raise(SIGTSTP);
  pthread_sigmask(SIG_UNBLOCK, &suspend, nullptr);  // It is delivered here.
  pthread_sigmask(SIG_BLOCK, &suspend, nullptr);
  sigset_t go_on;
  sigemptyset(&go_on);
  sigaddset(&go_on, SIGCONT);
  const timespec at_once{};
  sigtimedwait(&go_on, nullptr, &at_once);
}

Signal wait_for_signal(base::Duration limit) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const timespec ts{.tv_sec = limit.count() / kSecond, .tv_nsec = limit.count() % kSecond};
  switch (sigtimedwait(&g_awaited, nullptr, &ts)) {
    case SIGINT:
    case SIGTERM:
    case SIGHUP:
      return Signal::kStop;
    case SIGTSTP:
      return Signal::kSuspend;
    case SIGCONT:
      return Signal::kContinue;
    case SIGWINCH:
      return Signal::kResize;
    default:
      return Signal::kNone;
  }
}

bool wait_for_stop_signal(base::Duration limit) { return wait_for_signal(limit) == Signal::kStop; }

}  // namespace cli
