// What differs between the dialects around an answer, in one place: how a request is read, how it
// is refused, and what the head of an answer says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/clock.h"
#include "mock/answer.h"
#include "mock/api_error.h"
#include "mock/api_headers.h"
#include "mock/exchange.h"
#include "mock/faults.h"
#include "mock/request.h"

namespace mock {

// On Vertex the version is the body's, and only a bearer token counts.
// Lifetime: views into the exchange.
ApiHeaders deciding_headers(const Exchange& exchange);

// A complete request to a model, its key checked.
tl::expected<ModelRequest, ApiError> read_model_request(Dialect dialect, const Exchange& exchange);

// The input tokens of a complete request to count them, its key checked.
tl::expected<std::int64_t, ApiError> count_tokens(const Exchange& exchange);

// In the words of the API, with the headers of all its answers.
Reply refusal_reply(Dialect dialect, const ApiError& error, std::string_view request_id,
                    std::string_view organization);

// `allowed` is the method that the path takes.
Reply wrong_method_reply(Dialect dialect, std::string_view allowed, std::string_view request_id,
                         std::string_view organization);

// REQUIRES: a fault of kind kStatus.
Reply status_fault_reply(Dialect dialect, const Fault& fault, std::string_view request_id,
                         std::string_view organization);

// What the head of every answer of the API itself says. `processing` is the time that the service
// took to begin it.
Headers answer_headers(Dialect dialect, std::string_view request_id, std::string_view organization,
                       base::Duration processing);

// Adds headers; those of the same name give way.
void merge_headers(Headers& headers, const Headers& more);

// The body of an answer that is not streamed.
std::string whole_answer(const Answer& answer, TokenText text);

}  // namespace mock
