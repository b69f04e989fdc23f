#include "cli/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
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

// -1 for where this process prints.
base::Result<int> open_log(const ChildOptions& options) {
  if (options.log_file.empty()) return -1;
  const int how = options.keeps_log ? O_APPEND : O_TRUNC;
  const int log = open(options.log_file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0600);
  if (log < 0) return base::fail("cannot write {}: {}", options.log_file, std::strerror(errno));
  return log;
}

[[noreturn]] void become(char** argv, char** environment, int log, int end_signal, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, end_signal);
  if (getppid() != parent) _exit(127);  // It died in between.
  // What this process waits for itself ends the child.
  unblock_signals();
  if (log >= 0) {
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
  }
  execve("/proc/self/exe", argv, environment);
  _exit(127);
}

}  // namespace

base::Result<std::unique_ptr<ChildProcess>> ChildProcess::start(
    const std::vector<std::string>& arguments, const ChildOptions& options) {
  // All that allocates is done before the fork.
  std::vector<std::string> words = {"perigee"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> kept;
  const bool keeps_all = options.environment == ChildOptions::Environment::kOwn;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (keeps_all || !changes_a_run(*variable)) kept.emplace_back(*variable);
  }
  const std::vector<char*> argv = pointers_to(words);
  const std::vector<char*> variables = pointers_to(kept);
  const auto log = open_log(options);
  if (!log) return tl::unexpected(log.error());
  const pid_t parent = getpid();
  const pid_t pid = fork();
  const int error = errno;
  if (pid == 0) {
    become(const_cast<char**>(argv.data()), const_cast<char**>(variables.data()), *log,
           options.end_signal, parent);
  }
  if (*log >= 0) close(*log);
  if (pid < 0) return base::fail("cannot start a process: {}", std::strerror(error));
  return std::unique_ptr<ChildProcess>(new ChildProcess(pid, options.end_signal));
}

ChildProcess::~ChildProcess() {
  if (exit_code()) return;
  kill(pid_, end_signal_);
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
