#include "cli/ledger.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace cli {
namespace {

constexpr std::size_t kRecentSeconds = 5;

metrics::Delta totals_of(std::span<const metrics::Delta> deltas) {
  std::vector<std::optional<metrics::Series>> totals;  // By metric id.
  for (const metrics::Delta& delta : deltas) {
    for (const metrics::Delta::Entry& entry : delta.entries) {
      if (entry.metric >= totals.size()) totals.resize(entry.metric + 1);
      auto& total = totals[entry.metric];
      if (total) {
        metrics::merge(*total, entry.series);
      } else {
        total = entry.series;
      }
    }
  }
  const auto no_tags = std::make_shared<const metrics::TagSet>();
  metrics::Delta merged;
  for (metrics::MetricId metric = 0; metric < totals.size(); ++metric) {
    if (totals[metric]) merged.entries.push_back({metric, no_tags, std::move(*totals[metric])});
  }
  return merged;
}

}  // namespace

Ledger::Ledger(const metrics::Registry& registry, std::span<const metrics::Threshold> thresholds,
               base::Duration warmup)
    : registry_(registry),
      thresholds_(thresholds),
      warmup_(warmup),
      own_(registry),
      results_(registry),
      apart_(registry),
      windows_(thresholds, registry, warmup),
      course_(registry, thresholds) {}

void Ledger::take_in(std::vector<metrics::Delta> deltas, bool own_apart) {
  deltas.push_back(own_.take_delta());
  deltas.back().apart = own_apart;
  for (metrics::Delta& delta : deltas) {
    (delta.apart ? apart_ : results_).merge(delta);
    this_second_.push_back(std::move(delta));
  }
}

void Ledger::end_second(base::Duration elapsed) {
  look_at_second(elapsed);
  windows_.on_second(elapsed, this_second_);
  recent_.push_back(totals_of(std::exchange(this_second_, {})));
  if (recent_.size() > kRecentSeconds) recent_.pop_front();
}

void Ledger::look_at_second(base::Duration elapsed) {
  const auto client = health_.on_second({seconds_until_, elapsed}, this_second_);
  course_.on_second(elapsed, this_second_, client);
  last_second_ = client;
  seconds_until_ = elapsed;
}

void Ledger::end(base::Duration elapsed) {
  look_at_second(elapsed);
  windows_.on_end(elapsed, std::exchange(this_second_, {}));
}

metrics::Store Ledger::recent() const {
  metrics::Store recent(registry_);
  for (const metrics::Delta& second : recent_) recent.merge(second);
  return recent;
}

base::Duration Ledger::recent_span() const {
  return std::chrono::seconds(1) * static_cast<std::int64_t>(recent_.size());
}

base::Duration Ledger::judged(base::Duration elapsed) const {
  return std::max(base::Duration::zero(), elapsed - warmup_);
}

const metrics::Threshold* Ledger::aborting_threshold(base::Duration elapsed) const {
  for (std::size_t i = 0; i < thresholds_.size(); ++i) {
    const metrics::Threshold& threshold = thresholds_[i];
    if (!threshold.abort_on_fail || elapsed < threshold.delay) continue;
    if (threshold.window > base::Duration::zero()) {
      if (windows_.first_failure(i)) return &threshold;
      continue;
    }
    const metrics::Judgement judgement = metrics::judge(threshold, results_, judged(elapsed));
    // While it runs, no samples yet is no failure.
    if (judgement.samples > 0 && judgement.verdict == metrics::Verdict::kFailed) return &threshold;
  }
  return nullptr;
}

std::vector<output::JudgedThreshold> Ledger::judge(base::Duration elapsed) const {
  std::vector<output::JudgedThreshold> all;
  for (std::size_t i = 0; i < thresholds_.size(); ++i) {
    const metrics::Threshold& threshold = thresholds_[i];
    const bool windowed = threshold.window > base::Duration::zero();
    all.push_back({threshold, windowed ? windows_.judgement(i, results_)
                                       : metrics::judge(threshold, results_, judged(elapsed))});
  }
  return all;
}

void Ledger::show_client(output::Progress& progress) const {
  progress.client = last_second_;
  for (const metrics::ClientFinding& finding : health_.findings()) {
    const bool is_recent = finding.spans.back().end + recent_span() > seconds_until_;
    if (is_recent && progress.held_up.empty()) progress.held_up = finding.figure;
    progress.held_up_before |= !is_recent;
  }
}

}  // namespace cli
