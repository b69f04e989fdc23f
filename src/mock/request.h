// What a request to a model asks for, in whatever dialect it came.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace mock {

enum class Dialect : std::uint8_t {
  kMessages,   // Anthropic's Messages API.
  kChat,       // OpenAI's chat completions.
  kResponses,  // OpenAI's responses.
};

// How long what is cached up to a block is kept.
enum class CacheLife : std::uint8_t { k5Minutes, k1Hour };

// The order of a prompt's parts: a change in one changes every prefix that reaches beyond it.
enum class PromptSection : std::uint8_t { kTools, kSystem, kMessages };

// One block of the prompt, in the order tools, system, messages.
struct PromptBlock {
  std::uint64_t hash = 0;  // Of its type and content, cache_control left out.
  std::int64_t tokens = 0;
  PromptSection section = PromptSection::kMessages;
  std::optional<CacheLife> breakpoint{};  // cache_control stands here.
};

struct Tool {
  std::string name;
  nlohmann::json input_schema;
};

enum class ToolChoice : std::uint8_t {
  kAuto,
  kAny,    // At least one tool.
  kNamed,  // The tool `named_tool`.
  kNone,
};

struct ModelRequest {
  Dialect dialect = Dialect::kMessages;
  std::string model;         // Resolved: an alias has become the dated id.
  std::string organization;  // Whose limits and caches: the key's hash.
  std::int64_t max_tokens = 0;
  bool stream = false;

  std::vector<PromptBlock> prompt;
  std::int64_t input_tokens = 1;  // Of all blocks, and what the API adds for tools.
  std::uint64_t body_bytes = 0;
  std::uint64_t settings_hash = 0;  // Of what invalidates cached messages: tool_choice, thinking.

  bool thinks = false;
  bool shows_thinking = false;
  std::int64_t thinking_budget = 0;  // 0 for none given.

  std::vector<Tool> tools;
  ToolChoice tool_choice = ToolChoice::kAuto;
  std::string named_tool;
  bool parallel_tools = true;
  bool eager_tool_input = false;  // Tool input streams as it is made, not parameter by parameter.
  bool answers_tools = false;     // The last turn holds results of tools: it is time for text.

  std::vector<std::string> stop_sequences;
  bool usage_in_stream = false;  // Chat: stream_options.include_usage.
  bool fast = false;             // speed: "fast".
  bool in_batch = false;
};

}  // namespace mock
