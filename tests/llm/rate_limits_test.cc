#include "llm/rate_limits.h"

#include <catch2/catch.hpp>

namespace {

using namespace std::chrono_literals;
using llm::LimitedQuantity;
using llm::LimitTier;
using llm::RateLimit;
using Headers = std::vector<std::pair<std::string, std::string>>;

// The headers of one of Anthropic's buckets.
Headers bucket(const std::string& name, const std::string& limit, const std::string& remaining,
               const std::string& reset) {
  return {{name + "-limit", limit}, {name + "-remaining", remaining}, {name + "-reset", reset}};
}

Headers operator+(Headers a, const Headers& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const Headers kDate = {{"date", "Wed, 18 Feb 2026 20:02:31 GMT"}};

// The reset of a bucket with this text for it.
std::optional<base::Duration> reset_of(const std::string& reset, const Headers& date = kDate) {
  const auto limits =
      llm::read_rate_limits(bucket("anthropic-ratelimit-requests", "50", "49", reset) + date);
  REQUIRE(limits.size() == 1);
  return limits[0].reset;
}

void check(const RateLimit& bucket, LimitedQuantity quantity, LimitTier tier, double limit,
           double remaining, std::optional<base::Duration> reset) {
  INFO(to_string(quantity) << " " << to_string(tier));
  CHECK(bucket.quantity == quantity);
  CHECK(bucket.tier == tier);
  CHECK(bucket.limit == limit);
  CHECK(bucket.remaining == remaining);
  CHECK(bucket.reset == reset);
}

}  // namespace

TEST_CASE("a real answer's buckets are read, with resets held against its own date") {
  const auto limits = llm::read_rate_limits(
      bucket("anthropic-ratelimit-input-tokens", "30000", "28000", "2026-02-18T20:02:37Z") +
      bucket("anthropic-ratelimit-output-tokens", "8000", "8000", "2026-02-18T20:02:36Z") + kDate +
      bucket("anthropic-ratelimit-requests", "50", "49", "2026-02-18T20:02:32Z") +
      bucket("anthropic-ratelimit-tokens", "38000", "36000", "2026-02-18T20:02:36Z"));
  REQUIRE(limits.size() == 4);
  const auto standard = LimitTier::kStandard;
  check(limits[0], LimitedQuantity::kRequests, standard, 50, 49, 1s);
  check(limits[1], LimitedQuantity::kTokens, standard, 38000, 36000, 5s);
  check(limits[2], LimitedQuantity::kInputTokens, standard, 30000, 28000, 6s);
  check(limits[3], LimitedQuantity::kOutputTokens, standard, 8000, 8000, 5s);
  CHECK(limits[0].used() == Approx(0.02));
  CHECK(limits[3].used() == 0);
}

TEST_CASE("priority and fast mode have buckets of their own") {
  const auto limits = llm::read_rate_limits(
      bucket("anthropic-fast-input-tokens", "100", "25", "2026-02-18T20:02:37Z") +
      bucket("anthropic-priority-input-tokens", "10", "0", "2026-02-18T20:03:31Z") +
      bucket("anthropic-ratelimit-input-tokens", "30000", "28000", "2026-02-18T20:02:37Z") +
      bucket("anthropic-priority-output-tokens", "20", "20", "2026-02-18T20:02:31Z") + kDate);
  REQUIRE(limits.size() == 4);
  check(limits[0], LimitedQuantity::kInputTokens, LimitTier::kStandard, 30000, 28000, 6s);
  check(limits[1], LimitedQuantity::kInputTokens, LimitTier::kPriority, 10, 0, 60s);
  check(limits[2], LimitedQuantity::kInputTokens, LimitTier::kFast, 100, 25, 6s);
  check(limits[3], LimitedQuantity::kOutputTokens, LimitTier::kPriority, 20, 20, 0s);
  CHECK(limits[1].used() == 1);
  CHECK(limits[2].used() == 0.75);
}

TEST_CASE("OpenAI's buckets are read, with resets as durations") {
  const auto limits = llm::read_rate_limits(Headers{{"x-ratelimit-limit-requests", "60"},
                                                    {"x-ratelimit-limit-tokens", "150000"},
                                                    {"x-ratelimit-remaining-requests", "59"},
                                                    {"x-ratelimit-remaining-tokens", "149984"},
                                                    {"x-ratelimit-reset-requests", "1s"},
                                                    {"x-ratelimit-reset-tokens", "6m0s"}});
  REQUIRE(limits.size() == 2);
  check(limits[0], LimitedQuantity::kRequests, LimitTier::kStandard, 60, 59, 1s);
  check(limits[1], LimitedQuantity::kTokens, LimitTier::kStandard, 150000, 149984, 360s);
}

TEST_CASE("of two buckets for the same thing Anthropic's own is taken") {
  const auto limits = llm::read_rate_limits(
      Headers{{"x-ratelimit-limit-requests", "60"}, {"x-ratelimit-remaining-requests", "1"}} +
      bucket("anthropic-ratelimit-requests", "50", "49", "1s"));
  REQUIRE(limits.size() == 1);
  CHECK(limits[0].limit == 50);
}

TEST_CASE("of two headers of one name the last one counts") {
  const auto limits =
      llm::read_rate_limits(bucket("anthropic-ratelimit-requests", "50", "49", "1s") +
                            Headers{{"anthropic-ratelimit-requests-remaining", "7"}});
  REQUIRE(limits.size() == 1);
  CHECK(limits[0].remaining == 7);
}

TEST_CASE("a reset is a time or a duration") {
  CHECK(reset_of("2026-02-18T22:02:37+02:00") == base::Duration(6s));
  CHECK(reset_of("2026-02-18T20:02:31.25Z") == base::Duration(250ms));
  CHECK(reset_of("12ms") == base::Duration(12ms));
  CHECK(reset_of("1h2m") == base::Duration(62min));
  CHECK(reset_of("7m59.56s") == base::Duration(479'560ms));
  CHECK(reset_of("1.5") == base::Duration(1500ms));
  CHECK(reset_of("2026-02-18T20:02:30Z") == base::Duration(0s));  // The server's clocks differ.
}

TEST_CASE("a reset that cannot be read is none, and the rest of the bucket stays") {
  for (const char* text : {"", "soon", "-1", "-1s", "1x", "2026-02-18", "2026-13-18T20:02:37Z",
                           "9999-01-01T00:00:00Z", "1e999", "99999999999999999999", "nan"}) {
    INFO(text);
    CHECK_FALSE(reset_of(text));
  }
}

TEST_CASE("a reset time without a date to hold it against is none") {
  CHECK_FALSE(reset_of("2026-02-18T20:02:37Z", {}));
  CHECK_FALSE(reset_of("2026-02-18T20:02:37Z", {{"date", "yesterday"}}));
  CHECK(reset_of("6s", {}) == base::Duration(6s));
}

TEST_CASE("a date beyond what nanoseconds can count breaks nothing") {
  const Headers late = {{"date", "Fri, 31 Dec 9999 23:59:59 GMT"}};
  CHECK(reset_of("2026-02-18T20:02:37Z", late) == base::Duration(0s));
  const Headers early = {{"date", "Sat, 01 Jan 0101 00:00:00 GMT"}};
  CHECK(reset_of("2026-02-18T20:02:37Z", early) == base::Duration::max());
}

TEST_CASE("a bucket without a limit, as gateways send it, is left out") {
  const auto [limit, remaining] =
      GENERATE(table<std::string, std::string>({{"-1", "-1"},
                                                {"0", "0"},
                                                {"-1", "100"},
                                                {"0", "100"},
                                                {"", "5"},
                                                {"100", ""},
                                                {"100", "-1"},
                                                {"many", "5"},
                                                {"100", "some"},
                                                {"1e999", "5"},
                                                {"100", "inf"},
                                                {"nan", "5"},
                                                {" 100", "5"},
                                                {"100 ", "5"},
                                                {"100, 100;w=60", "5"},
                                                {"0x10", "5"},
                                                {std::string(400, '9'), "5"}}));
  CAPTURE(limit, remaining);
  CHECK(
      llm::read_rate_limits(bucket("anthropic-ratelimit-requests", limit, remaining, "")).empty());
  CHECK(llm::read_rate_limits(Headers{{"x-ratelimit-limit-tokens", limit},
                                      {"x-ratelimit-remaining-tokens", remaining}})
            .empty());
}

TEST_CASE("a bucket that lacks a header is left out, unless that is the reset") {
  const Headers whole = bucket("anthropic-ratelimit-requests", "50", "49", "1s");
  CHECK(llm::read_rate_limits(Headers{whole[0], whole[2]}).empty());
  CHECK(llm::read_rate_limits(Headers{whole[1], whole[2]}).empty());
  const auto limits = llm::read_rate_limits(Headers{whole[0], whole[1]});
  REQUIRE(limits.size() == 1);
  CHECK_FALSE(limits[0].reset);
}

TEST_CASE("names that only look like a bucket's are passed over") {
  CHECK(llm::read_rate_limits(Headers{}).empty());
  for (const char* name :
       {"anthropic-ratelimit-", "anthropic-ratelimit-limit", "anthropic-ratelimit-limit-requests",
        "anthropic-ratelimit-images", "anthropic-ratelimit-requests-",
        "anthropic-ratelimit-requests-limits", "x-ratelimit-requests-limit", "x-ratelimit-",
        "x-ratelimit-limit", "anthropic-ratelimit-unified-status", "retry-after"}) {
    INFO(name);
    CHECK(llm::read_rate_limits(Headers{{name, "50"}}).empty());
  }
}

TEST_CASE("the used share stays between none and all") {
  CHECK(RateLimit{.limit = 50, .remaining = 60}.used() == 0);
  CHECK(RateLimit{.limit = 50, .remaining = 50}.used() == 0);
  CHECK(RateLimit{.limit = 50, .remaining = 0}.used() == 1);
}

TEST_CASE("quantities and tiers have the names of metrics and scripts") {
  CHECK(to_string(LimitedQuantity::kRequests) == "requests");
  CHECK(to_string(LimitedQuantity::kTokens) == "tokens");
  CHECK(to_string(LimitedQuantity::kInputTokens) == "input_tokens");
  CHECK(to_string(LimitedQuantity::kOutputTokens) == "output_tokens");
  CHECK(to_string(LimitTier::kStandard) == "standard");
  CHECK(to_string(LimitTier::kPriority) == "priority");
  CHECK(to_string(LimitTier::kFast) == "fast");
}
