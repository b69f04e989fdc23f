#include "output/evidence.h"

#include "metrics/builtin.h"

namespace output {
namespace {

// Of each interval; nothing where the metric has no samples, or the file tells of none.
std::vector<metrics::CoarseHistogram> histograms_of(const RunResult& result,
                                                    metrics::MetricId metric) {
  for (const IntervalTrend& trend : result.interval_series.trends) {
    if (trend.metric != metric || !trend.selector.empty()) continue;
    std::vector<metrics::CoarseHistogram> all = trend.values;
    for (std::size_t i = 0; i < trend.lower_bounds.size(); ++i) all[i].merge(trend.lower_bounds[i]);
    return all;
  }
  return std::vector<metrics::CoarseHistogram>(result.intervals.size());
}

// What was added within the interval.
double growth(const std::vector<double>& totals, std::size_t interval) {
  return totals[interval] - (interval > 0 ? totals[interval - 1] : 0);
}

std::vector<analysis::Moment> course_of(const RunResult& result) {
  const std::vector<Interval>& intervals = result.intervals;
  const auto ttft = histograms_of(result, metrics::kLlmTtft);
  const auto itl = histograms_of(result, metrics::kLlmItl);
  std::vector<analysis::Moment> course;
  const Interval start;
  const Interval* before = &start;
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    const Interval& interval = intervals[i];
    analysis::Moment moment;
    moment.begin_s = before->elapsed_s;
    moment.end_s = interval.elapsed_s;
    moment.vus = static_cast<double>(interval.vus);
    moment.output_tokens = interval.output_tokens - before->output_tokens;
    moment.cache_write_tokens = interval.cache_write_tokens - before->cache_write_tokens;
    for (const auto& [kind, totals] : result.interval_series.failures) {
      if (const double failed = growth(totals, i); failed > 0) moment.failures[kind] = failed;
    }
    moment.ttft = ttft[i];
    moment.itl = itl[i];
    course.push_back(std::move(moment));
    before = &interval;
  }
  return course;
}

}  // namespace

analysis::Evidence evidence_of(const RunResult& result) {
  analysis::Evidence evidence(*result.store);
  evidence.judged = result.counted_time();
  evidence.course = course_of(result);
  evidence.client_findings = result.client_findings;
  for (const auto& [threshold, judgement] : result.thresholds) {
    if (judgement.verdict != metrics::Verdict::kNotJudged) continue;
    evidence.unjudged.push_back({threshold.source, judgement.reason});
  }
  return evidence;
}

}  // namespace output
