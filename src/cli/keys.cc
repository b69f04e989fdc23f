#include "cli/keys.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>

namespace cli {
namespace {

// What a signal handler needs; set before the handlers are.
volatile std::sig_atomic_t g_taken = 0;
termios g_found{};  // As the terminal was.

constexpr std::array kFatal = {SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
                               SIGFPE,  SIGSEGV, SIGSYS,  SIGXCPU};
std::array<struct sigaction, kFatal.size()> g_before{};

// tcsetattr() from a job in the background would stop it.
void set_terminal(const termios& state, int when) {
  sigset_t ttou;
  sigset_t before;
  sigemptyset(&ttou);
  sigaddset(&ttou, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &ttou, &before);
  tcsetattr(STDIN_FILENO, when, &state);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

// Gives the terminal back and dies of the same signal, as it would have without us.
void on_fatal(int signal) {
  if (g_taken != 0) {
    g_taken = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &g_found);
  }
  for (std::size_t i = 0; i < kFatal.size(); ++i) {
    if (kFatal[i] == signal) sigaction(signal, &g_before[i], nullptr);
  }
  raise(signal);  // Delivered when this returns; a fault comes again by itself.
}

void watch_fatal_signals() {
  struct sigaction action {};
  action.sa_handler = on_fatal;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kFatal.size(); ++i) sigaction(kFatal[i], &action, &g_before[i]);
}

void unwatch_fatal_signals() {
  for (std::size_t i = 0; i < kFatal.size(); ++i) sigaction(kFatal[i], &g_before[i], nullptr);
}

}  // namespace

bool in_foreground(int fd) {
  const pid_t group = tcgetpgrp(fd);
  return group < 0 || group == getpgrp();
}

Keys::Keys() : is_terminal_(isatty(STDIN_FILENO) != 0) {
  if (!is_terminal_) return;
  watch_fatal_signals();
  watching_ = true;
  take_terminal();
}

Keys::~Keys() {
  if (!watching_) return;
  give_back();
  unwatch_fatal_signals();
}

std::string Keys::take() {
  if (!is_terminal_ || !in_foreground(STDIN_FILENO)) return "";
  if (!taken_) take_terminal();
  pollfd waiting{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  if (!taken_ || poll(&waiting, 1, 0) <= 0) return "";
  std::array<char, 64> buffer{};
  const ssize_t count = read(STDIN_FILENO, buffer.data(), buffer.size());
  if (count > 0) return {buffer.data(), static_cast<std::size_t>(count)};
  if ((waiting.revents & (POLLHUP | POLLERR)) != 0) is_terminal_ = false;  // It is gone.
  return "";
}

void Keys::suspend() { give_back(); }

void Keys::continued() {
  // Whoever had the terminal meanwhile may have set it up anew.
  taken_ = false;
  if (is_terminal_) take_terminal();
}

void Keys::take_terminal() {
  termios now{};
  if (!in_foreground(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &now) != 0) return;
  // After a stop that came without a warning the terminal may still be as we left it.
  if (!found_ || (now.c_lflag & ICANON) != 0) g_found = now;
  found_ = true;
  termios ours = g_found;
  ours.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  ours.c_cc[VMIN] = 0;
  ours.c_cc[VTIME] = 0;
  g_taken = 1;
  taken_ = true;
  set_terminal(ours, TCSADRAIN);
}

// Keys that nobody read are dropped: they were not meant for the shell.
void Keys::give_back() {
  if (!taken_) return;
  taken_ = false;
  if (in_foreground(STDIN_FILENO)) set_terminal(g_found, TCSAFLUSH);
  g_taken = 0;
}

}  // namespace cli
