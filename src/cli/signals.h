// The signals by which users stop a command: SIGINT, SIGTERM, SIGHUP.
#pragma once

#include "base/clock.h"

namespace cli {

// They are waited for from now on and interrupt nothing; threads and children made later inherit
// this. Call before any thread is made.
void block_stop_signals();

// For a child before it becomes another program.
void unblock_signals();

// True where one of them came within the time.
// Threads: one, with the signals blocked in all.
bool wait_for_stop_signal(base::Duration limit);

}  // namespace cli
