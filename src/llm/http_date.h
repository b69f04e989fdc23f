// The date and time of HTTP headers.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace llm {

// Reads the three forms of RFC 9110, section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT", which all
// servers should send, "Sunday, 06-Nov-94 08:49:37 GMT" and "Sun Nov  6 08:49:37 1994".
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

}  // namespace llm
