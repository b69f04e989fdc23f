// How the mock behaves: latency profiles, faults, recording.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/distribution.h"
#include "base/result.h"
#include "mock/freeze.h"

namespace mock {

// How an answer's tokens are paced. Times in seconds.
struct Profile {
  std::string name;
  base::Distribution ttft;              // Request received to first token.
  base::Distribution itl;               // Between tokens.
  base::Distribution tokens;            // Output tokens asked for; never above max_tokens.
  base::Distribution tokens_per_delta;  // Tokens that share one event; at least 1.
};

// haiku, sonnet, opus: weakly sourced defaults (the numbers' sources stand beside them).
base::Result<Profile> find_profile(std::string_view name);

// "haiku (ttft lognormal:400ms,0.3, itl …, tokens …)"
std::string describe_profile(const Profile& profile);

// A share of the requests that is answered with an error status instead.
struct FailRule {
  int status = 0;
  double share = 0;  // 0..1
};

// "429=5%,529=1%"
base::Result<std::vector<FailRule>> parse_fail_rules(std::string_view text);

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0 takes a free one.
  Profile profile;
  std::vector<FailRule> fail;
  std::string record_file;  // "" records nothing.
  std::uint64_t seed = 1;
  Freeze freeze{};  // None where its length is zero.
};

}  // namespace mock
