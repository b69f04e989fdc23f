// Reads the counts of tokens that a provider sends, in an event or in a whole body.
#pragma once

#include <simdjson.h>

#include <nlohmann/json_fwd.hpp>

#include "llm/reply.h"

namespace llm {

// A null or a missing field says nothing, so it overwrites nothing: usage is sent more than once,
// each time for the whole message. True where the output was counted; `final` is the caller's to
// set.
bool read_anthropic_usage(simdjson::ondemand::object usage, Usage& known);
bool read_anthropic_usage(const nlohmann::ordered_json& usage, Usage& known);

// What the two dialects of OpenAI call the same counts.
struct OpenAiUsageNames {
  const char* input;  // All of it, cached or not.
  const char* input_details;
  const char* output;
  const char* output_details;
};

inline constexpr OpenAiUsageNames kChatUsage{"prompt_tokens", "prompt_tokens_details",
                                             "completion_tokens", "completion_tokens_details"};
inline constexpr OpenAiUsageNames kResponsesUsage{"input_tokens", "input_tokens_details",
                                                  "output_tokens", "output_tokens_details"};

// As above, brought to the meaning of Usage: input without what the cache served or stored.
bool read_openai_usage(simdjson::ondemand::object usage, const OpenAiUsageNames& names,
                       Usage& known);
bool read_openai_usage(const nlohmann::ordered_json& usage, const OpenAiUsageNames& names,
                       Usage& known);

}  // namespace llm
