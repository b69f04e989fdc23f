// The tools of a request to the Claude API.
#pragma once

#include <nlohmann/json.hpp>

#include "mock/models.h"
#include "mock/prompt_builder.h"
#include "mock/request.h"
#include "mock/request_fields.h"

namespace mock {

// Reads tools and tool_choice and adds the tools to the prompt, of which they are the beginning.
// Tools of the API's own, whose type is dated, are taken and never called.
void read_tools(RequestFields& body, const Model& model, PromptBuilder& prompt,
                ModelRequest& request);

// Moves the schemas of the tools from the body into the request. REQUIRES: read_tools() refused
// nothing, and the body is not read any more.
void take_tool_schemas(nlohmann::json& body, ModelRequest& request);

}  // namespace mock
