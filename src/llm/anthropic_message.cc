#include "llm/anthropic.h"
#include "llm/json_body.h"
#include "llm/reply_builder.h"
#include "llm/usage_json.h"

namespace llm {
namespace {

void read_block(const Json& block, ReplyBuilder& builder) {
  const std::string type = string_at(block, "type");
  if (type == "text") builder.add_text(string_at(block, "text"));
  if (type == "thinking" || type == "redacted_thinking") {
    builder.reply().thought = true;
    builder.add_thinking(string_at(block, "thinking"));
  }
  if (type == "tool_use") {
    const Json& input = at(block, "input");
    builder.begin_tool({}, string_at(block, "id"), string_at(block, "name"),
                       input.is_null() ? "" : input.dump());
  }
}

}  // namespace

Reply parse_anthropic_message(std::string_view body, const DecoderOptions& options) {
  ReplyBuilder builder(options);
  Reply& reply = builder.reply();
  const Json message = parse_json(body);
  const std::string type = string_at(message, "type");
  const Json& content = at(message, "content");
  if (!content.is_array() || (!type.empty() && type != "message")) {
    builder.fail_with_body(body);
    return std::move(reply);
  }
  reply.id = string_at(message, "id");
  reply.model = string_at(message, "model");
  reply.stop_reason = string_at(message, "stop_reason");
  reply.usage.final = read_anthropic_usage(at(message, "usage"), reply.usage);
  if (string_at(message, "speed") == "fast") reply.usage.fast = true;
  for (const Json& block : content) read_block(block, builder);
  if (reply.stop_reason == "refusal") {
    builder.refuse(string_at(at(message, "stop_details"), "explanation"));
  }
  builder.complete();
  return std::move(reply);
}

}  // namespace llm
