// Reads an answer that is an error, of whatever provider, gateway or proxy.
#pragma once

#include <optional>
#include <string_view>

#include "llm/error_kind.h"

namespace llm {

// Headers that an answer did not have are "".
struct ErrorAnswer {
  int status = 0;
  std::string_view body;
  std::string_view request_id;
  std::string_view retry_after{};     // Seconds or an HTTP date.
  std::string_view retry_after_ms{};  // Wins over retry_after.
  std::string_view should_retry{};    // x-should-retry: "true" or "false".
  std::string_view date{};            // What an HTTP date in retry_after is held against.
};

// The body may be anything: Anthropic's {"type":"error","error":{…}}, OpenAI's {"error":{"message",
// "type","param","code"}}, vLLM's and SGLang's {"object":"error",…}, Vertex's {"error":{"code",
// "status",…}} alone or in an array, AWS' {"message"}, FastAPI's {"detail"}, TGI's {"error":"…",
// "error_type":"…"}, HTML from a proxy, a plain text, nothing.
Failure parse_error(const ErrorAnswer& answer);

// The same for an error in the middle of a stream, whose status was 200 already: its kind is
// stream_error, but overloaded and rate_limited where the error's type or code says so.
Failure parse_stream_error(const ErrorAnswer& answer);

}  // namespace llm
