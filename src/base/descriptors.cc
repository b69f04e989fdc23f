#include "base/descriptors.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace base {

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  // Where that was refused, the old one stands.
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

void reserve_descriptors() {
  constexpr std::uint64_t kMost = 65536;
  const std::uint64_t last = std::min(raise_descriptor_limit(), kMost) - 1;
  const int any = eventfd(0, EFD_CLOEXEC);
  const int highest = fcntl(any, F_DUPFD_CLOEXEC, static_cast<int>(last));
  if (highest >= 0) close(highest);
  if (any >= 0) close(any);
}

}  // namespace base
