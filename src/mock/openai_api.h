// What all endpoints of OpenAI's API have in common: the key, errors, and the models.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/clock.h"
#include "mock/api_error.h"
#include "mock/faults.h"
#include "mock/reply.h"

namespace mock {

// What every endpoint asks for: "Authorization: Bearer …". Nothing where it is there, whatever the
// key; 401 invalid_api_key for one that begins with "invalid".
std::optional<ApiError> check_bearer(std::optional<std::string_view> authorization);

// The headers of every answer. `processing` is the time that the service took to begin it.
Headers openai_headers(std::string_view request_id, base::Duration processing);

// {"error":{"message","type","param","code"}} with x-request-id. An error without a type has that
// of its status. 529, which OpenAI does not know, becomes its 503.
Reply openai_error_reply(const ApiError& error, std::string_view request_id);

// What a request meets that has a fault of kind kStatus; 429 bears "retry-after: 1". 413, 502 and
// 520 to 524 come from the edge in front of the API: HTML, and no request id.
Reply openai_fault_reply(const Fault& fault, std::string_view request_id);

// The body of GET /v1/models for keys of OpenAI's form.
std::string openai_models_json();

// The body of GET /v1/models/{id}. Errors: 404 for a model that is not in the list.
tl::expected<std::string, ApiError> describe_openai_model(std::string_view id);

}  // namespace mock
