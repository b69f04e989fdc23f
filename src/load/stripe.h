// How the workers share out what is numbered: slots and starts.
#pragma once

#include <cstdint>

namespace load {

// Which part is ours: the numbers with number % count == index.
struct Stripe {
  std::uint64_t index = 0;
  std::uint64_t count = 1;

  bool has(std::uint64_t number) const { return number % count == index; }
};

}  // namespace load
