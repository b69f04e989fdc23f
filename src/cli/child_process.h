// A perigee of its own beside this one, for work that is to have a process to itself.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace cli {

// It runs in a process group of its own, so that a Ctrl-C is this process' alone.
//
// Lifetime: the child is killed with this object, and with this process if that dies first.
// Threads:  start it before any thread is made.
class ChildProcess {
 public:
  enum class Environment {
    kOwn,    // This process' own, for a script of the user's.
    kClean,  // Without what would change a run: what is perigee's, keys and addresses of APIs,
             // proxies.
  };

  // Runs `perigee` with these arguments. What it prints goes to the file, which is emptied first.
  static base::Result<std::unique_ptr<ChildProcess>> start(
      const std::vector<std::string>& arguments, const std::string& log_file,
      Environment environment = Environment::kClean);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }

  // Its exit code, or 128 and the signal's number; nothing while it runs. Does not wait.
  std::optional<int> exit_code();

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}

  pid_t pid_;
  std::optional<int> exit_code_;
};

}  // namespace cli
