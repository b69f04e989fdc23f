// A file with a line for each request, whatever became of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/background_file.h"
#include "base/clock.h"
#include "base/result.h"
#include "client/request_line.h"

namespace client {

// The file of `perigee run --requests`: a first line about the run, one about the load when it
// begins, one for each request in the order in which they ended, and a last one that says whether
// any is missing. docs/requests-file.md has the fields.
//
// Threads: any; finish() once all have added.
// Memory:  bounded; see base/background_file.h.
class RequestLog {
 public:
  struct Run {
    std::string version;
    std::string script;
    base::TimePoint zero{};      // What the file's times count from,
    base::Duration zero_unix{};  // and the wall clock then, since 1970.
  };

  static base::Result<std::unique_ptr<RequestLog>> open(
      const std::string& path, const Run& run,
      std::size_t most_waiting = base::BackgroundFile::kMostWaiting);

  void begin_load(base::TimePoint start, base::Duration warmup);

  void add(const HttpRecord& record, std::string_view message, bool apart);
  void add(const LlmRecord& record, const LlmDetails& details, bool apart);

  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

  // Writes the last line. Errors: a full disk.
  base::Result<void> finish();

 private:
  RequestLog(std::unique_ptr<base::BackgroundFile> file, base::TimePoint zero);
  void write(const std::string& line, std::atomic<std::uint64_t>& written);

  std::unique_ptr<base::BackgroundFile> file_;
  base::TimePoint zero_;
  std::atomic<std::uint64_t> llm_{0};  // Lines.
  std::atomic<std::uint64_t> http_{0};
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace client
