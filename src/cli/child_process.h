// A perigee of its own beside this one, for work that is to have a process to itself.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace cli {

struct ChildOptions {
  enum class Environment {
    kOwn,    // This process' own, for a script of the user's.
    kClean,  // Without what would change a run: what is perigee's, keys and addresses of APIs,
             // proxies.
  };

  std::string log_file;    // Where it prints; "" for where this process does.
  bool keeps_log = false;  // It prints at the file's end; else the file is emptied first.
  Environment environment = Environment::kClean;
  int end_signal = SIGKILL;  // What ends it with this object and with this process.
};

// It runs in a process group of its own, so that a Ctrl-C is this process' alone.
//
// Lifetime: the child ends with this object, and with this process if that dies first.
// Threads:  start it before any thread is made.
class ChildProcess {
 public:
  // Runs `perigee` with these arguments.
  static base::Result<std::unique_ptr<ChildProcess>> start(
      const std::vector<std::string>& arguments, const ChildOptions& options);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }

  // Its exit code, or 128 and the signal's number; nothing while it runs. Does not wait.
  std::optional<int> exit_code();

 private:
  ChildProcess(pid_t pid, int end_signal) : pid_(pid), end_signal_(end_signal) {}

  pid_t pid_;
  int end_signal_;
  std::optional<int> exit_code_;
};

}  // namespace cli
