// Reads a request to POST /v1/responses as OpenAI would: accepts it, or words the refusal.
#pragma once

#include <string_view>
#include <tl/expected.hpp>

#include "mock/api_error.h"
#include "mock/request.h"

namespace mock {

// Where no limit is asked for there is one of 4,096 tokens. Nothing is stored: a
// previous_response_id is taken as it comes and adds nothing to the prompt. Reasoning is asked for
// with reasoning.effort, and shown where reasoning.summary is given.
//
// Errors: the first thing wrong with the body; 404 model_not_found for an empty name and for
// "missing-…". All other names are taken.
tl::expected<ModelRequest, ApiError> read_responses_request(std::string_view body);

}  // namespace mock
