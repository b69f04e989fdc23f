#include "cli/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "base/text.h"
#include "cli/signals.h"

namespace cli {
namespace {

bool changes_a_run(std::string_view variable) {
  const std::string_view name = variable.substr(0, variable.find('='));
  for (const char* prefix : {"PERIGEE", "ANTHROPIC_", "OPENAI_", "LUA_"}) {
    if (name.starts_with(prefix)) return true;
  }
  return base::to_lower(name).ends_with("_proxy");
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void become(char** argv, char** environment, int log, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // It died in between.
  unblock_signals();
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execve("/proc/self/exe", argv, environment);
  _exit(127);
}

}  // namespace

base::Result<std::unique_ptr<ChildProcess>> ChildProcess::start(
    const std::vector<std::string>& arguments, const std::string& log_file,
    Environment environment) {
  // All that allocates is done before the fork.
  std::vector<std::string> words = {"perigee"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> kept;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (environment == Environment::kOwn || !changes_a_run(*variable)) kept.emplace_back(*variable);
  }
  const std::vector<char*> argv = pointers_to(words);
  const std::vector<char*> variables = pointers_to(kept);
  const int log = open(log_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (log < 0) return base::fail("cannot write {}: {}", log_file, std::strerror(errno));
  const pid_t parent = getpid();
  const pid_t pid = fork();
  const int error = errno;
  if (pid == 0) {
    become(const_cast<char**>(argv.data()), const_cast<char**>(variables.data()), log, parent);
  }
  close(log);
  if (pid < 0) return base::fail("cannot start a process: {}", std::strerror(error));
  return std::unique_ptr<ChildProcess>(new ChildProcess(pid));
}

ChildProcess::~ChildProcess() {
  if (exit_code()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

std::optional<int> ChildProcess::exit_code() {
  if (exit_code_) return exit_code_;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return exit_code_;
}

}  // namespace cli
