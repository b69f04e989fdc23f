#include "mock/openai_prompt.h"

#include <array>
#include <string_view>

#include "mock/prompt_tokens.h"

namespace mock {
namespace {

using nlohmann::json;

// Where text stands that the model reads. Images, files and ids stand elsewhere.
constexpr std::array<std::string_view, 11> kTextKeys = {
    "arguments", "content", "custom",  "function", "input",     "name",
    "output",    "refusal", "summary", "text",     "tool_calls"};

std::size_t text_bytes(const json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>().size();
  std::size_t bytes = 0;
  if (value.is_array()) {
    for (const json& element : value) bytes += text_bytes(element);
  } else if (value.is_object()) {
    for (const std::string_view key : kTextKeys) {
      const auto found = value.find(key);
      if (found != value.end()) bytes += text_bytes(*found);
    }
  }
  return bytes;
}

std::int64_t whole_tokens(std::int64_t units) {
  return (units + kUnitsPerToken - 1) / kUnitsPerToken;
}

}  // namespace

void add_prompt_block(ModelRequest& request, PromptSection section, const json& part) {
  constexpr std::int64_t kAroundMessage = 4;
  const bool is_tool = section == PromptSection::kTools;
  const std::size_t bytes = is_tool ? part.dump().size() : text_bytes(part);
  ContentHash hash;
  hash.add_json(part, false);
  const std::int64_t tokens =
      whole_tokens(text_units(bytes, false)) + (is_tool ? 0 : kAroundMessage);
  request.input_tokens += tokens;
  request.prompt.push_back({hash.value(), tokens, section});
}

}  // namespace mock
