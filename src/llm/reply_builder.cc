#include "llm/reply_builder.h"

#include <algorithm>

#include "llm/error_text.h"

namespace llm {

Content ReplyBuilder::add_text(std::string_view piece) {
  if (piece.empty()) return Content::kNone;
  if (options_.keep_text) reply_.text += piece;
  return Content::kText;
}

Content ReplyBuilder::add_thinking(std::string_view piece) {
  if (piece.empty()) return Content::kNone;
  reply_.thought = true;
  if (options_.keep_text) reply_.thinking += piece;
  return Content::kThinking;
}

Content ReplyBuilder::begin_tool(std::optional<std::uint64_t> index, std::string_view id,
                                 std::string_view name, std::string_view input) {
  ToolUse& tool = reply_.tool_uses.emplace_back();
  tool.id = id;
  tool.name = name;
  if (options_.keep_text) tool.input_json = input;
  tool_inputs_.push_back({index});
  const bool has_input = input.find_first_not_of("{} \t\r\n") != std::string_view::npos;
  return has_input ? Content::kToolInput : Content::kNone;
}

Content ReplyBuilder::add_tool_input(std::optional<std::uint64_t> index, std::string_view piece) {
  if (piece.empty()) return Content::kNone;
  const std::size_t tool = last_tool(index);
  if (!options_.keep_text || tool == tool_inputs_.size()) return Content::kToolInput;
  std::string& input = reply_.tool_uses[tool].input_json;
  if (!tool_inputs_[tool].in_pieces) input.clear();  // The start's `{}` stands for "to come".
  tool_inputs_[tool].in_pieces = true;
  input += piece;
  return Content::kToolInput;
}

const ToolUse* ReplyBuilder::find_tool(std::optional<std::uint64_t> index) const {
  const std::size_t tool = last_tool(index);
  return tool == tool_inputs_.size() ? nullptr : &reply_.tool_uses[tool];
}

void ReplyBuilder::fail(ErrorKind kind, std::string_view type, std::string message) {
  if (reply_.failure) return;
  Failure& failure = reply_.failure.emplace();
  failure.kind = kind;
  failure.status = options_.status;
  failure.type = type;
  failure.message = std::move(message);
  failure.request_id = options_.request_id;
}

void ReplyBuilder::refuse(std::string_view explanation) {
  const std::string why = presentable(explanation);
  fail(ErrorKind::kRefused, "refusal", why.empty() ? "the model refused" : why);
}

void ReplyBuilder::complete() { reply_.complete = ended_ = true; }

void ReplyBuilder::fail_with_error(std::string_view json) {
  ended_ = true;
  if (!reply_.failure) reply_.failure = parse_stream_error(answer_of(json));
}

void ReplyBuilder::fail_with_body(std::string_view body) {
  reply_.failure = parse_error(answer_of(body));
  reply_.failure->kind = ErrorKind::kProtocol;
}

std::size_t ReplyBuilder::last_tool(std::optional<std::uint64_t> index) const {
  const auto found = std::find_if(tool_inputs_.rbegin(), tool_inputs_.rend(),
                                  [&](const ToolInput& input) { return input.index == index; });
  const auto after = tool_inputs_.rend() - found;  // 0 where none was found.
  return after == 0 ? tool_inputs_.size() : static_cast<std::size_t>(after) - 1;
}

ErrorAnswer ReplyBuilder::answer_of(std::string_view body) const {
  return {.status = options_.status, .body = body, .request_id = options_.request_id};
}

}  // namespace llm
