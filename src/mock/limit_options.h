// What a mock limits: presets and the text that users write.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace mock {

// Per minute.
struct ClassLimits {
  double requests = 0;
  double input_tokens = 0;
  double output_tokens = 0;
};

struct LimitOptions {
  // Of each model class ("opus-4", "sonnet-5", "haiku-4-5", …; see limit_class()); of `other` where
  // a class has none of its own. A limit of 0 does not limit. Nothing at all: no headers either.
  std::map<std::string, ClassLimits, std::less<>> classes;
  std::optional<ClassLimits> other;
  // How much a bucket holds, as the refill of this time: 60 s is a minute's limit, 1 s allows no
  // burst.
  base::Duration burst = std::chrono::seconds(60);
  bool exact_headers = false;  // False: tokens are rounded down to thousands, as the API does.
  // The part of the true input that is charged at admission; corrected when the answer begins.
  // Above or below 1 the estimate is wrong, as the API's can be: a bucket can go into debt.
  double input_estimate = 1;
  bool output_by_max_tokens = false;  // Charge max_tokens at admission, as before February 2026.
  // A ceiling on a class' input tokens per minute, as charged at admission, that grows by this much
  // each minute from its first request on; 0 for none.
  double acceleration_start = 0;
  double acceleration_step = 10'000;
  std::uint64_t concurrency = 0;  // Most requests of an organisation at once; 0 for any.
  double spend_cap_usd = 0;       // Of an organisation, for as long as the mock runs; 0 for none.
};

// "start", "build", "scale" (as of 2026-08-22), "tier-1" … "tier-4" (as of 2026-04-25), "none"; or
// limits for every class: "rpm=50,itpm=30000,otpm=8000" with, beside them, burst=1s,
// concurrency=10, acceleration=58276, spend=0.05, estimate=1.2, exact, otpm-by-max-tokens. A preset
// may stand first: "tier-1,concurrency=4"; a limit beside it takes the place of every class' own.
base::Result<LimitOptions> parse_limits(std::string_view text);

// The presets' names, from small to large within each scheme; without "none".
std::vector<std::string> preset_names();

// Models of a class share their buckets. A model of no known class is its own.
// Lifetime: the view is into `model` or stays valid for good.
std::string_view limit_class(std::string_view model);

// The body of GET /v1/organizations/rate_limits: the known models' groups.
std::string rate_limits_json(const LimitOptions& options);

// What a class of models is limited to: its own limits, else those of all others.
ClassLimits limits_of(const LimitOptions& options, std::string_view model_class);

}  // namespace mock
