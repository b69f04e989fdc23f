#include "base/random.h"

#include <cmath>
#include <numbers>

namespace base {
namespace {

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15ULL;

std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t number) {
  return mix(mix(seed + kGolden) ^ mix(number * kGolden + 1));
}

std::uint64_t RandomStream::next() { return mix(state_ += kGolden); }

double RandomStream::uniform() { return (static_cast<double>(next() >> 11) + 0.5) * 0x1p-53; }

double RandomStream::exponential() { return -std::log(uniform()); }

double RandomStream::normal() {
  // Box–Muller without keeping the second value: a stream stays a pure function of its position.
  const double radius = std::sqrt(2.0 * exponential());
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::uint64_t RandomStream::below(std::uint64_t bound) {
  // The bias of a plain remainder is under bound / 2^64: nothing a load test could see.
  return next() % bound;
}

}  // namespace base
