// Reads a request to POST /v1/chat/completions as OpenAI would: accepts it, or words the refusal.
#pragma once

#include <string_view>
#include <tl/expected.hpp>

#include "mock/api_error.h"
#include "mock/request.h"

namespace mock {

// Where no limit is asked for there is 4,096 tokens of one. Reasoning is asked for with
// reasoning_effort, and never shown.
//
// Errors: the first thing wrong with the body; 404 model_not_found for an empty name and for
// "missing-…". All other names are taken.
tl::expected<ModelRequest, ApiError> read_chat_request(std::string_view body);

}  // namespace mock
