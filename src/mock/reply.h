// A whole HTTP answer, decided without sockets.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mock {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Reply {
  int status = 200;
  Headers headers;
  std::string body;
};

inline Reply json_reply(int status, std::string body) {
  return {status, {{"content-type", "application/json"}}, std::move(body)};
}

}  // namespace mock
