// The signals that a command waits for: those by which users stop it (SIGINT, SIGTERM, SIGHUP), and
// those of a terminal.
#pragma once

#include "base/clock.h"

namespace cli {

enum class Signal {
  kNone,      // Nothing came.
  kStop,      // SIGINT, SIGTERM, SIGHUP
  kSuspend,   // SIGTSTP, as Ctrl-Z sends it
  kContinue,  // SIGCONT
  kResize,    // SIGWINCH
};

// They are waited for from now on and interrupt nothing; threads and children made later inherit
// this. Call before any thread is made.
void block_stop_signals();
void block_terminal_signals();  // The other three; whoever does must act on kSuspend.

// For a child before it becomes another program.
void unblock_signals();

// After kSuspend: stops the process as the signal would have, and returns when it goes on; at once
// where there is nobody who could continue it. No kContinue comes of it.
void suspend_process();

// The first that came within the time, of those that are blocked.
// Threads: one, with the signals blocked in all.
Signal wait_for_signal(base::Duration limit);

// True where a stop signal came within the time; others are passed over.
bool wait_for_stop_signal(base::Duration limit);

}  // namespace cli
