#include <fmt/format.h>

#include "analysis/profiles.h"

namespace analysis {
namespace {

using metrics::Unit;

// What vLLM's client would take for a success: it looks for chunks with a choice, not for an end.
bool is_success(const llm::Timeline& timeline, bool has_message_event) {
  if (!has_message_event) return false;
  return is_answered(timeline) || timeline.error == llm::ErrorKind::kTruncated ||
         timeline.error == llm::ErrorKind::kStreamError;
}

}  // namespace

void Vllm::add(const llm::Timeline& timeline) {
  if (!timeline.streamed) {
    no_stream_ += is_answered(timeline) ? 1 : 0;
    return;
  }
  std::vector<base::TimePoint> chunks;
  for (const llm::TimedEvent& event : timeline.events) {
    if (event.of_message) chunks.push_back(event.arrived);
  }
  if (!is_success(timeline, !chunks.empty())) return;
  ++completed_;
  cut_short_ += is_answered(timeline) ? 0 : 1;
  const std::uint64_t tokens = output_tokens(timeline);
  input_ += timeline.input_tokens;
  output_ += tokens;
  ttft_.add(seconds_between(timeline.start, chunks.front()));
  e2el_.add(seconds_between(timeline.start, chunks.back()));
  for (std::size_t i = 1; i < chunks.size(); ++i) {
    itl_.add(seconds_between(chunks[i - 1], chunks[i]));
  }
  if (tokens > 1) {
    tpot_.add(seconds_between(chunks.front(), chunks.back()) / static_cast<double>(tokens - 1));
  }
}

Definition Vllm::finish(const Requests& requests, const RunFacts& facts) const {
  const std::vector<Statistic> statistics = {{"mean", Statistic::kMean},
                                             {"median", Statistic::kQuantile, 0.5},
                                             {"p99", Statistic::kQuantile, 0.99}};
  const auto times = [&](const char* name, const Sample& sample, const char* explanation) {
    return distribution(name, Unit::kTime, sample, statistics, Quantile::kLinear, explanation);
  };
  const double duration = facts.measured
                              ? seconds_between(facts.measured->begin, facts.measured->end)
                              : requests.span();
  const auto speed = [&](const char* name, Unit unit, std::uint64_t total,
                         const char* explanation) {
    return throughput(name, unit, static_cast<double>(total), duration, explanation);
  };
  Definition definition;
  definition.profile = to_string(Profile::kVllm);
  definition.tool = "vLLM (vllm bench serve)";
  definition.statistics = {"mean", "median", "p99"};
  definition.figures = {
      times("TTFT", ttft_,
            "to the first chunk with a choice, though it be a role without text (message_start, "
            "response.created); llm_ttft waits for content"),
      times("TPOT", tpot_,
            "(E2EL − TTFT) / (output tokens − 1), thinking tokens among them, where there are 2 or "
            "more; llm_tpot is over visible tokens and content events"),
      times(
          "ITL", itl_,
          "each gap between chunks with a choice, the role's and the finish reason's included, of "
          "all requests; llm_itl is between content events, blurred gaps left out"),
      times("E2EL", e2el_,
            "to the last chunk with a choice; llm_request_duration ends with the terminal event"),
      single("Successful requests", Unit::kNone, static_cast<double>(completed_),
             "streams with a chunk that has a choice, even those that broke off (truncated, "
             "stream_error), which perigee counts as failed"),
      speed("Request throughput (req/s)", Unit::kNone, completed_,
            "successful requests per second of the whole run, ramp and drain included"),
      speed("Output token throughput (tok/s)", Unit::kTokensPerSecond, output_,
            "output tokens of successful requests over the same time"),
      speed("Total token throughput (tok/s)", Unit::kTokensPerSecond, input_ + output_,
            "input and output tokens over the same time")};
  definition.notes = {
      "clock: from when a request is given to the HTTP client, so connecting is in all times; "
      "perigee's own count from its first byte sent",
      "tokens: usage, as vLLM takes it; input that the cache served counts"};
  if (cut_short_ > 0) {
    definition.notes.push_back(
        fmt::format("counted as successes though they broke off: {}", cut_short_));
  }
  if (no_stream_ > 0) {
    definition.notes.push_back(
        fmt::format("left out, since vLLM asks for streams alone: {}", no_stream_));
  }
  return definition;
}

}  // namespace analysis
