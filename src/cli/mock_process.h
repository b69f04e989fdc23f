// The mock beside a run, as a child process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace cli {

// Lifetime: the child ends with this object, and with this process if that dies first.
// Threads:  start it before any thread is made.
class MockProcess {
 public:
  // Runs `perigee mock` with these arguments on a free port, and waits until it listens. What it
  // prints is appended to the file, where one is named.
  static base::Result<std::unique_ptr<MockProcess>> start(const std::vector<std::string>& arguments,
                                                          const std::string& log_file = "");
  ~MockProcess();
  MockProcess(const MockProcess&) = delete;
  MockProcess& operator=(const MockProcess&) = delete;

  std::string base_url() const;
  pid_t pid() const { return pid_; }

 private:
  MockProcess(pid_t pid, std::uint16_t port) : pid_(pid), port_(port) {}

  pid_t pid_;
  std::uint16_t port_;
};

}  // namespace cli
