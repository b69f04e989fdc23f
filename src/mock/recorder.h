// Writes down what the mock really sent and when: the truth that a tester's error is measured by.
#pragma once

#include <fmt/format.h>

#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace mock {

// One streamed request, from its arrival to its end.
struct StreamRecord {
  struct Event {
    base::TimePoint sent;
    std::uint32_t tokens;
    std::string_view name;  // Of a StreamEvent.
  };

  std::string request_id;
  base::TimePoint received;
  std::vector<Event> events;
  std::int64_t output_tokens = 0;  // Sent so far.
  int status = 200;
  bool closed_early = false;
};

// Appends the record as one line of JSON:
//
//   {"request_id":"req_011C…","received_ns":12,"events":[{"name":"message_start","sent_ns":34,
//   "tokens":0},…],"output_tokens":20,"status":200,"closed_early":false}
//
// (one line in the file). Times are CLOCK_MONOTONIC in nanoseconds. received_ns is when the request
// was complete here; sent_ns was read right before the event's bytes were handed to the kernel, or,
// where the client reads too slowly for its socket to take them, to the buffer before it.
// tokens is what the event carries, 0 for most that are no deltas. A request that was answered
// with an error has no events. closed_early says that the client went away, or the mock was
// stopped, before the end of the answer; a fault that breaks it off is no such end.
void format_record(const StreamRecord& record, fmt::memory_buffer& out);

// Takes records from the loop's thread and formats and writes them on its own.
//
// Errors:   a write that fails (a full disk) is reported on stderr once, and the rest is dropped.
// Lifetime: everything is on disk when the destructor returns; before, up to 0.1 s is missing.
// Cost:     record() is a lock and a move, and never waits for the disk.
class Recorder {
 public:
  static base::Result<std::unique_ptr<Recorder>> open(const std::string& path);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  void record(StreamRecord record);

  // The last lines of the file, whole ones alone.
  //
  // Errors: nothing where the file is no plain one, as a pipe.
  // Cost:   reads up to 16 MB from the disk.
  struct Tail {
    std::string lines;
    bool is_cut = false;  // There are earlier ones.
  };
  Tail tail() const;

 private:
  Recorder(std::FILE* file, std::string path);
  void run();
  void write_all(const std::vector<StreamRecord>& records, fmt::memory_buffer& buffer);
  void flush(fmt::memory_buffer& buffer);

  std::FILE* file_;
  std::string path_;
  bool failed_ = false;
  std::mutex mutex_;
  std::condition_variable stopped_;
  std::vector<StreamRecord> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mock
