#include "client/retry_policy.h"

#include <catch2/catch.hpp>

#include "base/random.h"

using namespace std::chrono_literals;
using base::Duration;
using client::retry_delay;
using client::RetryPolicy;
using llm::ErrorKind;
using llm::Failure;

namespace {

RetryPolicy policy_of(std::string_view name) {
  const auto policy = client::find_retry_policy(name);
  REQUIRE(policy);
  return *policy;
}

Failure answered(int status) {
  Failure failure;
  failure.status = status;
  failure.kind = llm::classify(status, "");
  return failure;
}

Failure broken(ErrorKind kind, int status = 0) {
  Failure failure;
  failure.status = status;
  failure.kind = kind;
  return failure;
}

Failure limited(Duration retry_after) {
  Failure failure = answered(429);
  failure.retry_after = retry_after;
  return failure;
}

// Without jitter, after the first request.
std::optional<Duration> delay(std::string_view policy, const Failure& failure) {
  return retry_delay(policy_of(policy), failure, false, 0, 0);
}

}  // namespace

TEST_CASE("policies are found by name") {
  CHECK(policy_of("none").max == 0);
  for (const char* name : {"sdk-python", "sdk-ts", "sdk-openai"}) CHECK(policy_of(name).max == 2);
  CHECK(client::find_retry_policy("sdk-pyton").error().message ==
        "unknown retry policy \"sdk-pyton\" (did you mean \"sdk-python\"?); known are none, "
        "sdk-python, sdk-ts, sdk-openai");
  CHECK(client::find_retry_policy("").error().message ==
        "unknown retry policy \"\"; known are none, sdk-python, sdk-ts, sdk-openai");
}

TEST_CASE("none never retries") {
  CHECK_FALSE(delay("none", answered(529)));
  CHECK_FALSE(delay("none", broken(ErrorKind::kConnect)));
}

TEST_CASE("the SDKs retry 408, 409, 429 and from 500 on") {
  const std::string name = GENERATE("sdk-python", "sdk-ts", "sdk-openai");
  CAPTURE(name);
  for (const int status : {408, 409, 429, 500, 502, 503, 504, 520, 529, 599}) {
    CAPTURE(status);
    CHECK(delay(name, answered(status)) == Duration(500ms));
  }
  for (const int status : {200, 301, 400, 401, 402, 403, 404, 407, 410, 413, 422, 428, 430, 499}) {
    CAPTURE(status);
    CHECK_FALSE(delay(name, answered(status)));
  }
}

TEST_CASE("the SDKs retry what broke before an answer began") {
  const std::string name = GENERATE("sdk-python", "sdk-ts", "sdk-openai");
  for (const ErrorKind kind : {ErrorKind::kTimeout, ErrorKind::kConnect, ErrorKind::kDns,
                               ErrorKind::kTls, ErrorKind::kReset, ErrorKind::kProtocol}) {
    CAPTURE(name, llm::to_string(kind));
    CHECK(delay(name, broken(kind)) == Duration(500ms));
  }
  // The headers had come, the body had not.
  CHECK(delay(name, broken(ErrorKind::kTimeout, 200)));
  CHECK(delay(name, broken(ErrorKind::kReset, 200)));
  // It came, but it is not what the protocol promises.
  CHECK_FALSE(delay(name, broken(ErrorKind::kProtocol, 200)));
}

TEST_CASE("what broke off once the stream had begun is never retried") {
  for (const Failure& failure :
       {broken(ErrorKind::kReset, 200), broken(ErrorKind::kTimeout, 200),
        broken(ErrorKind::kTruncated, 200), broken(ErrorKind::kOverloaded, 200)}) {
    CHECK_FALSE(retry_delay(policy_of("sdk-ts"), failure, true, 0, 0));
  }
  Failure wanted = broken(ErrorKind::kReset, 200);
  wanted.should_retry = true;
  CHECK_FALSE(retry_delay(policy_of("sdk-ts"), wanted, true, 0, 0));
}

TEST_CASE("there are as many retries as the policy allows") {
  RetryPolicy policy = policy_of("sdk-python");
  CHECK(retry_delay(policy, answered(529), false, 1, 0));
  CHECK_FALSE(retry_delay(policy, answered(529), false, 2, 0));
  policy.max = 5;
  CHECK(retry_delay(policy, answered(529), false, 4, 0));
  CHECK_FALSE(retry_delay(policy, answered(529), false, 5, 0));
}

TEST_CASE("the delay doubles up to its cap") {
  RetryPolicy policy = policy_of("sdk-python");
  policy.max = 2000;
  const std::vector<Duration> expected = {500ms, 1s, 2s, 4s, 8s, 8s};
  for (std::size_t retries = 0; retries < expected.size(); ++retries) {
    CHECK(retry_delay(policy, answered(529), false, static_cast<int>(retries), 0) ==
          expected[retries]);
  }
  CHECK(retry_delay(policy, answered(529), false, 1999, 0) == Duration(8s));
}

