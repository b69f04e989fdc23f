// What a metric is: a name, a type, a unit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace metrics {

// As in k6: a counter adds up, a gauge keeps the last value, a rate is a share of true among all,
// a trend is a distribution.
enum class Type { kCounter, kGauge, kRate, kTrend };

// The unit of the stored numbers: times in seconds, shares as 0..1, data in bytes.
enum class Unit { kNone, kTime, kShare, kTokens, kTokensPerSecond, kEvents, kBytes, kUsd };

std::string_view to_string(Type type);
std::string_view to_string(Unit unit);  // "", "s", "%", "tokens", "tokens/s", "events", "B", "usd"

// Index into the registry; the built-in metrics come first, in the order of builtin.h.
using MetricId = std::uint32_t;

struct Metric {
  std::string name;
  Type type = Type::kCounter;
  Unit unit = Unit::kNone;
  std::string of;       // A rate's denominator, as in "checks"; empty elsewhere.
  std::string meaning;  // One sentence; docs/metrics.md says the same at more length.
};

}  // namespace metrics
