#include "mock/conversation.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "mock/content_blocks.h"
#include "mock/tool_pairs.h"

namespace mock {
namespace {

using nlohmann::json;

constexpr std::string_view kUser = "user";
constexpr std::string_view kAssistant = "assistant";
constexpr std::string_view kSystem = "system";

// The role, or "" where it is refused. `before` is the role of the turn before, "" for the first.
std::string_view read_role(RequestFields& turn, RequestFields& body, std::string_view before,
                           const Capabilities& can) {
  const std::string& role = turn.required_string("role");
  if (!turn.ok()) return "";
  const bool may_be_system = can.system_turns && !before.empty();
  if (role != kUser && role != kAssistant && !(may_be_system && role == kSystem)) {
    turn.refuse("role", "Input should be 'user' or 'assistant'");
  } else if (before.empty() && role != kUser) {
    body.refuse("messages", "first message must use the \"user\" role");
  } else if (role == kSystem && before != kUser) {
    turn.refuse("role", "a 'system' message must follow a 'user' message");
  } else if (before == kSystem && role != kAssistant) {
    turn.refuse("role", "a 'system' message must be the last one or be followed by 'assistant'");
  }
  return turn.ok() ? std::string_view(role) : "";
}

void read_blocks(RequestFields& turn, std::string_view role, PromptBuilder& prompt,
                 ToolPairs& pairs) {
  const auto blocks = turn.array("content");
  for (std::size_t i = 0; i < blocks.size() && turn.ok(); ++i) {
    RequestFields block = turn.element("content", i, blocks[i]);
    check_block(block, role);
    if (!block.ok()) return;
    pairs.read(block, turn.path());
    prompt.add(PromptSection::kMessages, role, block);
  }
}

void read_content(RequestFields& turn, std::string_view role, bool may_be_empty,
                  PromptBuilder& prompt, ToolPairs& pairs) {
  const json* content = turn.required("content");
  if (content == nullptr) return;
  const auto* text = content->get_ptr<const json::string_t*>();
  if (text == nullptr && !content->is_array()) {
    return turn.refuse("content", "Input should be a valid list");
  }
  const bool empty = text == nullptr ? content->empty() : base::trim(*text).empty();
  if (empty && !may_be_empty) {
    return turn.refuse("content", "messages must have non-empty content");
  }
  if (text == nullptr) return read_blocks(turn, role, prompt, pairs);
  if (!text->empty()) prompt.add_text(PromptSection::kMessages, role, *text);
  pairs.read_text();
}

// What the last turn, the assistant's, ends with: {"type","text"} of its last block.
struct Ending {
  std::string_view type = "text";
  std::string_view text;
};

Ending ending_of(RequestFields& turn) {
  const json* content = turn.find("content");
  if (content->is_string()) return {"text", content->get_ref<const std::string&>()};
  if (content->empty()) return {};
  RequestFields block = turn.element("content", content->size() - 1, content->back());
  return {block.string("type"), block.string("text")};
}

// An answer that the API's own tools were in the middle of (stop_reason pause_turn) is sent back to
// be gone on with; that is no prefill.
void check_prefill(RequestFields& turn, RequestFields& body, const Capabilities& can) {
  const Ending ending = ending_of(turn);
  const bool is_paused = ending.type.starts_with("server_tool") || ending.type.ends_with("_result");
  if (is_paused) return;
  if (!can.prefill) {
    return body.refuse(
        "This model does not support assistant message prefill. The conversation must end with a "
        "user message.");
  }
  constexpr std::string_view kSpace = " \t\r\n";
  if (!ending.text.empty() && kSpace.find(ending.text.back()) != std::string_view::npos) {
    body.refuse("messages", "final assistant content cannot end with trailing whitespace");
  }
}

}  // namespace

void read_system(RequestFields& body, PromptBuilder& prompt) {
  const json* system = body.find("system");
  if (system == nullptr) return;
  if (system->is_string()) {
    const auto& text = system->get_ref<const std::string&>();
    if (!text.empty()) prompt.add_text(PromptSection::kSystem, "", text);
    return;
  }
  const auto blocks = body.array("system");
  for (std::size_t i = 0; i < blocks.size() && body.ok(); ++i) {
    RequestFields block = body.element("system", i, blocks[i]);
    block.required_choice("type", {"text"});
    if (block.ok()) check_block(block, kSystem);
    if (block.ok()) prompt.add(PromptSection::kSystem, "", block);
  }
}

void read_messages(RequestFields& body, const Capabilities& can, PromptBuilder& prompt,
                   ModelRequest& request) {
  constexpr std::size_t kMostTurns = 100'000;
  const auto turns = body.required_array("messages");
  if (turns.empty()) body.refuse("messages", "at least one message is required");
  if (turns.size() > kMostTurns) body.refuse("messages", "at most 100000 messages are allowed");
  ToolPairs pairs(body);
  std::string_view before;
  for (std::size_t i = 0; i < turns.size() && body.ok(); ++i) {
    RequestFields turn = body.element("messages", i, turns[i]);
    const std::string_view role = read_role(turn, body, before, can);
    if (!turn.ok()) return;
    if (role != before) pairs.begin_turn(role);
    const bool ends = i + 1 == turns.size() && role == kAssistant;
    read_content(turn, role, ends && can.prefill, prompt, pairs);
    turn.check_keys({"role", "content", "output_config"});
    if (ends && turn.ok()) check_prefill(turn, body, can);
    before = role;
  }
  pairs.end();
  request.answers_tools = before != kAssistant && pairs.answered();
}

}  // namespace mock
