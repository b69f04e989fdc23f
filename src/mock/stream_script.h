// The events of one streamed answer: their bytes and when each is due.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "mock/answer.h"

namespace mock {

enum class EventName : std::uint8_t {
  kMessageStart,
  kContentBlockStart,
  kPing,
  kContentBlockDelta,
  kContentBlockStop,
  kMessageDelta,
  kMessageStop,
};

std::string_view to_text(EventName name);

struct ScriptedEvent {
  EventName name = EventName::kMessageStart;
  base::Duration due{};      // Since the request's arrival.
  std::uint32_t tokens = 0;  // That this event carries.
  std::string bytes;         // "event: …\ndata: …\n\n"
};

// Writes a stream event by event, as the API's own bytes are: a ping after the first
// content_block_start, and 0 to 15 spaces before the last brace of every other event.
//
// message_start, content_block_start and the ping are due with the first token, which comes alone:
// so the time to first token is exactly the drawn one. Every later delta carries as many tokens as
// are drawn for it and is due when its last token is. The end is due with the last token.
//
// Cost: renders one event per call, so a long answer takes no more memory than a short one.
class StreamScript {
 public:
  // REQUIRES: at least one output token.
  StreamScript(const Profile& profile, Answer answer, const Draws& draws);

  // False after message_stop. The event's string is reused.
  bool next(ScriptedEvent& event);

 private:
  void write_message_start(std::string& bytes);
  void write_delta(ScriptedEvent& event);
  void write_message_delta(std::string& bytes);
  void close_event(std::string& bytes);
  std::uint32_t draw_delta_tokens();

  Answer answer_;
  base::Distribution tokens_per_delta_;
  TokenPace pace_;
  TokenText text_;
  base::RandomStream grouping_;
  base::RandomStream padding_;
  EventName next_ = EventName::kMessageStart;
  std::int64_t sent_tokens_ = 0;
  bool over_ = false;
};

}  // namespace mock
