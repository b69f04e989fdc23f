// The mock beside a run, as a child process.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/child_process.h"

namespace cli {

// Lifetime: the child ends with this object, and with this process if that dies first.
// Threads:  start it before any thread is made.
class MockProcess {
 public:
  // Runs `perigee mock` with these arguments on a free port, and waits until it listens. What it
  // prints is appended to the file, where one is named.
  static base::Result<std::unique_ptr<MockProcess>> start(const std::vector<std::string>& arguments,
                                                          const std::string& log_file = "");

  std::string base_url() const;
  pid_t pid() const { return child_->pid(); }

 private:
  MockProcess(std::unique_ptr<ChildProcess> child, std::uint16_t port)
      : child_(std::move(child)), port_(port) {}

  std::unique_ptr<ChildProcess> child_;
  std::uint16_t port_;
};

}  // namespace cli
