// One finished or censored request, and the samples that it becomes.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "client/context.h"
#include "llm/rate_limits.h"
#include "llm/reply.h"
#include "llm/stream_times.h"
#include "llm/timeline.h"
#include "metrics/tags.h"
#include "net/http_client.h"

namespace client {

using llm::Outcome;
using llm::to_string;

// What is known of any HTTP request when it is over.
struct HttpRecord {
  Origin origin;
  metrics::TagSet
      tags;  // The iteration's, the script's, name and method; status and error are added.
  Outcome outcome = Outcome::kCompleted;
  bool cancelled = false;  // By its user, who had seen enough or left: completed, without an end.
  std::optional<llm::ErrorKind> error;
  std::optional<llm::LimitKind> limit;  // That a rate_limited request ran into, where known.
  std::string_view cache;               // "hit", "miss", "unused", or "": see LlmAnswer.
  base::TimePoint asked{};
  base::TimePoint ended{};  // When it was over for us: done, failed or given up.
  net::HttpResult result;   // Of a censored or cancelled one: only what was known of it then.
};

// Counts http_*, data_sent and data_received.
void record_http(Context& context, const HttpRecord& record);

struct LlmRecord {
  const HttpRecord& http;
  const llm::Reply& reply;
  const llm::StreamTimes& times;
  bool streamed = true;                 // Asked for as a stream: others have no first token.
  bool retry = false;                   // Not the first request of its call.
  base::TimePoint seen_until;           // If no first token is known, there was none until then.
  std::optional<base::TimePoint> done;  // Of a completed request that was not cancelled.
  std::optional<llm::TimePerToken> tpot;
  std::optional<double> cost_usd;
  std::span<const llm::RateLimit> limits;  // As the answer's headers say.
};

// Counts llm_*, but for the gaps between events, which are counted as they come, and judges the
// request by the run's objectives.
void record_llm(Context& context, const LlmRecord& record);

// Counts the share of a bucket that is used up. A bucket belongs to a model and a tier, whatever
// task asked; tier "" is the standard one.
void record_used(Context& context, llm::LimitedQuantity quantity, std::string_view model,
                 std::string_view tier, double share);

// The time from sending to `end`; from `start` where nothing was sent yet.
base::Duration since_sending(const net::HttpStamps& stamps, base::TimePoint end);

}  // namespace client
