#include "load/arrivals.h"

#include <cmath>

namespace load {
namespace {

// Keeps the arrivals' random numbers apart from what else is drawn for a scenario.
constexpr std::uint64_t kArrivalsSalt = 0x6172'7269'7661'6c73ULL;

// Gamma of shape >= 1 and scale 1, by Marsaglia and Tsang's squeeze of a normal.
double gamma_of_large_shape(double shape, base::RandomStream& random) {
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  while (true) {  // Takes a draw with probability above 0.95.
    const double x = random.normal();
    const double root = 1.0 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (std::log(random.uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

// Gamma of the shape and of mean 1.
double unit_gamma(double shape, base::RandomStream& random) {
  if (shape >= 1) return gamma_of_large_shape(shape, random) / shape;
  const double boosted = gamma_of_large_shape(shape + 1, random);
  return boosted * std::pow(random.uniform(), 1 / shape) / shape;
}

}  // namespace

std::uint64_t arrivals_seed(std::uint64_t plan_seed, std::size_t scenario) {
  return base::derive_seed(base::derive_seed(plan_seed, kArrivalsSalt), scenario);
}

base::Duration due_at_speed(base::Duration due, double speed) {
  return base::Duration(std::llround(static_cast<long double>(due.count()) / speed));
}

Arrivals::Arrivals(const Scenario& scenario, std::uint64_t seed, Stripe stripe)
    : executor_(scenario.executor),
      arrival_(scenario.arrival),
      duration_(scenario.duration),
      trace_(scenario.trace),
      speed_(scenario.speed),
      stripe_(stripe),
      curve_(scenario),
      random_(seed) {}

std::optional<Start> Arrivals::next() {
  while (const auto due = next_due()) {
    const std::uint64_t number = number_++;
    if (stripe_.has(number)) return Start{*due, number};
  }
  return std::nullopt;
}

std::optional<base::Duration> Arrivals::next_due() {
  if (executor_ == ExecutorKind::kTrace) {
    if (number_ >= trace_->arrivals.size()) return std::nullopt;
    return due_at_speed(trace_->arrivals[number_].due, speed_);
  }
  const auto due = curve_.reach(next_level());
  const bool ends_before = executor_ == ExecutorKind::kConstantArrivalRate;
  if (due && ends_before && *due >= duration_) return std::nullopt;
  return due;
}

long double Arrivals::next_level() {
  switch (arrival_.kind) {
    case Arrival::Kind::kPoisson:
      return level_ += random_.exponential();
    case Arrival::Kind::kGamma:
      return level_ += unit_gamma(arrival_.burstiness, random_);
    case Arrival::Kind::kUniform:
      break;
  }
  const auto level = static_cast<long double>(number_);
  return executor_ == ExecutorKind::kConstantArrivalRate ? level : level + 1;
}

}  // namespace load
