// How many allocations a piece of work makes. Counted where one file of the test executable includes
// count_allocations.h.
#pragma once

#include <cstddef>

namespace tests {

inline thread_local std::size_t allocations = 0;

// The number of allocations that `work` makes on this thread.
template <typename Work>
std::size_t count_allocations(Work&& work) {
  const std::size_t before = allocations;
  work();
  return allocations - before;
}

}  // namespace tests
