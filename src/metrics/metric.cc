#include "metrics/metric.h"

namespace metrics {

std::string_view to_string(Type type) {
  switch (type) {
    case Type::kCounter:
      return "counter";
    case Type::kGauge:
      return "gauge";
    case Type::kRate:
      return "rate";
    case Type::kTrend:
      return "trend";
  }
  return "";
}

std::string_view to_string(Unit unit) {
  switch (unit) {
    case Unit::kNone:
      return "";
    case Unit::kTime:
      return "s";
    case Unit::kShare:
      return "%";
    case Unit::kTokens:
      return "tokens";
    case Unit::kTokensPerSecond:
      return "tokens/s";
    case Unit::kEvents:
      return "events";
    case Unit::kBytes:
      return "B";
    case Unit::kUsd:
      return "usd";
  }
  return "";
}

}  // namespace metrics
