#include "llm/usage_json.h"

#include <algorithm>

#include "llm/json_body.h"
#include "llm/json_reader.h"

namespace llm {
namespace {

// Object is simdjson's or nlohmann's, const or not.
template <typename Object>
bool overwrite(std::uint64_t& count, Object& object, const char* key) {
  const std::optional<std::uint64_t> found = count_at(object, key);
  count = found.value_or(count);
  return found.has_value();
}

template <typename Object>
void overwrite(std::optional<std::uint64_t>& count, Object& object, const char* key) {
  if (const auto found = count_at(object, key)) count = found;
}

template <typename Object>
bool read_anthropic(Object& usage, Usage& known) {
  overwrite(known.input_tokens, usage, "input_tokens");
  overwrite(known.cache_write_tokens, usage, "cache_creation_input_tokens");
  overwrite(known.cache_read_tokens, usage, "cache_read_input_tokens");
  if (auto creation = object_at(usage, "cache_creation")) {
    overwrite(known.cache_write_1h_tokens, *creation, "ephemeral_1h_input_tokens");
  }
  const bool counted_output = overwrite(known.output_tokens, usage, "output_tokens");
  if (auto details = object_at(usage, "output_tokens_details")) {
    overwrite(known.thinking_tokens, *details, "thinking_tokens");
  }
  if (auto tools = object_at(usage, "server_tool_use")) {
    overwrite(known.web_searches, *tools, "web_search_requests");
  }
  if (string_at(usage, "inference_geo") == "us") known.us_only = true;
  if (string_at(usage, "speed") == "fast") known.fast = true;
  return counted_output;
}

template <typename Object>
bool read_openai(Object& usage, const OpenAiUsageNames& names, Usage& known) {
  std::uint64_t all_input = known.all_input();
  overwrite(all_input, usage, names.input);
  if (auto details = object_at(usage, names.input_details)) {
    overwrite(known.cache_read_tokens, *details, "cached_tokens");
    overwrite(known.cache_write_tokens, *details, "cache_write_tokens");
  }
  const std::uint64_t cached = known.cache_read_tokens + known.cache_write_tokens;
  known.input_tokens = all_input - std::min(all_input, cached);
  const bool counted_output = overwrite(known.output_tokens, usage, names.output);
  if (auto details = object_at(usage, names.output_details)) {
    overwrite(known.thinking_tokens, *details, "reasoning_tokens");
  }
  return counted_output;
}

}  // namespace

bool read_anthropic_usage(simdjson::ondemand::object usage, Usage& known) {
  return read_anthropic(usage, known);
}

bool read_anthropic_usage(const Json& usage, Usage& known) { return read_anthropic(usage, known); }

bool read_openai_usage(simdjson::ondemand::object usage, const OpenAiUsageNames& names,
                       Usage& known) {
  return read_openai(usage, names, known);
}

bool read_openai_usage(const Json& usage, const OpenAiUsageNames& names, Usage& known) {
  return read_openai(usage, names, known);
}

}  // namespace llm
