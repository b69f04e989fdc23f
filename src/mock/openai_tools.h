// Tools in the requests of OpenAI's dialects.
#pragma once

#include "mock/openai_fields.h"
#include "mock/request.h"

namespace mock {

// Where the fields of a function stand: chat has them in an object of their own, "function", the
// responses beside the type.
enum class ToolForm : std::uint8_t { kNested, kFlat };

// Reads tools, tool_choice and parallel_tool_calls, and adds the tools to the prompt, of which they
// are the beginning. Tools that are no functions run at OpenAI: they are taken and never called.
void read_openai_tools(OpenAiFields& body, ToolForm form, ModelRequest& request);

}  // namespace mock
