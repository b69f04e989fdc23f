// What scripts have to say to the run: log lines, errors, abort and fail.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace script {

// Threads: any; workers put in, the control thread takes out.
class Notices {
 public:
  struct Batch {
    std::vector<std::string> lines;               // Ready to print.
    std::vector<std::string> failures;            // Reasons given to perigee.fail().
    std::optional<std::string> abort;             // The first reason given to perigee.abort().
    std::optional<std::string> watchdog;          // Where a script ran on without ever waiting.
    std::map<std::string, std::uint64_t> errors;  // Script errors with how often each came.
  };

  void log(std::string_view level, std::string_view text);
  void fail(const std::string& reason);
  void abort(const std::string& reason);
  void watchdog(std::string where);
  void script_error(const std::string& text);

  Batch take();  // All that came since the last time.

 private:
  std::mutex mutex_;
  Batch batch_;
};

}  // namespace script
