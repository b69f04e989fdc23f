#include <fmt/format.h>

#include "analysis/profiles.h"

namespace analysis {

using metrics::Unit;

void Mlperf::add(const llm::Timeline& timeline) {
  if (!is_answered(timeline)) return;
  const base::TimePoint scheduled = timeline.due.value_or(timeline.asked);
  const base::TimePoint done = timeline.done.value_or(timeline.ended);
  const ContentTimes content(timeline);
  const std::uint64_t tokens = output_tokens(timeline);
  without_due_ += timeline.due ? 0 : 1;
  last_done_ = completed_ == 0 ? done : std::max(last_done_, done);
  ++completed_;
  tokens_ += tokens;
  latency_.add(seconds_between(scheduled, done));
  if (content.all.empty()) return;
  first_token_.add(seconds_between(scheduled, content.all.front()));
  if (tokens < 2) {
    ++too_short_;
    return;
  }
  tpot_.add(seconds_between(content.all.front(), done) / static_cast<double>(tokens - 1));
}

Definition Mlperf::finish(const Requests& requests, const RunFacts& facts) const {
  const std::vector<Statistic> statistics = {{"mean", Statistic::kMean},
                                             {"min", Statistic::kMin},
                                             {"p50", Statistic::kQuantile, 0.5},
                                             {"p90", Statistic::kQuantile, 0.9},
                                             {"p99", Statistic::kQuantile, 0.99},
                                             {"p99.9", Statistic::kQuantile, 0.999},
                                             {"max", Statistic::kMax}};
  const auto times = [&](const char* name, const Sample& sample, const char* explanation) {
    return distribution(name, Unit::kTime, sample, statistics, Quantile::kIndex, explanation);
  };
  const base::TimePoint begin = facts.measured ? facts.measured->begin : requests.first_start();
  const double duration = seconds_between(begin, last_done_);
  Definition definition;
  definition.profile = to_string(Profile::kMlperf);
  definition.tool = "MLPerf LoadGen (server scenario, token latencies)";
  definition.statistics = {"mean", "min", "p50", "p90", "p99", "p99.9", "max"};
  definition.figures = {
      times("latency", latency_,
            "from the scheduled time to the answer's end, as llm_request_duration_from_due"),
      times("First Token latency", first_token_,
            "from the scheduled time to the first content, as llm_ttft_from_due"),
      times("Time to Output Token", tpot_,
            "(latency − first token latency) / (output tokens − 1), thinking included, where there "
            "are 2 or more; llm_tpot ends with the last content and is over visible tokens"),
      throughput("Completed samples per second", Unit::kNone,
                 completed_ > 0 ? static_cast<double>(completed_ - 1) : 0, duration,
                 "(samples − 1) / time of the last completion"),
      throughput("Completed tokens per second", Unit::kTokensPerSecond,
                 static_cast<double>(tokens_), duration,
                 "output tokens / time of the last completion")};
  definition.notes = {
      "clock: from the scheduled (due) time, so waiting for a free user and the client's lateness "
      "are in all times",
      "percentiles: sorted[n·p]"};
  if (without_due_ > 0) {
    definition.notes.push_back(fmt::format(
        "counted from when they were asked, having no due time (closed load, or not the "
        "first of their iteration): {}",
        without_due_));
  }
  if (too_short_ > 0) {
    definition.notes.push_back(
        fmt::format("without a time to output token, having fewer than 2 tokens, which LoadGen "
                    "refuses: {}",
                    too_short_));
  }
  if (requests.failed() + requests.censored() + requests.cancelled() > 0) {
    definition.notes.emplace_back(
        "LoadGen knows no failures: a run with requests that were not answered is none that it "
        "would call valid");
  }
  return definition;
}

}  // namespace analysis
