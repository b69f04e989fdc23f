// Errors as the Claude API words and shapes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mock/faults.h"
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

// What an error of this type says in a stream: "Overloaded" for overloaded_error.
std::string_view error_message(std::string_view type);

// {"type":"error",…} with the request id in the body and in the header.
Reply error_reply(const ApiError& error, std::string_view request_id);

// What the edge in front of the API answers by itself: HTML, and no request id. For 413, 502, 503
// and 520 to 524; nothing for the statuses that come from the API.
std::optional<Reply> edge_reply(int status);

// A drawn status in the API's words.
ApiError fault_error(const Fault& fault);

// What a request meets that has a fault of kind kStatus; 429 bears "retry-after: 1".
Reply fault_reply(const Fault& fault, std::string_view request_id);

// The same answer, its body compressed.
Reply gzip_reply(Reply reply);

}  // namespace mock
