#include "mock/chat_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "mock/openai_form.h"

namespace mock {
namespace {

using nlohmann::ordered_json;
using Kind = AnswerBlock::Kind;

constexpr std::string_view kFingerprint = "fp_6f2c91ab7d";

std::string_view finish_reason(StopReason reason) {
  switch (reason) {
    case StopReason::kMaxTokens:
      return "length";
    case StopReason::kToolUse:
      return "tool_calls";
    case StopReason::kRefusal:
      return "content_filter";
    default:
      return "stop";
  }
}

ordered_json usage_json(const Usage& usage) {
  return {{"prompt_tokens", usage.all_input()},
          {"completion_tokens", usage.output_tokens},
          {"total_tokens", usage.all_input() + usage.output_tokens},
          {"prompt_tokens_details",
           {{"cached_tokens", usage.cache.read_tokens},
            {"cache_write_tokens", cache_writes(usage)},
            {"audio_tokens", 0}}},
          {"completion_tokens_details",
           {{"reasoning_tokens", usage.thinking_tokens},
            {"audio_tokens", 0},
            {"accepted_prediction_tokens", 0},
            {"rejected_prediction_tokens", 0}}}};
}

bool is_tool(const AnswerBlock& block) { return block.kind == Kind::kToolUse; }
bool is_text(const AnswerBlock& block) { return block.kind == Kind::kText; }

// Calls without text have no content, not an empty one.
bool has_content(const Answer& answer) {
  return std::any_of(answer.blocks.begin(), answer.blocks.end(), is_text) ||
         std::none_of(answer.blocks.begin(), answer.blocks.end(), is_tool);
}

ordered_json call_json(const AnswerBlock& block) {
  return {{"id", block.id},
          {"type", "function"},
          {"function", {{"name", block.tool}, {"arguments", block.tool_input}}}};
}

ordered_json message_of(const Answer& answer, TokenText& text) {
  std::string content;
  ordered_json calls = ordered_json::array();
  for (const AnswerBlock& block : answer.blocks) {
    if (is_text(block)) content += text.block_text(block);
    if (is_tool(block)) calls.push_back(call_json(block));
  }
  ordered_json message = {{"role", "assistant"}, {"content", nullptr}};
  if (has_content(answer)) message["content"] = std::move(content);
  if (!calls.empty()) message["tool_calls"] = std::move(calls);
  message["refusal"] = nullptr;
  message["annotations"] = ordered_json::array();
  return message;
}

}  // namespace

ChatWriter::ChatWriter(const Answer& answer, base::RandomStream padding)
    : answer_(answer),
      padding_(padding),
      head_(fmt::format(
          R"(data: {{"id":"{}","object":"chat.completion.chunk","created":{},"model":{},)"
          R"("service_tier":"default","system_fingerprint":"{}","choices":[)",
          answer.id, answer.created, json_string(answer.model), kFingerprint)) {}

void ChatWriter::write(const Step& step, std::vector<StreamEvent>& events) {
  switch (step.kind) {
    case Step::Kind::kStart:
      return add_choice(step,
                        fmt::format(R"("role":"assistant","content":{},"refusal":null)",
                                    has_content(answer_) ? R"("")" : "null"),
                        "", events);
    case Step::Kind::kBlockStart:
      return write_block_start(step, events);
    case Step::Kind::kDelta:
      return write_delta(step, events);
    case Step::Kind::kEnd:
      return write_end(step, events);
    case Step::Kind::kPing:
    case Step::Kind::kBlockStop:
      return;
  }
}

void ChatWriter::write_block_start(const Step& step, std::vector<StreamEvent>& events) {
  const AnswerBlock& block = answer_.blocks[step.block];
  if (!is_tool(block)) return;
  add_choice(step,
             fmt::format(R"("tool_calls":[{{"index":{},"id":"{}","type":"function",)"
                         R"("function":{{"name":{},"arguments":""}}}}])",
                         call_index(step.block), block.id, json_string(block.tool)),
             "", events);
}

void ChatWriter::write_delta(const Step& step, std::vector<StreamEvent>& events) {
  const AnswerBlock& block = answer_.blocks[step.block];
  const std::string text = json_string(step.text);
  if (is_text(block)) return add_choice(step, fmt::format(R"("content":{})", text), "", events);
  if (!is_tool(block)) return;
  add_choice(step,
             fmt::format(R"("tool_calls":[{{"index":{},"function":{{"arguments":{}}}}}])",
                         call_index(step.block), text),
             "", events);
}

void ChatWriter::write_end(const Step& step, std::vector<StreamEvent>& events) {
  add_choice(step, "", finish_reason(answer_.stop_reason), events);
  if (answer_.usage_in_stream) add_chunk(step, "", usage_json(answer_.usage).dump(), events);
  events.push_back({"[DONE]", step.due, 0, "data: [DONE]\n\n"});
}

void ChatWriter::add_choice(const Step& step, std::string_view delta,
                            std::string_view finish_reason, std::vector<StreamEvent>& events) {
  const std::string reason = finish_reason.empty() ? "null" : json_string(finish_reason);
  add_chunk(step,
            fmt::format(R"({{"index":0,"delta":{{{}}},"logprobs":null,"finish_reason":{}}})", delta,
                        reason),
            "null", events);
}

void ChatWriter::add_chunk(const Step& step, std::string_view choices, std::string_view usage,
                           std::vector<StreamEvent>& events) {
  StreamEvent event{"chat.completion.chunk", step.due, step.tokens, head_};
  event.bytes.append(choices).append("]");
  if (answer_.usage_in_stream) event.bytes.append(R"(,"usage":)").append(usage);
  event.bytes.append(R"(,"obfuscation":")").append(draw_obfuscation(padding_)).append("\"}\n\n");
  events.push_back(std::move(event));
}

std::size_t ChatWriter::call_index(std::size_t block) const {
  const auto begin = answer_.blocks.begin();
  return static_cast<std::size_t>(
      std::count_if(begin, begin + static_cast<std::ptrdiff_t>(block), is_tool));
}

std::string chat_json(const Answer& answer, TokenText text) {
  const ordered_json body = {{"id", answer.id},
                             {"object", "chat.completion"},
                             {"created", answer.created},
                             {"model", answer.model},
                             {"choices",
                              {{{"index", 0},
                                {"message", message_of(answer, text)},
                                {"logprobs", nullptr},
                                {"finish_reason", finish_reason(answer.stop_reason)}}}},
                             {"usage", usage_json(answer.usage)},
                             {"service_tier", "default"},
                             {"system_fingerprint", kFingerprint}};
  return body.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace mock
