// What a run has counted so far in Prometheus' text format. docs/exports.md has the names.
#pragma once

#include <string>

#include "base/clock.h"
#include "metrics/store.h"

namespace output {

struct PrometheusRun {
  std::string version;
  std::string script;
  base::Duration elapsed{};
};

// All metrics that have samples, by the order of their ids, each with its series by their tags:
//
//   counters   perigee_NAME_total
//   gauges     perigee_NAME
//   rates      perigee_NAME_true_total and perigee_NAME_of_total: the share is their quotient
//   trends     a histogram perigee_NAME with bounds that are bounds of the trend's own buckets, so
//   its
//              counts are exact; what is known only from below counts as above all of them
//
// with the unit (seconds, bytes, usd, ratio) behind NAME. A tag with more than 100 values is no
// label: its series are merged.
//
// Cost: about 11 µs and 5 KB for each series of a trend.
std::string prometheus_text(const metrics::Store* store, const PrometheusRun& run);

}  // namespace output
