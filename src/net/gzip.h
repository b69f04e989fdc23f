// The content coding "gzip" of request bodies.
#pragma once

#include <string>
#include <string_view>

namespace net {

// Errors: throws std::runtime_error where memory is short.
std::string gzip(std::string_view text);

}  // namespace net
