#include "analysis/welch.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace analysis {
namespace {

// How often the true difference would be found at what detectable() names.
constexpr double kPower = 0.9;

double t_quantile(double degrees, double probability) {
  return boost::math::quantile(boost::math::students_t(degrees), probability);
}

// The probability of a t above this one. Without noise every difference is a certain one.
double tail_above(double difference, double standard_error, double degrees) {
  if (std::isnan(difference) || difference == -INFINITY) return 1;
  if (standard_error == 0 || difference == INFINITY) return difference > 0 ? 0 : 1;
  const boost::math::students_t distribution(degrees);
  return boost::math::cdf(boost::math::complement(distribution, difference / standard_error));
}

}  // namespace

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double variance_of(std::span<const double> values) {
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares / static_cast<double>(values.size() - 1);
}

SampleMean sample_mean(std::span<const double> values, double least_variance) {
  const auto count = static_cast<double>(values.size());
  return {.mean = mean_of(values),
          .variance = std::max(variance_of(values), least_variance) / count,
          .degrees = count - 1};
}

Bounds Difference::interval(double confidence) const {
  const double reach =
      standard_error == 0 ? 0 : standard_error * t_quantile(degrees, (1 + confidence) / 2);
  return {estimate - reach, estimate + reach};
}

double Difference::p_above(double margin) const {
  return tail_above(estimate - margin, standard_error, degrees);
}

double Difference::p_below(double margin) const {
  return tail_above(margin - estimate, standard_error, degrees);
}

double Difference::detectable(double confidence) const {
  if (standard_error == 0) return 0;
  return standard_error * (t_quantile(degrees, (1 + confidence) / 2) + t_quantile(degrees, kPower));
}

Difference welch(const SampleMean& base, const SampleMean& next) {
  const double variance = base.variance + next.variance;
  Difference difference{.estimate = next.mean - base.mean,
                        .standard_error = std::sqrt(variance),
                        .degrees = base.degrees + next.degrees};
  if (variance > 0) {
    difference.degrees = variance * variance /
                         (base.variance * base.variance / base.degrees +
                          next.variance * next.variance / next.degrees);
  }
  return difference;
}

}  // namespace analysis
