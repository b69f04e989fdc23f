// What comes of an answer: reads to events, events to dated ones and the gaps between them. The part
// of LlmRequest that runs for each event.
#include <algorithm>
#include <utility>

#include "client/http_call.h"
#include "client/llm_request.h"
#include "metrics/builtin.h"

namespace client {
namespace {

constexpr std::size_t kMaxBody = 64 * 1024 * 1024;
// How long a server may keep the body open after the stream's terminal event.
constexpr base::Duration kCloseTime = std::chrono::milliseconds(500);

}  // namespace

bool LlmRequest::on_body(const net::BodyPart& part) {
  last_activity_ = part.handled;
  if (part.read_number != read_.number) {
    close_read();
    read_.number = part.read_number;
    // Nothing of the answer came before its request went out.
    const base::TimePoint sending = transfer_->stamps().sending;
    read_.earliest = std::max(part.earliest, sending);
    read_.found_empty = std::max(part.found_empty, sending);
    read_.woken = part.woken;
    read_.by_kernel = part.by_kernel;
    read_.arrived = part.arrived;
    read_.handled = part.handled;
    note_read(context_, part);
  }
  if (decoder_) {
    const bool fits = std::visit([&](auto& parser) { return parser.feed(part.bytes); }, parser_);
    if (!reads_ahead_ && may_read_ahead()) {
      reads_ahead_ = true;
      transfer_->allow_read_ahead();
    }
    return fits && !enough_;
  }
  body_too_large_ = body_.size() + part.bytes.size() > kMaxBody;
  if (body_too_large_) return false;
  body_.append(part.bytes);
  return true;
}

// From the first token on, unless somebody acts on a single event.
bool LlmRequest::may_read_ahead() const {
  return content_events_ > 0 && !spec_.keep_events && !spec_.told() && spec_.stop_after == 0;
}

void LlmRequest::on_event(const net::SseEvent& event) {
  if (enough_) return;
  const SeenEvent seen = decode(event);
  read_.events.push_back(seen);
  // Whether this turn's wake was late matters only where several events came at once.
  if (read_.events.size() == 2) {
    read_.earliest = std::min(read_.earliest, std::max(read_.woken, read_.found_empty));
  }
  if (seen.content != llm::Content::kNone) enough_ = ++content_events_ == spec_.stop_after;
  if (!complete_at_ && decoder_->reply().complete) {
    complete_at_ = read_.arrived;
    timer_.arm_at(read_.handled + kCloseTime);
  }
  if (!spec_.keep_events) return;
  kept_.push_back({std::string(event.name), std::string(event.data),
                   since_sending(transfer_->stamps(), read_.arrived)});
  on_change_();
}

LlmRequest::SeenEvent LlmRequest::decode(const net::SseEvent& event) {
  if (context_.event_log == nullptr) return {decoder_->on_event(event)};
  const auto text_size = [this] {
    const llm::Reply& reply = decoder_->reply();
    const std::size_t of_tool =
        reply.tool_uses.empty() ? 0 : reply.tool_uses.back().input_json.size();
    return reply.text.size() + reply.thinking.size() + of_tool;
  };
  const std::size_t size_before = text_size();
  const std::uint64_t of_message_before = decoder_->reply().message_events;
  SeenEvent seen{decoder_->on_event(event)};
  const std::size_t size = text_size();
  // It shrinks where another tool's input begins.
  seen.text_bytes = static_cast<std::uint32_t>(size > size_before ? size - size_before : 0);
  seen.of_message = decoder_->reply().message_events > of_message_before;
  return seen;
}

void LlmRequest::close_read() {
  if (read_.events.empty()) return;
  // The stamp is that of the read's last byte; the events before the last one may be older.
  const std::size_t last = read_.events.size() - 1;
  for (std::size_t i = 0; i < read_.events.size(); ++i) {
    const bool exact = i == last && read_.by_kernel;
    const ArrivedEvent event{{exact ? read_.arrived : read_.earliest, read_.arrived},
                             read_.handled};
    if (spec_.told()) {
      unclassified_.push_back(event);
    } else {
      date_event(read_.events[i], event);
    }
  }
  context_.shard.add(metrics::kEventsPerRead, 0, static_cast<double>(read_.events.size()));
  read_.events.clear();
}

void LlmRequest::date_event(const SeenEvent& seen, const ArrivedEvent& event) {
  if (const auto gap = times_.on_event(seen.content, event.arrival)) note_gap(*gap);
  if (context_.event_log == nullptr) return;
  logged_.push_back(
      {.arrived = event.arrival.at,
       .handled = event.handled,
       .content = seen.content,
       .of_message = seen.of_message,
       .blurred = event.arrival.at - event.arrival.earliest > llm::StreamTimes::kNarrow,
       .text_bytes = seen.text_bytes});
}

void LlmRequest::note_gap(const llm::Gap& gap) {
  if (gap.blurred) {
    context_.shard.add(metrics::kLlmItlCoalesced, gap_tags_, 1);
    return;
  }
  context_.shard.add_with_error(metrics::kLlmItl, gap_tags_, base::to_seconds(gap.length),
                                base::to_seconds(gap.error));
  if (gap.length > spec_.stall_after) context_.shard.add(metrics::kLlmStalls, gap_tags_, 1);
}

}  // namespace client
