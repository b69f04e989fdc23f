#include "llm/anthropic.h"

#include <string>
#include <utility>

#include "llm/dialect_decoder.h"
#include "llm/usage_json.h"

namespace llm {
namespace {

namespace ondemand = simdjson::ondemand;

class AnthropicDialect {
 public:
  static constexpr std::string_view kTerminal = "message_stop";

  explicit AnthropicDialect(ReplyBuilder& builder) : builder_(builder) {}

  Content on_json(ondemand::object& json, const net::SseEvent& event);
  void on_done() {}  // vLLM's, after message_stop and after errors.
  bool may_end() const { return false; }

 private:
  Content on_block_start(ondemand::object& event);
  Content on_block_delta(ondemand::object& event);
  void on_message_start(ondemand::object& event);
  void on_message_delta(ondemand::object& event);

  Reply& reply() { return builder_.reply(); }

  ReplyBuilder& builder_;
};

// The type in the JSON decides, since relays drop or rename the event line.
Content AnthropicDialect::on_json(ondemand::object& json, const net::SseEvent& event) {
  const std::string_view type = string_at(json, "type");
  if (type == "content_block_delta") return on_block_delta(json);
  if (type == "content_block_start") return on_block_start(json);
  if (type == "content_block_stop") return Content::kNone;
  if (type == "ping" || (type.empty() && event.name == "ping")) {
    ++reply().pings;
  } else if (type == "message_start") {
    on_message_start(json);
  } else if (type == "message_delta") {
    on_message_delta(json);
  } else if (type == "message_stop") {
    builder_.complete();
  } else if (is_error(json, type)) {
    builder_.fail_with_error(event.data);
  } else {
    ++reply().unknown_events;
  }
  return Content::kNone;
}

void AnthropicDialect::on_message_start(ondemand::object& event) {
  ++reply().message_events;
  std::optional<ondemand::object> message = object_at(event, "message");
  if (!message) return;
  reply().id = string_at(*message, "id");
  reply().model = string_at(*message, "model");
  if (const auto usage = object_at(*message, "usage")) read_anthropic_usage(*usage, reply().usage);
  if (string_at(*message, "speed") == "fast") reply().usage.fast = true;
}

Content AnthropicDialect::on_block_start(ondemand::object& event) {
  std::optional<ondemand::object> block = object_at(event, "content_block");
  if (!block) return Content::kNone;
  const std::string_view type = string_at(*block, "type");
  if (type == "text") return builder_.add_text(string_at(*block, "text"));
  if (type == "thinking" || type == "redacted_thinking") {
    reply().thought = true;
    return builder_.add_thinking(string_at(*block, "thinking"));
  }
  if (type != "tool_use") return Content::kNone;
  const std::string_view id = string_at(*block, "id");
  const std::string_view name = string_at(*block, "name");
  std::string_view input;
  if (std::optional<ondemand::object> object = object_at(*block, "input")) {
    if (object->raw_json().get(input)) input = {};
  }
  return builder_.begin_tool(count_at(event, "index"), id, name, input);
}

Content AnthropicDialect::on_block_delta(ondemand::object& event) {
  std::optional<ondemand::object> delta = object_at(event, "delta");
  if (!delta) return Content::kNone;
  const std::string_view type = string_at(*delta, "type");
  if (type == "text_delta") return builder_.add_text(string_at(*delta, "text"));
  if (type == "thinking_delta") {
    reply().thought = true;
    return builder_.add_thinking(string_at(*delta, "thinking"));
  }
  if (type == "input_json_delta") {
    const std::string_view piece = string_at(*delta, "partial_json");
    return builder_.add_tool_input(count_at(event, "index"), piece);
  }
  if (type == "signature_delta") {
    reply().thought = true;
  } else if (type != "citations_delta" && type != "compaction_delta") {
    ++reply().unknown_events;
  }
  return Content::kNone;
}

void AnthropicDialect::on_message_delta(ondemand::object& event) {
  ++reply().message_events;
  if (std::optional<ondemand::object> delta = object_at(event, "delta")) {
    const std::string_view reason = string_at(*delta, "stop_reason");
    if (!reason.empty()) reply().stop_reason = reason;
    if (reason == "refusal") {
      std::optional<ondemand::object> details = object_at(*delta, "stop_details");
      builder_.refuse(details ? string_at(*details, "explanation") : "");
    }
  }
  const auto usage = object_at(event, "usage");
  if (usage && read_anthropic_usage(*usage, reply().usage)) reply().usage.final = true;
}

}  // namespace

std::unique_ptr<StreamDecoder> make_anthropic_decoder(DecoderOptions options) {
  return std::make_unique<DialectDecoder<AnthropicDialect>>(std::move(options));
}

}  // namespace llm
