#include "client/request_timeline.h"

namespace client {

llm::Timeline make_timeline(const HttpRecord& http, const llm::Reply& reply, const LlmSpec& spec,
                            std::optional<base::TimePoint> complete_at) {
  const net::HttpStamps& stamps = http.result.stamps;
  const auto if_known = [](base::TimePoint at) {
    return at == base::TimePoint{} ? std::nullopt : std::optional(at);
  };
  llm::Timeline timeline;
  timeline.model = spec.model;
  timeline.due = http.origin.due;
  timeline.asked = http.asked;
  timeline.start = stamps.start;
  timeline.sending = if_known(stamps.sending);
  timeline.sent = if_known(stamps.sent);
  timeline.first_byte = if_known(stamps.first_byte);
  if (reply.complete) timeline.done = complete_at ? complete_at : if_known(stamps.done);
  timeline.ended = if_known(stamps.done).value_or(http.ended);
  timeline.outcome = http.outcome;
  timeline.cancelled = http.cancelled;
  timeline.streamed = spec.stream;
  timeline.error = http.error;
  timeline.input_tokens = reply.usage.all_input();
  timeline.output_tokens = reply.usage.output_tokens;
  timeline.thinking_tokens = reply.usage.thinking_tokens;
  timeline.usage_final = reply.usage.final;
  return timeline;
}

}  // namespace client
