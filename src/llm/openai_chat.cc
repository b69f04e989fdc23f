#include <optional>
#include <string>
#include <utility>

#include "llm/dialect_decoder.h"
#include "llm/openai.h"
#include "llm/usage_json.h"

namespace llm {
namespace {

namespace ondemand = simdjson::ondemand;

class ChatDialect {
 public:
  static constexpr std::string_view kTerminal = "[DONE]";

  explicit ChatDialect(ReplyBuilder& builder) : builder_(builder) {}

  Content on_json(ondemand::object& chunk, const net::SseEvent& event);
  void on_done();
  bool may_end() const { return finished_; }

 private:
  Content on_choices(ondemand::array& choices);
  Content on_choice(ondemand::object& choice);
  Content on_delta(ondemand::object& delta);
  Content on_tool_call(ondemand::object& call);
  bool read_usage(ondemand::object& chunk);  // True where the chunk has one.

  Reply& reply() { return builder_.reply(); }

  ReplyBuilder& builder_;
  std::string refusal_;
  bool finished_ = false;  // A finish_reason came.
  bool counted_output_ = false;
};

Content ChatDialect::on_json(ondemand::object& chunk, const net::SseEvent& event) {
  if (reply().id.empty()) reply().id = string_at(chunk, "id");
  if (reply().model.empty()) reply().model = string_at(chunk, "model");
  std::optional<ondemand::array> choices = array_at(chunk, "choices");
  const Content content = choices ? on_choices(*choices) : Content::kNone;
  const bool has_usage = read_usage(chunk);
  if (content != Content::kNone) return content;
  if (is_error(chunk, string_at(chunk, "type")) || reply().stop_reason == "error") {
    builder_.fail_with_error(event.data);
  } else if (!choices && !has_usage) {
    ++reply().unknown_events;
  }
  return Content::kNone;
}

// The end, whether [DONE] says so or the body is over.
void ChatDialect::on_done() {
  reply().usage.final = counted_output_;
  if (!refusal_.empty()) builder_.refuse(refusal_);
  if (reply().stop_reason == "error") builder_.fail_with_error("");
  builder_.complete();
}

Content ChatDialect::on_choices(ondemand::array& choices) {
  Content content = Content::kNone;
  bool any = false;
  for (auto element : choices) {
    ondemand::object choice;
    if (element.get_object().get(choice)) continue;
    any = true;
    if (count_at(choice, "index").value_or(0) == 0) content = on_choice(choice);
  }
  if (any && content == Content::kNone) ++reply().message_events;
  return content;
}

Content ChatDialect::on_choice(ondemand::object& choice) {
  Content content = Content::kNone;
  if (std::optional<ondemand::object> delta = object_at(choice, "delta")) {
    content = on_delta(*delta);
  }
  const std::string_view reason = string_at(choice, "finish_reason");
  if (!reason.empty()) {
    reply().stop_reason = reason;
    finished_ = true;
  }
  return content;
}

// Servers that know both names of the reasoning send it twice.
Content ChatDialect::on_delta(ondemand::object& delta) {
  std::string_view reasoning = string_at(delta, "reasoning_content");
  if (reasoning.empty()) reasoning = string_at(delta, "reasoning");
  Content content = builder_.add_thinking(reasoning);
  const Content text = builder_.add_text(string_at(delta, "content"));
  if (text != Content::kNone) content = text;
  if (std::optional<ondemand::array> calls = array_at(delta, "tool_calls")) {
    for (auto element : *calls) {
      ondemand::object call;
      if (element.get_object().get(call)) continue;
      if (on_tool_call(call) != Content::kNone) content = Content::kToolInput;
    }
  }
  refusal_ += string_at(delta, "refusal");
  return content;
}

// Only the first piece of a call has an id, but some servers repeat it, and others give every call
// the index 0.
Content ChatDialect::on_tool_call(ondemand::object& call) {
  const std::optional<std::uint64_t> index = count_at(call, "index");
  const std::string_view id = string_at(call, "id");
  std::string_view name;
  std::string_view arguments;
  if (std::optional<ondemand::object> function = object_at(call, "function")) {
    name = string_at(*function, "name");
    arguments = string_at(*function, "arguments");
  }
  const ToolUse* known = builder_.find_tool(index);
  if (known == nullptr || (!id.empty() && id != known->id)) {
    builder_.begin_tool(index, id, name, "");
  }
  return builder_.add_tool_input(index, arguments);
}

// Some servers count in every chunk; the last count before the end is the whole message's.
bool ChatDialect::read_usage(ondemand::object& chunk) {
  const std::optional<ondemand::object> usage = object_at(chunk, "usage");
  if (usage && read_openai_usage(*usage, kChatUsage, reply().usage)) counted_output_ = true;
  if (reply().usage.thinking_tokens.value_or(0) > 0) reply().thought = true;
  if (finished_) reply().usage.final = counted_output_;
  return usage.has_value();
}

}  // namespace

std::unique_ptr<StreamDecoder> make_openai_chat_decoder(DecoderOptions options) {
  return std::make_unique<DialectDecoder<ChatDialect>>(std::move(options));
}

}  // namespace llm
