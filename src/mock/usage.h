// The tokens of a request, as a provider bills them.
#pragma once

#include <cstdint>

namespace mock {

// What the prompt cache did for a request. All zero where nothing was cached.
struct CacheUse {
  std::int64_t read_tokens = 0;
  std::int64_t write_5m_tokens = 0;
  std::int64_t write_1h_tokens = 0;

  std::int64_t all() const { return read_tokens + write_5m_tokens + write_1h_tokens; }
};

struct Usage {
  std::int64_t input_tokens = 0;  // Without the cache's.
  CacheUse cache;
  std::int64_t output_tokens = 0;
  std::int64_t thinking_tokens = 0;  // Part of output_tokens.

  std::int64_t all_input() const { return input_tokens + cache.all(); }
};

}  // namespace mock
