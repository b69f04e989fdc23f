#include "cli/mock_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "cli/signals.h"

namespace cli {
namespace {

void print_to(const std::string& log_file) {
  const int log = open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return;
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
}

[[noreturn]] void become_mock(const std::vector<std::string>& arguments,
                              const std::string& log_file, int ready_fd) {
  // Its own process group: a Ctrl-C is meant for the run, which still needs its server.
  setpgid(0, 0);
  // What the parent waits for itself ends the mock.
  unblock_signals();
  if (!log_file.empty()) print_to(log_file);
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
    const std::vector<std::string>& arguments, const std::string& log_file) {
  int ends[2];
  if (pipe(ends) != 0) return base::fail("cannot make a pipe: {}", std::strerror(errno));
  const pid_t pid = fork();
  if (pid < 0) return base::fail("cannot start a process: {}", std::strerror(errno));
  if (pid == 0) {
    close(ends[0]);
    become_mock(arguments, log_file, ends[1]);
  }
  close(ends[1]);
  const std::string line = read_line(ends[0]);
  close(ends[0]);
  const int port = std::atoi(line.c_str());
  if (port <= 0) {
    waitpid(pid, nullptr, 0);
    return base::fail("the mock did not start; its message stands {}",
                      log_file.empty() ? "above" : "in " + log_file);
  }
  return std::unique_ptr<MockProcess>(new MockProcess(pid, static_cast<std::uint16_t>(port)));
}

MockProcess::~MockProcess() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

std::string MockProcess::base_url() const { return fmt::format("http://127.0.0.1:{}", port_); }

}  // namespace cli
