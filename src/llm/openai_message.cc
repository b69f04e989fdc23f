#include <string>
#include <utility>

#include "llm/json_body.h"
#include "llm/openai.h"
#include "llm/reply_builder.h"
#include "llm/usage_json.h"

namespace llm {
namespace {

void read_usage(const Json& usage, const OpenAiUsageNames& names, Reply& reply) {
  reply.usage.final = read_openai_usage(usage, names, reply.usage);
  if (reply.usage.thinking_tokens.value_or(0) > 0) reply.thought = true;
}

// Arguments are JSON in a string; some servers leave out the string.
std::string arguments_of(const Json& arguments) {
  if (arguments.is_null()) return {};
  return arguments.is_string() ? arguments.get<std::string>() : arguments.dump();
}

void read_chat_message(const Json& message, ReplyBuilder& builder) {
  const std::string reasoning = string_at(message, "reasoning_content");
  builder.add_thinking(reasoning.empty() ? string_at(message, "reasoning") : reasoning);
  builder.add_text(string_at(message, "content"));
  const Json& calls = at(message, "tool_calls");
  for (std::size_t i = 0; calls.is_array() && i < calls.size(); ++i) {
    const Json& function = at(calls[i], "function");
    builder.begin_tool(i, string_at(calls[i], "id"), string_at(function, "name"),
                       arguments_of(at(function, "arguments")));
  }
  const std::string refusal = string_at(message, "refusal");
  if (!refusal.empty()) builder.refuse(refusal);
}

// A message's content, or a reasoning item's content or summary.
void read_parts(const Json& parts, ReplyBuilder& builder) {
  if (!parts.is_array()) return;
  for (const Json& part : parts) {
    const std::string type = string_at(part, "type");
    if (type == "output_text") builder.add_text(string_at(part, "text"));
    if (type == "reasoning_text" || type == "summary_text") {
      builder.add_thinking(string_at(part, "text"));
    }
    if (type == "refusal") builder.refuse(string_at(part, "refusal"));
  }
}

void read_item(const Json& item, ReplyBuilder& builder) {
  const std::string type = string_at(item, "type");
  if (type == "reasoning") builder.reply().thought = true;
  if (type == "reasoning" || type == "message") {
    read_parts(at(item, "summary"), builder);
    read_parts(at(item, "content"), builder);
  }
  if (type == "function_call" || type == "custom_tool_call") {
    const Json& input = at(item, type == "function_call" ? "arguments" : "input");
    builder.begin_tool({}, string_at(item, "call_id"), string_at(item, "name"),
                       arguments_of(input));
  }
}

}  // namespace

Reply parse_openai_chat(std::string_view body, const DecoderOptions& options) {
  ReplyBuilder builder(options);
  Reply& reply = builder.reply();
  const Json answer = parse_json(body);
  const Json& choices = at(answer, "choices");
  if (!choices.is_array() || choices.empty() || object_at(choices.front(), "message") == nullptr) {
    builder.fail_with_body(body);
    return std::move(reply);
  }
  const Json& choice = choices.front();
  reply.id = string_at(answer, "id");
  reply.model = string_at(answer, "model");
  reply.stop_reason = string_at(choice, "finish_reason");
  read_usage(at(answer, "usage"), kChatUsage, reply);
  read_chat_message(at(choice, "message"), builder);
  if (reply.stop_reason == "error") {
    builder.fail_with_error(object_at(choice, "error") != nullptr ? choice.dump() : body);
  } else {
    builder.complete();
  }
  return std::move(reply);
}

Reply parse_openai_response(std::string_view body, const DecoderOptions& options) {
  ReplyBuilder builder(options);
  Reply& reply = builder.reply();
  const Json answer = parse_json(body);
  const Json& output = at(answer, "output");
  if (!output.is_array()) {
    builder.fail_with_body(body);
    return std::move(reply);
  }
  reply.id = string_at(answer, "id");
  reply.model = string_at(answer, "model");
  reply.stop_reason = string_at(at(answer, "incomplete_details"), "reason");
  if (reply.stop_reason.empty()) reply.stop_reason = string_at(answer, "status");
  read_usage(at(answer, "usage"), kResponsesUsage, reply);
  for (const Json& item : output) read_item(item, builder);
  if (reply.stop_reason == "failed") {
    builder.fail_with_error(body);
  } else {
    builder.complete();
  }
  return std::move(reply);
}

}  // namespace llm
