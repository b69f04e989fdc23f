// A file with when each event of each stream arrived, to hold against what the server says it sent.
#pragma once

#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace client {

// JSON lines, one per streamed request, in the order in which they ended:
//
//   {"request_id":"req_…","sending_ns":N,"events":[[arrived_ns,handled_ns],…]}
//
// `events` are the stream's content events; the numbers are CLOCK_MONOTONIC in nanoseconds, the
// same clock as in the mock's record of a machine's own runs.
//
// Threads: any. Lines are buffered; what is left is written by the destructor.
class EventLog {
 public:
  struct Event {
    base::TimePoint arrived;
    base::TimePoint handled;
  };

  static base::Result<std::unique_ptr<EventLog>> open(const std::string& path);
  ~EventLog();

  void add(const std::string& request_id, base::TimePoint sending,
           const std::vector<Event>& events);

 private:
  explicit EventLog(std::FILE* file) : file_(file) {}

  std::mutex mutex_;
  std::FILE* file_;
};

}  // namespace client
