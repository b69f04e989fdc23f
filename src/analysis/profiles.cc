#include "analysis/profiles.h"

#include <algorithm>

namespace analysis {

void Requests::add(const llm::Timeline& timeline) {
  first_start_ = all_ == 0 ? timeline.start : std::min(first_start_, timeline.start);
  last_end_ = all_ == 0 ? timeline.ended : std::max(last_end_, timeline.ended);
  ++all_;
  if (timeline.cancelled) ++cancelled_;
  if (timeline.outcome == llm::Outcome::kFailed && !is_answered(timeline)) ++failed_;
  if (timeline.outcome == llm::Outcome::kCensored) ++censored_;
  if (is_answered(timeline) && !timeline.usage_final) ++without_usage_;
}

double Requests::span() const { return seconds_between(first_start_, last_end_); }

ContentTimes::ContentTimes(const llm::Timeline& timeline) {
  all.reserve(timeline.events.size());
  for (const llm::TimedEvent& event : timeline.events) {
    if (event.content == llm::Content::kNone) continue;
    all.push_back(event.arrived);
    if (event.content != llm::Content::kThinking && !first_answer) first_answer = event.arrived;
  }
}

bool is_answered(const llm::Timeline& timeline) {
  return timeline.whole() || timeline.error == llm::ErrorKind::kRefused;
}

std::uint64_t output_tokens(const llm::Timeline& timeline) {
  if (timeline.usage_final) return timeline.output_tokens;
  return static_cast<std::uint64_t>(
      std::count_if(timeline.events.begin(), timeline.events.end(),
                    [](const auto& event) { return event.content != llm::Content::kNone; }));
}

double seconds_between(base::TimePoint begin, base::TimePoint end) {
  return std::max(0.0, base::to_seconds(end - begin));
}

Figure distribution(std::string name, metrics::Unit unit, const Sample& sample,
                    const std::vector<Statistic>& statistics, Quantile method,
                    std::string explanation) {
  Figure figure{.name = std::move(name),
                .unit = unit,
                .values = {},
                .count = sample.count(),
                .explanation = std::move(explanation)};
  if (sample.count() == 0) return figure;
  for (const Statistic& statistic : statistics) {
    switch (statistic.kind) {
      case Statistic::kMean:
        figure.values.push_back(sample.mean());
        break;
      case Statistic::kStddev:
        figure.values.push_back(sample.stddev());
        break;
      case Statistic::kMin:
        figure.values.push_back(sample.min());
        break;
      case Statistic::kMax:
        figure.values.push_back(sample.max());
        break;
      case Statistic::kQuantile:
        figure.values.push_back(sample.quantile(statistic.q, method));
        break;
    }
  }
  if (!sample.is_exact())
    figure.explanation += "; percentiles within 0.27 %: over a million values";
  return figure;
}

Figure single(std::string name, metrics::Unit unit, double value, std::string explanation) {
  return {.name = std::move(name),
          .unit = unit,
          .values = {value},
          .count = 0,
          .explanation = std::move(explanation),
          .single = true};
}

Figure throughput(std::string name, metrics::Unit unit, double total, double seconds,
                  std::string explanation) {
  Figure figure = single(std::move(name), unit, 0, std::move(explanation));
  if (seconds > 0) {
    figure.values = {total / seconds};
  } else {
    figure.values.clear();
  }
  return figure;
}

}  // namespace analysis
