#include "cli/mock_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace cli {
namespace {

std::string read_line(int fd) {
  std::string line;
  char c = 0;
  while (true) {
    const ssize_t got = read(fd, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || c == '\n') return line;
    line += c;
  }
}

}  // namespace

base::Result<std::unique_ptr<MockProcess>> MockProcess::start(
    const std::vector<std::string>& arguments, const std::string& log_file) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return base::fail("cannot make a pipe: {}", std::strerror(errno));
  }
  fcntl(ends[1], F_SETFD, 0);  // The mock says on it where it listens.
  std::vector<std::string> words = {"mock", "--port", "0", "--ready-fd", std::to_string(ends[1])};
  words.insert(words.end(), arguments.begin(), arguments.end());
  auto child = ChildProcess::start(words, {.log_file = log_file,
                                           .keeps_log = true,
                                           .environment = ChildOptions::Environment::kOwn,
                                           .end_signal = SIGTERM});
  close(ends[1]);
  const std::string line = child ? read_line(ends[0]) : "";
  close(ends[0]);
  if (!child) return tl::unexpected(child.error());
  const int port = std::atoi(line.c_str());
  if (port <= 0) {
    return base::fail("the mock did not start; its message stands {}",
                      log_file.empty() ? "above" : "in " + log_file);
  }
  return std::unique_ptr<MockProcess>(
      new MockProcess(std::move(*child), static_cast<std::uint16_t>(port)));
}

std::string MockProcess::base_url() const { return fmt::format("http://127.0.0.1:{}", port_); }

}  // namespace cli
