// The API's rate limits: token buckets with truthful headers, and the other reasons for a 429.
// https://docs.claude.com/en/api/rate-limits
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/clock.h"
#include "mock/api_error.h"
#include "mock/limit_options.h"
#include "mock/reply.h"
#include "mock/request.h"
#include "mock/usage.h"

namespace mock {

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
