// What the decoders of the providers' streams have in common: everything but what an event means.
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "llm/json_reader.h"
#include "llm/reply_builder.h"
#include "llm/stream_decoder.h"

namespace llm {

// A Dialect is made from a ReplyBuilder&, which outlives it, and has
//   Content on_json(simdjson::ondemand::object& json, const net::SseEvent& event);
//   void on_done();        // Data "[DONE]" came.
//   bool may_end() const;  // A body that is whole now is a whole answer.
//   static constexpr std::string_view kTerminal;  // What an answer ends with.
//
// Whatever the dialect, servers and relays in between send these, and all are accepted: events
// named "error" and error objects in place of an event, [DONE] anywhere, keep-alives as data
// ("", ": ping"), data that is no JSON.
template <typename Dialect>
class DialectDecoder final : public StreamDecoder {
 public:
  explicit DialectDecoder(DecoderOptions options) : builder_(std::move(options)) {}

  Content on_event(const net::SseEvent& event) override {
    ++builder_.reply().events;
    if (builder_.ended()) return Content::kNone;
    const Content content = decode(event);
    if (content != Content::kNone) {
      ++builder_.reply().content_events;
      ++builder_.reply().message_events;
    }
    return content;
  }

  void on_end(BodyEnd end) override {
    const Reply& reply = builder_.reply();
    if (reply.complete || reply.failure) return;
    if (end == BodyEnd::kWhole && dialect_.may_end()) return dialect_.on_done();
    builder_.fail(ErrorKind::kTruncated, "",
                  reply.events == 0
                      ? "the stream ended without an event"
                      : fmt::format("the stream ended before {}", Dialect::kTerminal));
  }

  const Reply& reply() const override { return builder_.reply(); }
  Reply take_reply() override { return std::move(builder_.reply()); }

 private:
  Content decode(const net::SseEvent& event) {
    Reply& reply = builder_.reply();
    if (event.name == "error") {
      builder_.fail_with_error(event.data);
    } else if (event.data.starts_with("[DONE]")) {
      dialect_.on_done();
    } else if (auto json = json_reader().read_object(event.data)) {
      return dialect_.on_json(*json, event);
    } else if (event.name == "ping" || event.data.empty() || event.data.front() == ':') {
      ++reply.pings;
    } else {
      ++reply.unknown_events;
    }
    return Content::kNone;
  }

  ReplyBuilder builder_;
  Dialect dialect_{builder_};
};

}  // namespace llm
