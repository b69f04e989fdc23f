// Errors as the Claude API words and shapes them.
#pragma once

#include <string>
#include <string_view>

#include "mock/reply.h"

namespace mock {

struct ApiError {
  int status = 500;
  std::string message;
  std::string type{};       // error.type; "" for the status' own.
  std::string code{};       // OpenAI's error.code, and Anthropic's error.details.error_code.
  std::string parameter{};  // OpenAI's error.param.
};

// "rate_limit_error" for 429; statuses that are not in the API's table take invalid_request_error
// below 500 and api_error from there on.
std::string_view error_type(int status);

// {"type":"error",…} with the request id in the body and in the header; 429 bears retry-after.
Reply error_reply(const ApiError& error, std::string_view request_id);

// What a request meets whose fault was drawn with this status. 502, 503 and 520 to 524 come from
// the edge in front of the API: HTML, and no request id.
Reply fault_reply(int status, std::string_view request_id);

}  // namespace mock
