// The API's rate limits: token buckets with truthful headers, and the other reasons for a 429.
// https://docs.claude.com/en/api/rate-limits
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "mock/api_error.h"
#include "mock/reply.h"
#include "mock/request.h"
#include "mock/usage.h"

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

// Models of a class share their buckets. A model of no known class is its own.
// Lifetime: the view is into `model` or stays valid for good.
std::string_view limit_class(std::string_view model);

// The body of GET /v1/organizations/rate_limits: the known models' groups.
std::string rate_limits_json(const LimitOptions& options);

// Buckets are an organisation's and a model class', and fast mode has its own. Batches and
// count_tokens do not use them.
//
// A request is let in when every bucket holds what it is charged, and at least one token of output.
// What is more than a bucket holds, but no more than its limit, is let in when the bucket is full
// and leaves a debt; what is more than the limit is never let in.
//
// Threads: one. Times are passed in; `wall` is unix time, for headers and messages alone.
class Limits {
 public:
  explicit Limits(LimitOptions options);
  ~Limits();

  // One admitted request. Destroyed, it gives its place among `concurrency` back, and what was
  // charged of max_tokens and not produced. May outlive the limits.
  class Admission;

  struct Refusal {
    // What was exceeded.
    enum class Kind : std::uint8_t {
      kRequests,
      kInputTokens,
      kOutputTokens,
      kAcceleration,
      kConcurrency,
      kSpend,
    };
    Kind kind = Kind::kRequests;
    ApiError error;   // 429 with the variant's wording, in the request's dialect.
    Headers headers;  // retry-after and x-should-retry (not for the spend cap), and the buckets'.
  };

  // Charges the request and the estimate of its input, or refuses it and charges nothing.
  // REQUIRES: the request is not in a batch.
  tl::expected<std::unique_ptr<Admission>, Refusal> admit(const ModelRequest& request,
                                                          base::TimePoint now, std::int64_t wall);

 private:
  struct Buckets;
  struct Organization;
  std::shared_ptr<Organization> find_organization(const std::string& name);
  Buckets& find_buckets(Organization& organization, const ModelRequest& request,
                        base::TimePoint now) const;

  LimitOptions options_;
  std::map<std::string, std::shared_ptr<Organization>, std::less<>> organizations_;
};

std::string_view to_string(Limits::Refusal::Kind kind);  // "requests", "input_tokens", …

class Limits::Admission {
 public:
  ~Admission();
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // The buckets' headers as of admission.
  const Headers& headers() const { return headers_; }

  // The answer begins: the estimate of the input gives way to what counts, which is all input but
  // what the cache served. Haiku 3.5 and OpenAI's dialects count that too.
  void begin(const Usage& usage, base::TimePoint now);
  void produce(std::int64_t output_tokens, base::TimePoint now);  // So many more.
  void spend(double usd);

 private:
  friend class Limits;
  Admission(std::shared_ptr<Organization> organization, Buckets& buckets, bool counts_cache_reads,
            double input, double output);

  std::shared_ptr<Organization> organization_;
  Buckets& buckets_;  // The organisation's.
  bool counts_cache_reads_;
  Headers headers_;
  double charged_input_;
  double charged_output_;
  double produced_ = 0;
};

}  // namespace mock
