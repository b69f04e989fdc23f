#include "mock/content_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"

namespace mock {
namespace {

using nlohmann::json;

void check_text(RequestFields& block) {
  RequestFields text = block.as("text");
  const std::string& words = text.required_string("text");
  if (!text.ok()) return;
  if (words.empty()) return block.refuse("text", "text content blocks must be non-empty");
  if (base::trim(words).empty()) {
    return block.refuse("text", "text content blocks must contain non-whitespace text");
  }
  text.check_keys({"type", "text", "cache_control", "citations"});
}

void check_data(RequestFields& source, std::initializer_list<std::string_view> media_types) {
  source.required_choice("media_type", media_types);
  if (source.required_string("data").empty()) {
    source.refuse("data", "String should have at least 1 character");
  }
}

void check_url(RequestFields& source) {
  const std::string& url = source.required_string("url");
  if (!url.starts_with("https://") && !url.starts_with("http://")) {
    source.refuse("url", "Only HTTP and HTTPS URLs are supported.");
  }
}

void check_image(RequestFields& block) {
  RequestFields source = block.as("image").required_object("source");
  const std::string& type = source.required_choice("type", {"base64", "url", "file"});
  if (type == "url") return check_url(source);
  if (type == "file") return static_cast<void>(source.required_string("file_id"));
  check_data(source, {"image/jpeg", "image/png", "image/gif", "image/webp"});
}

// A text, or blocks of these types.
void check_parts(RequestFields& holder, std::initializer_list<std::string_view> types) {
  const json* content = holder.find("content");
  if (content == nullptr || content->is_string()) return;
  const auto parts = holder.array("content");
  for (std::size_t i = 0; i < parts.size(); ++i) {
    RequestFields part = holder.element("content", i, parts[i]);
    part.required_choice("type", types);
    if (part.ok()) check_block(part, "user");
  }
}

void check_document(RequestFields& block) {
  RequestFields document = block.as("document");
  document.string("title");
  document.string("context");
  RequestFields source = document.required_object("source");
  const std::string& type =
      source.required_choice("type", {"base64", "text", "content", "url", "file"});
  if (type == "url") return check_url(source);
  if (type == "file") return static_cast<void>(source.required_string("file_id"));
  if (type == "content") return check_parts(source, {"text", "image"});
  check_data(source, {type == "text" ? "text/plain" : "application/pdf"});
}

void check_search_result(RequestFields& block) {
  RequestFields result = block.as("search_result");
  result.required_string("source");
  result.required_string("title");
  result.required_array("content");
  check_parts(result, {"text"});
}

void check_tool_use(RequestFields& block) {
  RequestFields use = block.as("tool_use");
  if (use.required_string("id").empty())
    use.refuse("id", "String should have at least 1 character");
  use.required_string("name");
  use.required_object("input");
}

void check_tool_result(RequestFields& block) {
  RequestFields result = block.as("tool_result");
  result.required_string("tool_use_id");
  result.boolean("is_error", false);
  check_parts(result, {"text", "image", "document", "search_result", "tool_reference"});
}

void check_tool_reference(RequestFields& block) {
  block.as("tool_reference").required_string("tool_name");
}

void check_thinking(RequestFields& block) {
  RequestFields thinking = block.as("thinking");
  thinking.required_string("thinking");
  thinking.required_string("signature");
}

void check_redacted_thinking(RequestFields& block) {
  block.as("redacted_thinking").required_string("data");
}

void check_container_upload(RequestFields& block) {
  block.as("container_upload").required_string("file_id");
}

void check_nothing(RequestFields& /*block*/) {}

struct BlockType {
  std::string_view name;
  std::string_view role;  // "" for any.
  void (*check)(RequestFields& block);
};

// What the API's own tools say is given back as it came, and not looked at.
constexpr auto kBlockTypes = std::to_array<BlockType>({
    {"text", "", &check_text},
    {"image", "user", &check_image},
    {"document", "user", &check_document},
    {"search_result", "user", &check_search_result},
    {"tool_result", "user", &check_tool_result},
    {"tool_reference", "user", &check_tool_reference},
    {"container_upload", "user", &check_container_upload},
    {"tool_use", "assistant", &check_tool_use},
    {"thinking", "assistant", &check_thinking},
    {"redacted_thinking", "assistant", &check_redacted_thinking},
    {"server_tool_use", "assistant", &check_nothing},
    {"mcp_tool_use", "assistant", &check_nothing},
    {"compaction", "assistant", &check_nothing},
    {"fallback", "assistant", &check_nothing},
});

const BlockType* find_type(std::string_view name) {
  static constexpr BlockType kResultOfApiTool = {"_tool_result", "assistant", &check_nothing};
  if (name.ends_with(kResultOfApiTool.name)) return &kResultOfApiTool;
  const auto* found = std::find_if(kBlockTypes.begin(), kBlockTypes.end(),
                                   [name](const BlockType& type) { return type.name == name; });
  return found == kBlockTypes.end() ? nullptr : found;
}

}  // namespace

void check_block(RequestFields& block, std::string_view role) {
  const std::string& name = block.required_string("type");
  if (!block.ok()) return;
  const BlockType* type = find_type(name);
  if (type == nullptr) {
    return block.refuse(fmt::format(
        "Input tag '{}' found using 'type' does not match any of the expected tags", name));
  }
  if (!type->role.empty() && type->role != role) {
    return block.refuse(fmt::format("`{}` blocks can only be in `{}` messages", name, type->role));
  }
  type->check(block);
}

}  // namespace mock
