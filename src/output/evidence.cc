#include "output/evidence.h"

#include <algorithm>

namespace output {
namespace {

std::vector<analysis::Moment> course_of(const std::vector<Interval>& intervals) {
  std::vector<analysis::Moment> course;
  const Interval start;
  const Interval* before = &start;
  for (const Interval& interval : intervals) {
    analysis::Moment moment;
    moment.begin_s = before->elapsed_s;
    moment.end_s = interval.elapsed_s;
    moment.vus = static_cast<double>(interval.vus);
    moment.output_tokens = interval.output_tokens - before->output_tokens;
    course.push_back(std::move(moment));
    before = &interval;
  }
  return course;
}

}  // namespace

analysis::Evidence evidence_of(const RunResult& result) {
  analysis::Evidence evidence(*result.store);
  evidence.judged = result.counted_time();
  evidence.course = course_of(result.intervals);
  evidence.client_findings = result.client_findings;
  for (const auto& [threshold, judgement] : result.thresholds) {
    if (judgement.verdict != metrics::Verdict::kNotJudged) continue;
    evidence.unjudged.push_back({threshold.source, judgement.reason});
  }
  return evidence;
}

}  // namespace output
