#include "llm/anthropic.h"

#include <string>
#include <utility>
#include <vector>

#include "llm/json_reader.h"

namespace llm {
namespace {

namespace ondemand = simdjson::ondemand;

// "" where the field is missing or no string.
std::string_view string_at(ondemand::object& object, std::string_view key) {
  return text_of(object[key]);
}

std::optional<ondemand::object> object_at(ondemand::object& object, std::string_view key) {
  ondemand::object inner;
  if (object[key].get_object().get(inner)) return {};
  return inner;
}

std::optional<std::uint64_t> count_at(ondemand::object& object, std::string_view key) {
  std::uint64_t count = 0;
  if (object[key].get_uint64().get(count)) return {};
  return count;
}

// A null or a missing field says nothing, so it overwrites nothing. True where it was a count.
bool overwrite(std::uint64_t& count, ondemand::object& object, std::string_view key) {
  const std::optional<std::uint64_t> found = count_at(object, key);
  count = found.value_or(count);
  return found.has_value();
}

class AnthropicDecoder final : public StreamDecoder {
 public:
  explicit AnthropicDecoder(DecoderOptions options) : options_(std::move(options)) {}

  Content on_event(const net::SseEvent& event) override;
  void on_end(BodyEnd end) override;
  const Reply& reply() const override { return reply_; }
  Reply take_reply() override { return std::move(reply_); }

 private:
  // Beside each element of reply_.tool_uses.
  struct ToolBlock {
    std::optional<std::uint64_t> index;
    bool has_delta = false;
  };

  Content decode(const net::SseEvent& event);
  Content on_block_start(ondemand::object& event);
  Content on_block_delta(ondemand::object& event);
  void on_unknown_event(ondemand::object& event, std::string_view type, std::string_view data);
  void on_message_start(ondemand::object& event);
  void on_message_delta(ondemand::object& event);
  void on_error(std::string_view data);

  Content add_text(std::string_view text);
  Content add_thinking(std::string_view text);
  Content add_tool_use(ondemand::object& event, ondemand::object& block);
  Content add_tool_input(ondemand::object& event, std::string_view json);
  void read_usage(ondemand::object usage, bool final);
  void fail(ErrorKind kind, std::string_view type, std::string message);

