// The prompt of a request in OpenAI's dialects, counted.
#pragma once

#include <nlohmann/json.hpp>

#include "mock/request.h"

namespace mock {

// One part of the prompt: a message, an item of the input, instructions, or a tool. Tokens are its
// text at 3.5 bytes each, and 4 more for what stands around a message. There are no breakpoints:
// OpenAI caches prefixes by itself.
//
// What comes earlier in the prompt is added earlier.
void add_prompt_block(ModelRequest& request, PromptSection section, const nlohmann::json& part);

}  // namespace mock
