#include "load/iteration_recorder.h"

#include <algorithm>

#include "metrics/builtin.h"

namespace load {
namespace {

metrics::TagSet tags_of(const Scenario& scenario) {
  metrics::TagSet tags = scenario.tags;
  tags.set("scenario", scenario.name);
  return tags;
}

}  // namespace

IterationRecorder::IterationRecorder(const Scenario& scenario, metrics::Shard& shard)
    : open_(is_open(scenario.executor)),
      shard_(shard),
      scenario_tags_(shard.intern(tags_of(scenario))) {}

void IterationRecorder::finished(const Vu& vu, const Iteration& iteration, base::TimePoint now) {
  const metrics::TagsId tags = vu.tags();
  const base::TimePoint begun = vu.begun().value_or(now);
  const base::Duration lag = begun - iteration.due - iteration.vu_wait;
  shard_.add(metrics::kIterations, tags, 1);
  const base::Duration late = vu.lateness();
  shard_.add_with_error(metrics::kIterationDuration, tags, base::to_seconds(now - begun),
                        base::to_seconds(std::min(late, now - begun)));
  shard_.add_with_error(metrics::kIterationDurationFromDue, tags,
                        base::to_seconds(now - iteration.due),
                        base::to_seconds(std::min(late + lag, now - iteration.due)));
  shard_.add(metrics::kStartLag, tags, base::to_seconds(lag));
  if (open_) shard_.add(metrics::kVuWait, tags, base::to_seconds(iteration.vu_wait));
}

void IterationRecorder::interrupted(const Vu& vu, const Iteration& iteration, base::TimePoint now) {
  const metrics::TagsId tags = vu.tags();
  const base::TimePoint had_vu = iteration.due + iteration.vu_wait;
  shard_.add(metrics::kInterruptedIterations, tags, 1);
  shard_.add_lower_bound(metrics::kIterationDurationFromDue, tags,
                         base::to_seconds(now - iteration.due));
  if (const auto begun = vu.begun()) {
    shard_.add_lower_bound(metrics::kIterationDuration, tags, base::to_seconds(now - *begun));
    shard_.add(metrics::kStartLag, tags, base::to_seconds(*begun - had_vu));
  } else {
    shard_.add_lower_bound(metrics::kStartLag, tags, base::to_seconds(now - had_vu));
  }
  if (open_) shard_.add(metrics::kVuWait, tags, base::to_seconds(iteration.vu_wait));
}

void IterationRecorder::dropped() { shard_.add(metrics::kDroppedIterations, scenario_tags_, 1); }

void IterationRecorder::never_begun(base::TimePoint due, base::TimePoint now) {
  const double waited = base::to_seconds(now - due);
  dropped();
  shard_.add_lower_bound(metrics::kIterationDurationFromDue, scenario_tags_, waited);
  shard_.add_lower_bound(metrics::kVuWait, scenario_tags_, waited);
}

}  // namespace load
