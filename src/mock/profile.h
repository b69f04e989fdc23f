// How an answer is made and paced: latency profiles.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/distribution.h"
#include "base/result.h"

namespace mock {

// How an answer is made. Times in seconds.
struct Profile {
  std::string name;
  base::Distribution ttft;              // Request let in to first token, for an empty prompt.
  base::Distribution itl;               // Between tokens.
  base::Distribution tokens;            // Output tokens asked for; never above max_tokens.
  base::Distribution tokens_per_delta;  // Tokens that share one event; at least 1.
  base::Distribution thinking_tokens = base::Distribution::constant(0);  // Where asked to think.
  double prefill_rate = 0;  // Input tokens read per second that no cache served; 0: in no time.
  base::Duration ping_every = std::chrono::seconds(15);  // Of silence.
  double tool_share = 1;      // Of requests with tools (choice auto) that call one.
  double parallel_share = 0;  // Of those that call two at once, where allowed.
  // The capacity: `slots` requests at once (0 for any number), `queue` more waiting, 529 beyond.
  // With all slots taken, gaps between tokens are `slowdown` times as long; in proportion below.
  std::uint64_t slots = 0;
  std::uint64_t queue = 1'000'000;
  double slowdown = 1;
};

// A profile of the mock's own ("haiku", "sonnet", "opus", …: data files with dates and sources,
// embedded at build time), or of a file where the text ends with ".json".
//
// Errors: unknown names with "did you mean"; a file's fields by name and place.
base::Result<Profile> find_profile(std::string_view name);

// From the text of such a file: the fields of Profile by their names, distributions as texts, and
// beside them "as_of" and "source". `place` is the file's name, for errors; without its folder and
// ending it names the profile.
base::Result<Profile> parse_profile(const std::string& place, std::string_view json_text);

// Sets one field by its name in such a file, as "prefill_rate". REQUIRES: there is such a field.
base::Result<void> set_profile_field(Profile& profile, std::string_view field,
                                     std::string_view text);

// "haiku (ttft lognormal:400ms,0.3, itl …, tokens …)"
std::string describe_profile(const Profile& profile);

}  // namespace mock
