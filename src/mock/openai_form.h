// What the answers of OpenAI's two dialects have in common.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "mock/usage.h"

namespace mock {

// With its quotes. What is no UTF-8, as half of a character at the end of a delta, is replaced.
std::string json_string(std::string_view text);

// 0 to 15 letters, so that an event's length does not tell that of its token.
std::string draw_obfuscation(base::RandomStream& random);

inline std::int64_t cache_writes(const Usage& usage) {
  return usage.cache.write_5m_tokens + usage.cache.write_1h_tokens;
}

}  // namespace mock
