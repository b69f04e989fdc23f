// A request as a line of JSON, for `perigee run --requests`. docs/requests-file.md has the fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/record.h"

namespace client {

// What the lines of a file have in common.
struct LineContext {
  base::TimePoint zero{};  // What times count from.
  bool apart = false;      // Of the warm-up, setup or teardown: no part of the run's results.
};

// What is known of a request to a model beside its record.
struct LlmDetails {
  std::string_view model;                  // As the script named it.
  std::string_view request_id;             // The server's; "" where it sent none.
  int attempt = 0;                         // 0 is the first of its call, the others are retries.
  std::optional<base::Duration> retry_in;  // It failed and another one follows after so long.
};

// They append one line with its newline. `message` says why it failed.
//
// Cost: 1.5 µs (1 µs for plain HTTP), without an allocation once `out` is large enough and while
// texts are plain ASCII.
void append_http_line(const HttpRecord& record, std::string_view message,
                      const LineContext& context, std::string& out);
void append_llm_line(const LlmRecord& record, const LlmDetails& details, const LineContext& context,
                     std::string& out);

// `"text"`, escaped; what is not UTF-8 becomes U+FFFD.
void append_json_string(std::string_view text, std::string& out);

}  // namespace client
