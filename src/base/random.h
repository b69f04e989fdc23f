// Random numbers that depend on nothing but a seed and a position.
#pragma once

#include <cstdint>

namespace base {

// Mixes a seed with a number, so that each VU, iteration or arrival gets a stream of its own and
// the outcome does not depend on which worker draws first.
std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t number);

// A splitmix64 sequence.
// Cost: a few nanoseconds per number; copyable, 8 bytes.
class RandomStream {
 public:
  explicit RandomStream(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next();
  double uniform();      // In (0, 1): never 0 and never 1, so its logarithm is finite.
  double exponential();  // Mean 1.
  double normal();       // Mean 0, standard deviation 1.
  // In [0, bound); REQUIRES: bound > 0.
  std::uint64_t below(std::uint64_t bound);

 private:
  std::uint64_t state_;
};

}  // namespace base
