// By how much the client itself may have got an aggregate wrong.
#pragma once

#include "metrics/series.h"
#include "metrics/threshold.h"

namespace metrics {

// The true value lies within [value - below, value + above]. Not finite where nothing is known.
struct ErrorBound {
  double below = 0;
  double above = 0;

  bool is_zero() const { return below == 0 && above == 0; }
};

// Of a trend's aggregate, from the errors of its single values and from `lost`, how many values
// there were beside them of which nothing is known (gaps that the client blurred).
//
// A quantile's bound needs no joint distribution: if a share a of the values is off by more than e,
// the true quantile q lies between the measured ones at q - a, less e, and at q + a, plus e; the
// tightest e is taken. A mean is off by the mean error at most, a standard deviation by the root
// of the mean square error, minimum and maximum by the largest error. Of what was lost only
// quantiles can be bounded; for the other aggregates it is not counted.
//
// Cost: a walk over the buckets for each bucket of `errors`: some 0.1 ms where many are uncertain.
ErrorBound error_bound(const Trend& trend, const Threshold& threshold, double lost);

// Of a rate's share or count: those of its trues that the client brought about may be none.
ErrorBound error_bound(const Rate& rate, const Threshold& threshold);

}  // namespace metrics