  DecoderOptions options_;
  Reply reply_;
  std::vector<ToolBlock> tool_blocks_;
  bool ended_ = false;  // The terminal event came: message_stop or an error.
};

Content AnthropicDecoder::on_event(const net::SseEvent& event) {
  ++reply_.events;
  if (ended_) return Content::kNone;
  const Content content = decode(event);
  if (content != Content::kNone) ++reply_.content_events;
  return content;
}

void AnthropicDecoder::on_end(BodyEnd) {
  if (reply_.complete || reply_.failure) return;
  fail(ErrorKind::kTruncated, "",
       reply_.events == 0 ? "the stream ended without an event"
                          : "the stream ended before message_stop");
}

// The type in the JSON decides, since relays drop or rename the event line.
Content AnthropicDecoder::decode(const net::SseEvent& event) {
  if (event.name == "error") {
    on_error(event.data);
    return Content::kNone;
  }
  if (event.data == "[DONE]") return Content::kNone;
  std::optional<ondemand::object> json = json_reader().read_object(event.data);
  const std::string_view type = json ? string_at(*json, "type") : std::string_view();
  if (type == "content_block_delta") return on_block_delta(*json);
  if (type == "content_block_start") return on_block_start(*json);
  if (type == "content_block_stop") return Content::kNone;
  if (type == "ping" || (type.empty() && event.name == "ping")) {
    ++reply_.pings;
  } else if (type == "message_start") {
    on_message_start(*json);
  } else if (type == "message_delta") {
    on_message_delta(*json);
  } else if (type == "message_stop") {
    reply_.complete = ended_ = true;
  } else if (type == "error") {
    on_error(event.data);
  } else if (json) {
    on_unknown_event(*json, type, event.data);
  } else {
    ++reply_.unknown_events;
  }
  return Content::kNone;
}

// vLLM and SGLang report a failure as {"error":...} or {"object":"error",...}.
void AnthropicDecoder::on_unknown_event(ondemand::object& event, std::string_view type,
                                        std::string_view data) {
  ondemand::json_type error = ondemand::json_type::null;
  const bool has_error =
      type.empty() && !event["error"].type().get(error) && error != ondemand::json_type::null;
  if (has_error || string_at(event, "object") == "error") {
    on_error(data);
  } else {
    ++reply_.unknown_events;
  }
}

void AnthropicDecoder::on_message_start(ondemand::object& event) {
  std::optional<ondemand::object> message = object_at(event, "message");
  if (!message) return;
  reply_.id = string_at(*message, "id");
  reply_.model = string_at(*message, "model");
  if (const auto usage = object_at(*message, "usage")) read_usage(*usage, false);
}

Content AnthropicDecoder::on_block_start(ondemand::object& event) {
  std::optional<ondemand::object> block = object_at(event, "content_block");
  if (!block) return Content::kNone;
  const std::string_view type = string_at(*block, "type");
  if (type == "text") return add_text(string_at(*block, "text"));
  if (type == "tool_use") return add_tool_use(event, *block);
  if (type == "thinking" || type == "redacted_thinking") {
    reply_.thought = true;
    return add_thinking(string_at(*block, "thinking"));
  }
  return Content::kNone;
}

Content AnthropicDecoder::on_block_delta(ondemand::object& event) {
  std::optional<ondemand::object> delta = object_at(event, "delta");
  if (!delta) return Content::kNone;
  const std::string_view type = string_at(*delta, "type");
  if (type == "text_delta") return add_text(string_at(*delta, "text"));
  if (type == "thinking_delta") {
    reply_.thought = true;
    return add_thinking(string_at(*delta, "thinking"));
  }
  if (type == "input_json_delta") return add_tool_input(event, string_at(*delta, "partial_json"));
  if (type == "signature_delta") {
    reply_.thought = true;
  } else if (type != "citations_delta" && type != "compaction_delta") {
    ++reply_.unknown_events;
  }
  return Content::kNone;
}

void AnthropicDecoder::on_message_delta(ondemand::object& event) {
  if (std::optional<ondemand::object> delta = object_at(event, "delta")) {
    const std::string_view reason = string_at(*delta, "stop_reason");
    if (!reason.empty()) reply_.stop_reason = reason;
    if (reason == "refusal") {
      std::optional<ondemand::object> details = object_at(*delta, "stop_details");
      const std::string_view why = details ? string_at(*details, "explanation") : "";
      fail(ErrorKind::kRefused, reason, std::string(why.empty() ? "the model refused" : why));
    }
  }
  if (const auto usage = object_at(event, "usage")) read_usage(*usage, true);
}

// The data may have any shape: JSON of several dialects, a bare string, nothing.
void AnthropicDecoder::on_error(std::string_view data) {
  ended_ = true;
  if (reply_.failure) return;
  reply_.failure = parse_anthropic_error(options_.status, data, options_.request_id, "");
  ErrorKind& kind = reply_.failure->kind;
  kind = classify(0, reply_.failure->type);
  if (kind != ErrorKind::kOverloaded && kind != ErrorKind::kRateLimited) {
    kind = ErrorKind::kStreamError;
  }
}

Content AnthropicDecoder::add_text(std::string_view text) {
  if (text.empty()) return Content::kNone;
  if (options_.keep_text) reply_.text += text;
  return Content::kText;
}

Content AnthropicDecoder::add_thinking(std::string_view text) {
  if (text.empty()) return Content::kNone;
  if (options_.keep_text) reply_.thinking += text;
  return Content::kThinking;
}

Content AnthropicDecoder::add_tool_use(ondemand::object& event, ondemand::object& block) {
  ToolUse& tool = reply_.tool_uses.emplace_back();
  tool.id = string_at(block, "id");
  tool.name = string_at(block, "name");
  std::string_view input;
  if (std::optional<ondemand::object> object = object_at(block, "input")) {
    if (object->raw_json().get(input)) input = {};
  }
  if (options_.keep_text) tool.input_json = input;
  tool_blocks_.push_back({count_at(event, "index")});
  const bool has_input = input.find_first_not_of("{} \t\r\n") != std::string_view::npos;
  return has_input ? Content::kToolInput : Content::kNone;
}

// Input of a tool that the server runs itself is content too, but no tool use of the caller's.
Content AnthropicDecoder::add_tool_input(ondemand::object& event, std::string_view json) {
  if (json.empty()) return Content::kNone;
  if (!options_.keep_text) return Content::kToolInput;
  const std::optional<std::uint64_t> index = count_at(event, "index");
  for (std::size_t i = tool_blocks_.size(); i-- > 0;) {
    if (tool_blocks_[i].index != index) continue;
    std::string& input = reply_.tool_uses[i].input_json;
    if (!tool_blocks_[i].has_delta) input.clear();  // The start's `{}` stands for "to come".
    tool_blocks_[i].has_delta = true;
    input += json;
    break;
  }
  return Content::kToolInput;
}

void AnthropicDecoder::read_usage(ondemand::object usage, bool final) {
  Usage& known = reply_.usage;
  overwrite(known.input_tokens, usage, "input_tokens");
  overwrite(known.cache_read_tokens, usage, "cache_read_input_tokens");
  overwrite(known.cache_write_tokens, usage, "cache_creation_input_tokens");
  if (std::optional<ondemand::object> creation = object_at(usage, "cache_creation")) {
    overwrite(known.cache_write_1h_tokens, *creation, "ephemeral_1h_input_tokens");
  }
  if (overwrite(known.output_tokens, usage, "output_tokens") && final) known.final = true;
  if (std::optional<ondemand::object> details = object_at(usage, "output_tokens_details")) {
    if (const auto thinking = count_at(*details, "thinking_tokens")) {
      known.thinking_tokens = thinking;
    }
  }
}

void AnthropicDecoder::fail(ErrorKind kind, std::string_view type, std::string message) {
  if (reply_.failure) return;
  reply_.failure = Failure{
      kind,        options_.status, std::string(type), std::move(message), options_.request_id,
      std::nullopt};
}

}  // namespace

std::unique_ptr<StreamDecoder> make_anthropic_decoder(DecoderOptions options) {
  return std::make_unique<AnthropicDecoder>(std::move(options));
}

}  // namespace llm
