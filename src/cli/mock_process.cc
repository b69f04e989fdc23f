#include "cli/mock_process.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace cli {
namespace {

[[noreturn]] void become_mock(const std::vector<std::string>& arguments, int ready_fd) {
  // Its own process group: a Ctrl-C is meant for the run, which still needs its server.
  setpgid(0, 0);
  std::vector<std::string> words = {
      "perigee", "mock", "--port", "0", "--ready-fd", std::to_string(ready_fd), "--parent-dies"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execv("/proc/self/exe", argv.data());
  _exit(127);
}

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
    const std::vector<std::string>& arguments) {
  int ends[2];
  if (pipe(ends) != 0) return base::fail("--mock: cannot make a pipe: {}", std::strerror(errno));
  const pid_t pid = fork();
  if (pid < 0) return base::fail("--mock: cannot start a process: {}", std::strerror(errno));
  if (pid == 0) {
    close(ends[0]);
    become_mock(arguments, ends[1]);
  }
  close(ends[1]);
  const std::string line = read_line(ends[0]);
  close(ends[0]);
  const int port = std::atoi(line.c_str());
  if (port <= 0) {
    waitpid(pid, nullptr, 0);
    return base::fail("--mock: the mock did not start; its message stands above");
  }
  return std::unique_ptr<MockProcess>(new MockProcess(pid, static_cast<std::uint16_t>(port)));
}

MockProcess::~MockProcess() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

std::string MockProcess::base_url() const { return fmt::format("http://127.0.0.1:{}", port_); }

}  // namespace cli
