// The API's rate limits: token buckets with truthful headers, and the other reasons for a 429.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

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
  // A ceiling on input tokens per minute that grows by this much each minute; 0 for none.
  double acceleration_start = 0;
  double acceleration_step = 10'000;
  std::uint64_t concurrency = 0;  // Most requests at once; 0 for any.
  double spend_cap_usd = 0;       // 0 for none.
};

// "start", "build", "scale" (as of 2026-08-22), "tier-1" … "tier-4" (as of 2026-04-25), "none"; or
// limits for every class: "rpm=50,itpm=30000,otpm=8000" with, beside them, burst=1s,
// concurrency=10, acceleration=58276, spend=0.05, estimate=1.2, exact, otpm-by-max-tokens. A preset
// may stand first: "tier-1,concurrency=4".
base::Result<LimitOptions> parse_limits(std::string_view text);

// Models of a class share their buckets.
std::string_view limit_class(std::string_view model);

// Buckets are an organisation's and a model class'. Batches and count_tokens do not use them.
//
// Threads: one. Times are passed in; `wall` is unix time, for the headers alone.
class Limits {
 public:
  explicit Limits(LimitOptions options);
  ~Limits();

  // One admitted request. Destroyed, it gives its place among `concurrency` back.
  class Admission;

  struct Refusal {
    ApiError error;   // 429 with the variant's wording.
    Headers headers;  // retry-after (not for the spend cap), x-should-retry, and the buckets'.
  };

  // Charges the request and the estimate of its input, or refuses it and charges nothing.
  tl::expected<std::unique_ptr<Admission>, Refusal> admit(const ModelRequest& request,
                                                          base::TimePoint now, std::int64_t wall);

  class Admission {
   public:
    ~Admission();

    // The buckets' headers as of admission.
    const Headers& headers() const { return headers_; }

    // The answer begins: the estimate of the input gives way to what counts, which is all input but
    // what the cache served.
    void begin(const Usage& usage, base::TimePoint now);
    void produce(std::int64_t output_tokens, base::TimePoint now);
    void spend(double usd);

   private:
    friend class Limits;
    struct Buckets;
    Limits* limits_ = nullptr;
    std::shared_ptr<Buckets> buckets_;
    Headers headers_;
    double charged_input_ = 0;
    double charged_output_ = 0;
    double produced_ = 0;
  };

 private:
  friend class Admission;
  LimitOptions options_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Admission::Buckets>> buckets_;
  std::uint64_t under_way_ = 0;
  double spent_ = 0;
  std::optional<base::TimePoint> first_;
};

}  // namespace mock
