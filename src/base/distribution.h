// Distributions as users write them: "constant:200ms", "uniform:a,b", "normal:mean,sd",
// "lognormal:median,sigma", "exponential:mean", or a bare value, which is a constant.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace base {

class Distribution {
 public:
  enum class Kind { kConstant, kUniform, kNormal, kLognormal, kExponential };

  static Distribution constant(double value) { return {Kind::kConstant, value, 0}; }
  static Distribution uniform(double low, double high) { return {Kind::kUniform, low, high}; }
  static Distribution normal(double mean, double sd) { return {Kind::kNormal, mean, sd}; }
  // sigma is the standard deviation of the value's natural logarithm.
  static Distribution lognormal(double median, double sigma) {
    return {Kind::kLognormal, median, sigma};
  }
  static Distribution exponential(double mean) { return {Kind::kExponential, mean, 0}; }

  // Never negative: a draw below zero becomes zero.
  double sample(RandomStream& random) const;

  Kind kind() const { return kind_; }
  double first() const { return first_; }
  double second() const { return second_; }

 private:
  Distribution(Kind kind, double first, double second)
      : kind_(kind), first_(first), second_(second) {}

  Kind kind_;
  double first_;
  double second_;
};

// Reads one value, such as "200ms" or "512"; sigma is always a bare number.
using ParseValue = std::function<Result<double>(std::string_view)>;

Result<Distribution> parse_distribution(std::string_view text, const ParseValue& parse_value);

// For ParseValue: seconds from a duration, and a number that is zero or more.
Result<double> parse_seconds(std::string_view text);
Result<double> parse_number(std::string_view text);

}  // namespace base
