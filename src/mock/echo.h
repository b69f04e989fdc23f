// Endpoints that are no part of any LLM API, for testing HTTP clients.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "mock/reply.h"

namespace mock {

struct EchoRequest {
  std::string_view method;
  std::string_view path;
  std::string_view query;
  Headers headers;
  std::string_view body;
};

struct EchoAnswer {
  Reply reply;
  base::Duration delay{};
};

//   /echo          the request itself: {"method","headers","body","query"}
//   /status/404    that status, 200 to 599
//   /delay/200ms   200 after that time
//
// Nothing for any other path.
std::optional<EchoAnswer> answer_echo(const EchoRequest& request);

}  // namespace mock
