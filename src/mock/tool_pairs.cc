#include "mock/tool_pairs.h"

#include <fmt/format.h>

#include <algorithm>

namespace mock {

void ToolPairs::begin_turn(std::string_view role) {
  is_user_ = role == "user";
  if (!is_user_) require_results();
  if (role == "assistant") answered_.clear();
}

void ToolPairs::read_text() {
  if (is_user_) require_results();
}

void ToolPairs::read(RequestFields& block, const std::string& message) {
  const std::string& type = block.string("type");
  if (type == "tool_use") return read_use(block, message);
  if (type == "tool_result") return read_result(block);
  read_text();
}

void ToolPairs::read_use(RequestFields& block, const std::string& message) {
  const std::string& id = block.string("id");
  if (std::find(open_.begin(), open_.end(), id) != open_.end()) {
    block.refuse("`tool_use` ids must be unique");
  }
  open_.push_back(id);
  message_ = message;
}

void ToolPairs::read_result(RequestFields& block) {
  const std::string& id = block.string("tool_use_id");
  const auto use = std::find(open_.begin(), open_.end(), id);
  if (use != open_.end()) {
    open_.erase(use);
    answered_.push_back(id);
  } else if (std::find(answered_.begin(), answered_.end(), id) != answered_.end()) {
    block.refuse(
        fmt::format("each tool_use must have a single result. Found multiple "
                    "`tool_result` blocks with id: {}",
                    id));
  } else {
    block.refuse(
        fmt::format("unexpected `tool_use_id` found in `tool_result` blocks: {}. Each "
                    "`tool_result` block must have a corresponding `tool_use` block in "
                    "the previous message.",
                    id));
  }
}

void ToolPairs::require_results() {
  if (open_.empty()) return;
  body_.refuse(
      fmt::format("{}: `tool_use` ids were found without `tool_result` blocks "
                  "immediately after: {}. Each `tool_use` block must have a "
                  "corresponding `tool_result` block in the next message.",
                  message_, fmt::join(open_, ", ")));
}

}  // namespace mock
