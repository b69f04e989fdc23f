#include "base/thread_times.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <ctime>
#include <string_view>

namespace base {

Duration thread_cpu_time() {
  timespec ts{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
  return std::chrono::seconds(ts.tv_sec) + std::chrono::nanoseconds(ts.tv_nsec);
}

RunDelay::RunDelay() : fd_(open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)) {}

RunDelay::~RunDelay() {
  if (fd_ >= 0) close(fd_);
}

// "running waiting slices", the first two in nanoseconds.
Duration RunDelay::total() const {
  char buffer[96];
  const ssize_t got = fd_ < 0 ? -1 : pread(fd_, buffer, sizeof buffer, 0);
  if (got <= 0) return {};
  const std::string_view text(buffer, static_cast<std::size_t>(got));
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return {};
  std::int64_t waiting = 0;
  std::from_chars(buffer + space + 1, buffer + got, waiting);
  return Duration(waiting);
}

}  // namespace base
