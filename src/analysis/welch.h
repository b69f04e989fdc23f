// The difference of two means whose noise is estimated from few values: Welch's t.
#pragma once

#include <span>

namespace analysis {

// A mean and how well it is known.
struct SampleMean {
  double mean = 0;
  double variance = 0;  // Of the mean, not of the values.
  double degrees = 1;   // Degrees of freedom that the variance rests on.
};

// Of values that are independent and alike. REQUIRES: two values or more.
// The variance of the values is taken to be `least_variance` at least: what is known to be noise,
// whether these few values show it or not.
SampleMean sample_mean(std::span<const double> values, double least_variance = 0);

double mean_of(std::span<const double> values);
double variance_of(std::span<const double> values);  // Of the sample; REQUIRES: two values or more.

struct Bounds {
  double low = 0;
  double high = 0;
};

// `next` less `base`.
struct Difference {
  double estimate = 0;
  double standard_error = 0;
  double degrees = 1;

  // Holds the true difference with this probability.
  Bounds interval(double confidence) const;
  // How probable an estimate at least this large would be, were the true difference `margin`.
  double p_above(double margin) const;
  double p_below(double margin) const;
  // The smallest true difference above 0 that `interval(confidence)` would tell from 0 in nine of
  // ten comparisons as noisy as this one.
  double detectable(double confidence) const;
};

// By Welch and Satterthwaite: the two sides need not be equally noisy.
Difference welch(const SampleMean& base, const SampleMean& next);

}  // namespace analysis
