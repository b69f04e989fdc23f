// Reads requests to the Claude API as it would: accepts them, or words the refusal.
#pragma once

#include <cstdint>
#include <string_view>
#include <tl/expected.hpp>

#include "mock/api_error.h"
#include "mock/api_headers.h"
#include "mock/request.h"

namespace mock {

// POST /v1/messages. Checks the headers too.
//
// Errors: the first thing wrong, with its path in front, as in "messages.0.role: …"; status 404 for
// a retired model, and for one that does not exist, which here is one with an empty name or a name
// that begins with "missing-". All other unknown names are taken, and may do whatever some model
// may.
// Cost:   a walk over the parsed body; nothing of it is copied but the names of tools and stop
// sequences.
tl::expected<ModelRequest, ApiError> read_messages_request(std::string_view body,
                                                           const ApiHeaders& headers);

// The params of one request of a batch, which may not stream, hurry or only warm the cache.
tl::expected<ModelRequest, ApiError> read_batched_request(std::string_view params,
                                                          const ApiHeaders& headers);

// POST /v1/messages/count_tokens: the input tokens that a message of the same prompt is charged.
tl::expected<std::int64_t, ApiError> read_count_request(std::string_view body,
                                                        const ApiHeaders& headers);

}  // namespace mock
