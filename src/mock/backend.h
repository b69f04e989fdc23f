// What all requests to the mock share: the service that they ask, as a whole.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "mock/bill.h"
#include "mock/capacity.h"
#include "mock/limits.h"
#include "mock/options.h"
#include "mock/pacer.h"
#include "mock/prompt_cache.h"
#include "mock/recorder.h"
#include "net/event_loop.h"

namespace mock {

// Requests to a model since the start or the last reset.
struct Stats {
  std::uint64_t requests = 0;
  std::map<int, std::uint64_t> by_status;             // When the head is sent: of streams, too.
  std::map<std::string, std::uint64_t> by_fault;      // As drawn: an answer may end before it.
  std::map<std::string, std::uint64_t> rate_limited;  // By what was exceeded.
};

// What came of the requests since the start or the last reset. A request holds the one that it
// began in, so that its ends meet though a reset comes between them.
struct Ledger {
  Stats stats;
  Bill bill;
};

// Threads: its loop's.
struct Backend {
  // `recorder_to_use` may be null. Both outlive the backend.
  Backend(net::EventLoop& loop_to_use, Options options_to_use, Recorder* recorder_to_use);

  // Unix time, which stands in answers alone.
  std::int64_t wall(base::TimePoint now) const;

  // Forgets what was counted, cached and charged. Requests under way go on, and count for what was
  // forgotten.
  void reset();

  net::EventLoop& loop;
  const Options options;
  Recorder* const recorder;
  Pacer pacer;
  std::optional<Limits> limits;  // Nothing where there are none.
  Capacity capacity;
  PromptCache cache;
  std::shared_ptr<Ledger> ledger = std::make_shared<Ledger>();

 private:
  base::TimePoint started_;
  std::chrono::system_clock::time_point started_wall_;
};

}  // namespace mock
