#include "analysis/profiles.h"

namespace analysis {
namespace {

using metrics::Unit;

// By status and connection alone: an error within a stream of status 200 is none to k6.
bool is_failed(const llm::Timeline& timeline) {
  return timeline.outcome == llm::Outcome::kFailed &&
         timeline.error != llm::ErrorKind::kTruncated &&
         timeline.error != llm::ErrorKind::kStreamError &&
         timeline.error != llm::ErrorKind::kRefused;
}

}  // namespace

void K6::add(const llm::Timeline& timeline) {
  if (timeline.outcome == llm::Outcome::kCensored) return;
  ++requests_;
  failed_ += is_failed(timeline) ? 1 : 0;
  events_ += timeline.events.size();
  if (!timeline.sending || !timeline.sent || !timeline.first_byte) return;
  sending_.add(seconds_between(*timeline.sending, *timeline.sent));
  waiting_.add(seconds_between(*timeline.sent, *timeline.first_byte));
  receiving_.add(seconds_between(*timeline.first_byte, timeline.ended));
  duration_.add(seconds_between(*timeline.sending, timeline.ended));
}

Definition K6::finish(const Requests& requests, const RunFacts& facts) const {
  const std::vector<Statistic> statistics = {{"avg", Statistic::kMean},
                                             {"min", Statistic::kMin},
                                             {"med", Statistic::kQuantile, 0.5},
                                             {"max", Statistic::kMax},
                                             {"p(90)", Statistic::kQuantile, 0.9},
                                             {"p(95)", Statistic::kQuantile, 0.95}};
  const auto times = [&](const char* name, const Sample& sample, const char* explanation) {
    return distribution(name, Unit::kTime, sample, statistics, Quantile::kLinear, explanation);
  };
  const double duration = facts.measured
                              ? seconds_between(facts.measured->begin, facts.measured->end)
                              : requests.span();
  Definition definition;
  definition.profile = to_string(Profile::kK6);
  definition.tool = "k6";
  definition.statistics = {"avg", "min", "med", "max", "p(90)", "p(95)"};
  definition.figures = {
      times("http_req_duration", duration_,
            "sending + waiting + receiving, of all requests that were answered, errors among them, "
            "to the body's end; llm_request_duration is of completed ones, to the terminal event"),
      times(
          "http_req_waiting", waiting_,
          "from the last byte sent to the first byte of the headers: no time to first token, which "
          "k6 does not know"),
      times("http_req_sending", sending_, "from the first to the last byte sent"),
      times("http_req_receiving", receiving_, "from the headers' first byte to the body's end")};
  Figure failed =
      single("http_req_failed", Unit::kShare, 0,
             "by status and connection alone: a stream of status 200 that breaks off or "
             "ends with an error is none, which llm_request_failed counts");
  if (requests_ > 0) {
    failed.values = {static_cast<double>(failed_) / static_cast<double>(requests_)};
  } else {
    failed.values.clear();
  }
  definition.figures.push_back(std::move(failed));
  definition.figures.push_back(single("http_reqs", Unit::kNone, static_cast<double>(requests_),
                                      "requests to models alone: others are in http_reqs above"));
  definition.figures.push_back(throughput("http_reqs/s", Unit::kNone,
                                          static_cast<double>(requests_), duration,
                                          "over the measured time"));
  if (facts.iterations) {
    definition.figures.push_back(single("iterations", Unit::kNone,
                                        static_cast<double>(*facts.iterations),
                                        "iterations that ran to their end, as perigee's own"));
  }
  definition.figures.push_back(single("sse_event", Unit::kNone, static_cast<double>(events_),
                                      "what the SSE extension counts: all events, pings and role "
                                      "chunks among them; llm_itl knows content events"));
  definition.notes = {
      "clock: from the first byte sent, as perigee's own",
      "time to first token, tokens and gaps have no metric in k6: scripts time them by hand"};
  return definition;
}

}  // namespace analysis
