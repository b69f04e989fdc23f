#include "analysis/profiles.h"

namespace analysis {

using metrics::Unit;

void Aiperf::add(const llm::Timeline& timeline) {
  if (!is_answered(timeline)) return;
  const ContentTimes content(timeline);
  if (timeline.streamed && content.all.empty()) return;  // A record without a response.
  const std::uint64_t tokens = output_tokens(timeline);
  const base::TimePoint last =
      content.all.empty() ? timeline.done.value_or(timeline.ended) : content.all.back();
  const base::TimePoint last_response =
      timeline.events.empty() ? timeline.ended : timeline.events.back().arrived;
  first_request_ = completed_ == 0 ? timeline.start : std::min(first_request_, timeline.start);
  last_response_ = completed_ == 0 ? last_response : std::max(last_response_, last_response);
  ++completed_;
  output_ += tokens;
  osl_.add(static_cast<double>(tokens));
  isl_.add(static_cast<double>(timeline.input_tokens));
  const double latency = seconds_between(timeline.start, last);
  latency_.add(latency);
  if (content.all.empty()) return;

  const double ttft = seconds_between(timeline.start, content.all.front());
  ttft_.add(ttft);
  if (content.first_answer) ttfo_.add(seconds_between(timeline.start, *content.first_answer));
  for (std::size_t i = 1; i < content.all.size(); ++i) {
    const double gap = seconds_between(content.all[i - 1], content.all[i]);
    if (i == 1) ttst_.add(gap);
    icl_.add(gap);
  }
  if (tokens < 2) return;
  const double itl = (latency - ttft) / static_cast<double>(tokens - 1);
  itl_.add(itl);
  if (itl > 0) per_user_.add(1 / itl);
}

Definition Aiperf::finish(const Requests& /*requests*/, const RunFacts& /*facts*/) const {
  const std::vector<Statistic> statistics = {
      {"avg", Statistic::kMean},          {"min", Statistic::kMin},
      {"max", Statistic::kMax},           {"p99", Statistic::kQuantile, 0.99},
      {"p90", Statistic::kQuantile, 0.9}, {"p50", Statistic::kQuantile, 0.5},
      {"std", Statistic::kStddev}};
  const auto row = [&](const char* name, Unit unit, const Sample& sample, const char* explanation) {
    return distribution(name, unit, sample, statistics, Quantile::kLinear, explanation);
  };
  const double duration = seconds_between(first_request_, last_response_);
  Definition definition;
  definition.profile = to_string(Profile::kAiperf);
  definition.tool = "AIPerf";
  definition.statistics = {"avg", "min", "max", "p99", "p90", "p50", "std"};
  definition.figures = {
      row("Time to First Token", Unit::kTime, ttft_,
          "to the first content, thinking included, as llm_ttft, but from before connecting"),
      row("Time to Second Token", Unit::kTime, ttst_,
          "the gap between the first and the second content event; perigee has it among llm_itl"),
      row("Time to First Output Token", Unit::kTime, ttfo_,
          "to the first content that is no thinking; llm_ttft_text waits for text, tool input is "
          "none"),
      row("Request Latency", Unit::kTime, latency_,
          "to the last content; llm_request_duration ends with the terminal event"),
      row("Inter Token Latency", Unit::kTime, itl_,
          "one value a request: (latency − TTFT) / (output tokens − 1), what others call TPOT; "
          "llm_itl has every gap"),
      row("Inter Chunk Latency", Unit::kTime, icl_,
          "every gap between content events, as llm_itl, but with those that the client blurred"),
      row("Output Token Throughput Per User", Unit::kTokensPerSecond, per_user_,
          "1 / inter token latency of each request; llm_output_tokens_per_second has the wait for "
          "the first token in it"),
      row("Output Sequence Length", Unit::kTokens, osl_,
          "AIPerf counts by a tokenizer of its own; here usage, thinking included, as "
          "llm_tokens_out"),
      row("Input Sequence Length", Unit::kTokens, isl_,
          "AIPerf counts by a tokenizer of its own; here usage, as llm_tokens_in"),
      throughput("Output Token Throughput", Unit::kTokensPerSecond, static_cast<double>(output_),
                 duration, "output tokens from the first request's start to the last response"),
      throughput("Request Throughput (requests/s)", Unit::kNone, static_cast<double>(completed_),
                 duration, "answered requests over the same time"),
      single("Request Count", Unit::kNone, static_cast<double>(completed_),
             "answered requests; failed ones are left out of every line")};
  definition.notes = {
      "clock: from when a request is given to the HTTP client, so connecting is in all times; "
      "perigee's own count from its first byte sent"};
  return definition;
}

}  // namespace analysis