TEST_CASE("jitter takes up to its share of the delay") {
  const RetryPolicy policy = policy_of("sdk-python");
  CHECK(retry_delay(policy, answered(529), false, 1, 0.5) == Duration(875ms));
  base::RandomStream random(3);
  Duration shortest = Duration::max();
  Duration longest{};
  for (int i = 0; i < 10'000; ++i) {
    const Duration delay = *retry_delay(policy, answered(529), false, 1, random.uniform());
    shortest = std::min(shortest, delay);
    longest = std::max(longest, delay);
  }
  CHECK(shortest > 750ms);
  CHECK(shortest < 751ms);
  CHECK(longest > 999ms);
  CHECK(longest <= 1s);
}

TEST_CASE("Python honours a retry-after of up to a minute") {
  CHECK(delay("sdk-python", limited(7s)) == Duration(7s));
  CHECK(delay("sdk-python", limited(1ms)) == Duration(1ms));
  CHECK(delay("sdk-python", limited(60s)) == Duration(60s));
  CHECK(delay("sdk-python", limited(60'001ms)) == Duration(500ms));
  CHECK(delay("sdk-python", limited(505s)) == Duration(500ms));
  CHECK(delay("sdk-python", limited(0s)) == Duration(500ms));
  CHECK(delay("sdk-python", limited(-1s)) == Duration(500ms));
}

TEST_CASE("TypeScript honours any retry-after") {
  CHECK(delay("sdk-ts", limited(7s)) == Duration(7s));
  CHECK(delay("sdk-ts", limited(505s)) == Duration(505s));
  CHECK(delay("sdk-ts", limited(0s)) == Duration(0s));
  CHECK(delay("sdk-ts", limited(-1s)) == Duration(0s));
}

TEST_CASE("OpenAI's Python gives up on a retry-after above two minutes") {
  CHECK(delay("sdk-openai", limited(120s)) == Duration(120s));
  CHECK_FALSE(delay("sdk-openai", limited(121s)));
  CHECK(delay("sdk-openai", limited(0s)) == Duration(500ms));
  Failure wanted = limited(121s);
  wanted.should_retry = true;
  CHECK_FALSE(delay("sdk-openai", wanted));
}

TEST_CASE("a retry-after is exact: it has no jitter and does not double") {
  CHECK(retry_delay(policy_of("sdk-ts"), limited(7s), false, 1, 0.9) == Duration(7s));
}

TEST_CASE("the server's word on whether to retry wins") {
  const std::string name = GENERATE("sdk-python", "sdk-ts", "sdk-openai");
  Failure refused = answered(529);
  refused.should_retry = false;
  CHECK_FALSE(delay(name, refused));
  Failure wanted = answered(400);
  wanted.should_retry = true;
  CHECK(delay(name, wanted) == Duration(500ms));
  // But it cannot ask for more than the policy allows.
  CHECK_FALSE(retry_delay(policy_of(name), wanted, false, 2, 0));
}

TEST_CASE("a spend limit is retried as any 429, unless the server says no") {
  Failure spent = answered(429);
  spent.limit = llm::LimitKind::kSpend;
  CHECK(delay("sdk-python", spent) == Duration(500ms));
  spent.should_retry = false;
  CHECK_FALSE(delay("sdk-python", spent));
}

TEST_CASE("a policy of one's own decides what it honours") {
  RetryPolicy policy;
  policy.max = 1;
  policy.base = 3s;
  policy.cap = 2s;
  policy.statuses = {{418, 418}, {500, 503}};
  policy.honor_retry_after = false;
  policy.honor_should_retry = false;
  policy.long_retry_after_ends = true;
  policy.longest_retry_after = 1s;
  const auto delay_of = [&](Failure failure) { return retry_delay(policy, failure, false, 0, 0); };
  CHECK(delay_of(answered(418)) == Duration(2s));
  CHECK(delay_of(answered(503)) == Duration(2s));
  CHECK_FALSE(delay_of(answered(504)));
  CHECK_FALSE(delay_of(limited(1s)));
  Failure busy = answered(500);
  busy.retry_after = 9s;
  busy.should_retry = false;
  CHECK(delay_of(busy) == Duration(2s));
}

TEST_CASE("a delay too long to count is as long as can be counted") {
  RetryPolicy policy = policy_of("sdk-ts");
  policy.max = 100'000;
  policy.base = policy.cap = Duration::max();
  CHECK(retry_delay(policy, answered(529), false, 99'999, 0) == Duration::max());
}
