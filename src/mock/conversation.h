// The turns of a request to the Claude API.
#pragma once

#include "mock/models.h"
#include "mock/prompt_builder.h"
#include "mock/request.h"
#include "mock/request_fields.h"

namespace mock {

// Reads system and adds it to the prompt.
void read_system(RequestFields& body, PromptBuilder& prompt);

// Reads messages and adds them to the prompt. Turns of the same role in a row are one turn; every
// tool use is answered in the user's turn behind it, before anything else there.
void read_messages(RequestFields& body, const Capabilities& can, PromptBuilder& prompt,
                   ModelRequest& request);

}  // namespace mock
