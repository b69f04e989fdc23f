#include "analysis/profiles.h"

namespace analysis {

using metrics::Unit;

void Guidellm::add(const llm::Timeline& timeline) {
  if (!is_answered(timeline)) return;
  const ContentTimes content(timeline);
  const std::uint64_t tokens = output_tokens(timeline);
  ++completed_;
  input_ += timeline.input_tokens;
  output_ += tokens;
  latency_.add(seconds_between(timeline.start, timeline.ended));
  // GuideLLM writes 0 for what an answer does not have.
  const bool has_content = !content.all.empty();
  ttft_.add(has_content ? seconds_between(timeline.start, content.all.front()) : 0);
  ttfo_.add(content.first_answer ? seconds_between(timeline.start, *content.first_answer) : 0);
  const base::TimePoint last = has_content ? content.all.back() : timeline.ended;
  const auto n = static_cast<double>(tokens);
  if (tokens > 0) tpot_.add(seconds_between(timeline.start, last) / n, tokens);
  if (tokens > 1) {
    itl_.add(has_content ? seconds_between(content.all.front(), last) / (n - 1) : 0, tokens - 1);
  }
}

Definition Guidellm::finish(const Requests& requests, const RunFacts& /*facts*/) const {
  const std::vector<Statistic> statistics = {{"mean", Statistic::kMean},
                                             {"median", Statistic::kQuantile, 0.5},
                                             {"p95", Statistic::kQuantile, 0.95},
                                             {"p99", Statistic::kQuantile, 0.99},
                                             {"std_dev", Statistic::kStddev}};
  const auto times = [&](const char* name, const Sample& sample, const char* explanation) {
    return distribution(name, Unit::kTime, sample, statistics, Quantile::kWeighted, explanation);
  };
  const double duration = requests.span();
  Definition definition;
  definition.profile = to_string(Profile::kGuidellm);
  definition.tool = "GuideLLM";
  definition.statistics = {"mean", "median", "p95", "p99", "std_dev"};
  definition.figures = {
      times("request_latency", latency_,
            "to the end of the answer's body; llm_request_duration ends with the terminal event"),
      times("time_to_first_token_ms", ttft_,
            "to the first content, thinking and tool input included, as llm_ttft, but from before "
            "connecting; 0 for an answer without content"),
      times("time_to_first_output_token_ms", ttfo_,
            "to the first content that is no thinking; 0 where there was none"),
      times("inter_token_latency_ms", itl_,
            "one value a request: (last − first content) / (output tokens − 1), weighted by output "
            "tokens − 1; llm_itl has every gap"),
      times("time_per_output_token_ms", tpot_,
            "(last content − start) / output tokens, weighted by output tokens: the time to first "
            "token is in it, which llm_tpot leaves out"),
      throughput("requests_per_second (mean)", Unit::kNone, static_cast<double>(completed_),
                 duration,
                 "answered requests from the first request's start to the last one's end"),
      throughput("output_tokens_per_second (mean)", Unit::kTokensPerSecond,
                 static_cast<double>(output_), duration, "output tokens over the same time"),
      throughput("tokens_per_second (mean)", Unit::kTokensPerSecond,
                 static_cast<double>(input_ + output_), duration,
                 "input and output tokens over the same time")};
  definition.notes = {
      "clock: from when a request is given to the HTTP client, so connecting is in all times; "
      "GuideLLM reads the wall clock, here it is the monotonic one",
      "percentiles: the first value whose cumulated weight reaches the share",
      "tokens: usage, as GuideLLM takes it, else one for each content event"};
  return definition;
}

}  // namespace analysis
