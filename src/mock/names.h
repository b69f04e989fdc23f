// Names that clients give to things.
#pragma once

#include <algorithm>
#include <cctype>
#include <string_view>

namespace mock {

// True for what matches ^[a-zA-Z0-9_-]{1,64}$, as tools and a batch's requests are named.
inline bool is_plain_name(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  return !name.empty() && name.size() <= kLongest &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
}

}  // namespace mock
