#include "base/descriptors.h"

#include <sys/resource.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <fstream>
#include <string>

namespace {

// How many descriptors the kernel's table holds before it must grow.
std::uint64_t table_size() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::uint64_t size = 0;
    if (word == "FDSize:" && status >> size) return size;
  }
  return 0;
}

}  // namespace

TEST_CASE("the limit of descriptors is raised to the machine's") {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 100);
  setrlimit(RLIMIT_NOFILE, &limit);
  CHECK(base::raise_descriptor_limit() == limit.rlim_max);
  getrlimit(RLIMIT_NOFILE, &limit);
  CHECK(limit.rlim_cur == limit.rlim_max);
}

TEST_CASE("once they are reserved, the table of descriptors need not grow") {
  base::reserve_descriptors();
  CHECK(table_size() >= std::min<std::uint64_t>(base::raise_descriptor_limit(), 65536));
}
