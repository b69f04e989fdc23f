#include <cmath>

#include "analysis/profiles.h"

namespace analysis {
namespace {

using metrics::Unit;

// Of the answer's text: what its tokenizer would be given.
std::uint64_t text_tokens(const llm::Timeline& timeline) {
  const std::uint64_t tokens = output_tokens(timeline);
  if (timeline.usage_final) {
    const std::uint64_t thinking = timeline.thinking_tokens.value_or(0);
    return tokens > thinking ? tokens - thinking : 0;
  }
  std::uint64_t events = 0;
  for (const llm::TimedEvent& event : timeline.events) {
    events += event.content == llm::Content::kText ? 1 : 0;
  }
  return events;
}

}  // namespace

void InferencePerf::add(const llm::Timeline& timeline) {
  if (!is_answered(timeline)) return;
  const std::uint64_t tokens = text_tokens(timeline);
  ++completed_;
  input_ += timeline.input_tokens;
  output_ += tokens;
  const double latency = seconds_between(timeline.start, timeline.ended);
  latency_.add(latency);
  ntpot_.add(tokens > 0 ? latency / static_cast<double>(tokens) : 0);
  add_stream(timeline, tokens);
}

// All tokens of a chunk get its time, so there are zeros between them. How many tokens a chunk has
// only its tokenizer would know: they are shared out by the bytes of text.
void InferencePerf::add_stream(const llm::Timeline& timeline, std::uint64_t tokens) {
  std::vector<const llm::TimedEvent*> chunks;
  double bytes = 0;
  for (const llm::TimedEvent& event : timeline.events) {
    if (event.content != llm::Content::kText) continue;
    chunks.push_back(&event);
    bytes += event.text_bytes;
  }
  if (chunks.empty() || tokens < 2) return;
  const base::TimePoint first = chunks.front()->arrived;
  const base::TimePoint last = chunks.back()->arrived;
  ttft_.add(seconds_between(timeline.start, first));
  tpot_.add(seconds_between(first, last) / static_cast<double>(tokens - 1));
  double bytes_before = 0;
  std::uint64_t tokens_before = 0;
  base::TimePoint before = first;
  for (const llm::TimedEvent* chunk : chunks) {
    bytes_before += chunk->text_bytes;
    const double share = bytes > 0 ? bytes_before / bytes : 1;
    const auto reached =
        static_cast<std::uint64_t>(std::llround(share * static_cast<double>(tokens)));
    const std::uint64_t own = reached - tokens_before;
    if (own == 0) continue;
    if (tokens_before > 0) itl_.add(seconds_between(before, chunk->arrived));
    itl_.add_zeros(own - 1);
    before = chunk->arrived;
    tokens_before = reached;
  }
}

Definition InferencePerf::finish(const Requests& requests, const RunFacts& /*facts*/) const {
  const std::vector<Statistic> statistics = {{"mean", Statistic::kMean},
                                             {"min", Statistic::kMin},
                                             {"median", Statistic::kQuantile, 0.5},
                                             {"p90", Statistic::kQuantile, 0.9},
                                             {"p99", Statistic::kQuantile, 0.99},
                                             {"max", Statistic::kMax}};
  const auto times = [&](const char* name, const Sample& sample, const char* explanation) {
    return distribution(name, Unit::kTime, sample, statistics, Quantile::kLinear, explanation);
  };
  const double duration = requests.span();
  const auto speed = [&](const char* name, Unit unit, std::uint64_t total,
                         const char* explanation) {
    return throughput(name, unit, static_cast<double>(total), duration, explanation);
  };
  Definition definition;
  definition.profile = to_string(Profile::kInferencePerf);
  definition.tool = "inference-perf";
  definition.statistics = {"mean", "min", "median", "p90", "p99", "max"};
  definition.figures = {
      times("request_latency", latency_,
            "to the end of the answer's body; llm_request_duration ends with the terminal event"),
      times("normalized_time_per_output_token", ntpot_,
            "request latency / text tokens, the wait for the first one in it; 0 for an answer "
            "without text"),
      times("time_per_output_token", tpot_,
            "(last − first text) / (text tokens − 1); llm_tpot counts tool input as well"),
      times("time_to_first_token", ttft_,
            "to the first text, of answers of 2 text tokens or more; llm_ttft takes the first "
            "content, "
            "thinking and tool input too"),
      times(
          "inter_token_latency", itl_,
          "each token of a chunk gets the chunk's time, so all but one of its gaps are 0; llm_itl "
          "is between content events"),
      speed("requests_per_sec", Unit::kNone, completed_,
            "answered requests from the first start to the last end of any request"),
      speed("input_tokens_per_sec", Unit::kTokensPerSecond, input_, "over the same time"),
      speed("output_tokens_per_sec", Unit::kTokensPerSecond, output_,
            "text tokens over the same time"),
      speed("total_tokens_per_sec", Unit::kTokensPerSecond, input_ + output_,
            "input and text tokens over the same time")};
  definition.notes = {
      "clock: from when a request is given to the HTTP client, so connecting is in all times; "
      "perigee's own count from its first byte sent",
      "tokens: inference-perf counts by a tokenizer of its own; here usage less thinking, shared "
      "out over a stream's chunks by their bytes"};
  return definition;
}

}  // namespace analysis
