#include "mock/stream_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

namespace mock {
namespace {

std::string json_string(const std::string& text) { return nlohmann::json(text).dump(); }

}  // namespace

std::string_view to_text(EventName name) {
  switch (name) {
    case EventName::kMessageStart:
      return "message_start";
    case EventName::kContentBlockStart:
      return "content_block_start";
    case EventName::kPing:
      return "ping";
    case EventName::kContentBlockDelta:
      return "content_block_delta";
    case EventName::kContentBlockStop:
      return "content_block_stop";
    case EventName::kMessageDelta:
      return "message_delta";
    case EventName::kMessageStop:
      break;
  }
  return "message_stop";
}

StreamScript::StreamScript(const Profile& profile, Answer answer, const Draws& draws)
    : answer_(std::move(answer)),
      tokens_per_delta_(profile.tokens_per_delta),
      pace_(profile, draws.pace),
      text_(draws.text),
      grouping_(draws.grouping),
      padding_(draws.padding) {}

bool StreamScript::next(ScriptedEvent& event) {
  if (over_) return false;
  event.name = next_;
  event.tokens = 0;
  event.bytes.clear();
  event.bytes.append("event: ").append(to_text(next_)).append("\ndata: ");
  switch (next_) {
    case EventName::kMessageStart:
      write_message_start(event.bytes);
      next_ = EventName::kContentBlockStart;
      break;
    case EventName::kContentBlockStart:
      event.bytes +=
          R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""})";
      close_event(event.bytes);
      next_ = EventName::kPing;
      break;
    case EventName::kPing:
      // The API's one line with a space after the colon, and without padding.
      event.bytes += "{\"type\": \"ping\"}\n\n";
      next_ = EventName::kContentBlockDelta;
      break;
    case EventName::kContentBlockDelta:
      write_delta(event);
      if (sent_tokens_ == answer_.output_tokens) next_ = EventName::kContentBlockStop;
      break;
    case EventName::kContentBlockStop:
      event.bytes += R"({"type":"content_block_stop","index":0)";
      close_event(event.bytes);
      next_ = EventName::kMessageDelta;
      break;
    case EventName::kMessageDelta:
      write_message_delta(event.bytes);
      next_ = EventName::kMessageStop;
      break;
    case EventName::kMessageStop:
      event.bytes += R"({"type":"message_stop")";
      close_event(event.bytes);
      over_ = true;
      break;
  }
  event.due = pace_.current();
  return true;
}

void StreamScript::write_message_start(std::string& bytes) {
  fmt::format_to(
      std::back_inserter(bytes),
      R"({{"type":"message_start","message":{{"model":{},"id":"{}","type":"message",)"
      R"("role":"assistant","content":[],"stop_reason":null,"stop_sequence":null,)"
      R"("usage":{{"input_tokens":{},"cache_creation_input_tokens":0,"cache_read_input_tokens":0,)"
      R"("cache_creation":{{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0}},)"
      R"("output_tokens":1,"service_tier":"standard","inference_geo":"not_available"}}}})",
      json_string(answer_.model), answer_.message_id, answer_.input_tokens);
  close_event(bytes);
}

void StreamScript::write_delta(ScriptedEvent& event) {
  event.bytes += R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":")";
  event.tokens = sent_tokens_ == 0 ? 1 : draw_delta_tokens();
  for (std::uint32_t i = 0; i < event.tokens; ++i) {
    pace_.next();
    event.bytes += text_.next();
  }
  sent_tokens_ += event.tokens;
  event.bytes += "\"}";
  close_event(event.bytes);
}

void StreamScript::write_message_delta(std::string& bytes) {
  fmt::format_to(
      std::back_inserter(bytes),
      R"({{"type":"message_delta","delta":{{"stop_reason":"{}","stop_sequence":null}},)"
      R"("usage":{{"input_tokens":{},"cache_creation_input_tokens":0,"cache_read_input_tokens":0,)"
      R"("output_tokens":{}}})",
      answer_.stop_reason, answer_.input_tokens, answer_.output_tokens);
  close_event(bytes);
}

void StreamScript::close_event(std::string& bytes) {
  bytes.append(padding_.below(16), ' ');
  bytes += "}\n\n";
}

std::uint32_t StreamScript::draw_delta_tokens() {
  const std::int64_t left = answer_.output_tokens - sent_tokens_;
  const double drawn = std::min(tokens_per_delta_.sample(grouping_), 1e6);
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(std::llround(drawn), 1, left));
}

}  // namespace mock
