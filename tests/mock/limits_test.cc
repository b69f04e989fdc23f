#include "mock/limits.h"

#include <catch2/catch.hpp>
#include <deque>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "base/timestamp.h"
#include "llm/error_kind.h"

using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kWall = 1'785'585'600;  // 2026-08-01T12:00:00Z

base::TimePoint at(base::Duration offset) { return base::TimePoint(1h + offset); }

base::Duration seconds(double count) { return base::from_seconds(count); }

mock::LimitOptions parse(std::string_view text) {
  const auto options = mock::parse_limits(text);
  INFO((options ? "" : options.error().message));
  REQUIRE(options);
  return *options;
}

mock::ModelRequest request_of(std::int64_t input_tokens,
                              std::string model = "claude-sonnet-4-5-20250929") {
  mock::ModelRequest request;
  request.model = std::move(model);
  request.organization = "a";
  request.max_tokens = 1000;
  request.input_tokens = input_tokens;
  return request;
}

mock::Usage usage_of(std::int64_t input_tokens, std::int64_t cache_read = 0) {
  mock::Usage usage;
  usage.input_tokens = input_tokens;
  usage.cache.read_tokens = cache_read;
  return usage;
}

// "" where there is none.
std::string header(const mock::Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

std::string bucket(const mock::Headers& headers, const std::string& name) {
  return header(headers, "anthropic-ratelimit-" + name);
}

llm::LimitKind kind_of(const mock::ApiError& error) {
  return llm::find_limit({error.code, error.type}, error.message);
}

// Limits, and the time that a test has reached.
struct Account {
  explicit Account(std::string_view text) : limits(parse(text)) {}

  auto admit(const mock::ModelRequest& request) {
    return limits.admit(request, at(now),
                        kWall + std::chrono::floor<std::chrono::seconds>(now).count());
  }

  mock::Limits::Refusal refused(const mock::ModelRequest& request) {
    auto admission = admit(request);
    REQUIRE_FALSE(admission);
    return std::move(admission.error());
  }

  std::unique_ptr<mock::Limits::Admission> admitted(const mock::ModelRequest& request) {
    auto admission = admit(request);
    INFO((admission ? "" : admission.error().error.message));
    REQUIRE(admission);
    return std::move(*admission);
  }

  mock::Limits limits;
  base::Duration now{};
};

}  // namespace

TEST_CASE("models of a class share its buckets, and unknown ones are alone") {
  CHECK(mock::limit_class("claude-opus-4-8") == "opus-4");
  CHECK(mock::limit_class("claude-opus-4-5") == "opus-4");
  CHECK(mock::limit_class("claude-opus-5") == "opus-5");
  CHECK(mock::limit_class("claude-sonnet-4-5-20250929") == "sonnet-4");
  CHECK(mock::limit_class("claude-3-5-haiku-20241022") == "haiku-3-5");
  CHECK(mock::limit_class("gpt-5") == "gpt-5");

  Account account("rpm=1");
  const auto first = account.admitted(request_of(1, "claude-opus-4-8"));
  account.refused(request_of(1, "claude-opus-4-6"));
  const auto other_class = account.admitted(request_of(1, "claude-opus-5"));
  auto other_organization = request_of(1, "claude-opus-4-8");
  other_organization.organization = "b";
  account.admitted(other_organization);
}

TEST_CASE("the first answer of tier 1 has the headers of a real one") {
  // api/rate-limits; the sample's estimate of its 3,182 tokens was low.
  Account account("tier-1,estimate=0.5");
  const auto admission = account.admitted(request_of(3182));
  const auto& headers = admission->headers();
  CHECK(bucket(headers, "input-tokens-limit") == "30000");
  CHECK(bucket(headers, "input-tokens-remaining") == "28000");
  CHECK(bucket(headers, "output-tokens-limit") == "8000");
  CHECK(bucket(headers, "output-tokens-remaining") == "8000");
  CHECK(bucket(headers, "output-tokens-reset") == "2026-08-01T12:00:00Z");
  CHECK(bucket(headers, "requests-limit") == "50");
  CHECK(bucket(headers, "requests-remaining") == "49");
  CHECK(bucket(headers, "requests-reset") == "2026-08-01T12:00:02Z");  // After 1.2 s.
  CHECK(bucket(headers, "tokens-limit") == "38000");
  CHECK(bucket(headers, "tokens-remaining") == "36000");
  CHECK(headers.size() == 12);
}

TEST_CASE("without limits there are no headers") {
  CHECK(Account("none").admitted(request_of(1))->headers().empty());
  Account requests_alone("rpm=5");
  CHECK(requests_alone.admitted(request_of(1))->headers().size() == 3);
}

TEST_CASE("tokens that remain are rounded down to thousands unless they are to be exact") {
  CHECK(bucket(Account("itpm=10000").admitted(request_of(1))->headers(),
               "input-tokens-remaining") == "9000");
  CHECK(bucket(Account("itpm=10000,exact").admitted(request_of(1))->headers(),
               "input-tokens-remaining") == "9999");
}

TEST_CASE("what is admitted in any window is never more than a full bucket and its refill") {
  constexpr double kPerMinute = 6'000;
  constexpr double kCapacity = 1'500;
  Account account("itpm=6000,burst=15s");
  base::RandomStream random(7);
  struct Charge {
    base::Duration time;
    double tokens;
  };
  std::vector<Charge> charges;
  std::uint64_t refused = 0;
  for (int i = 0; i < 3000; ++i) {
    account.now += seconds(random.exponential() * 0.5);
    const auto tokens = static_cast<std::int64_t>(1 + random.below(200));
    if (account.admit(request_of(tokens))) {
      charges.push_back({account.now, static_cast<double>(tokens)});
    } else {
      ++refused;
    }
  }
  CHECK(refused > 500);
  CHECK(charges.size() > 500);
  for (std::size_t begin = 0; begin < charges.size(); ++begin) {
    double admitted = 0;
    for (std::size_t end = begin; end < charges.size(); ++end) {
      admitted += charges[end].tokens;
      const double window = base::to_seconds(charges[end].time - charges[begin].time);
      if (admitted > kCapacity + window * kPerMinute / 60 + 0.01) {
        FAIL("from " << begin << " to " << end << ": " << admitted << " in " << window << " s");
      }
    }
  }
}

TEST_CASE("a refused request is admitted after retry-after, and not a second before") {
  base::RandomStream random(11);
  std::uint64_t checked = 0;
  Account account("rpm=20,itpm=5000,otpm=900");
  for (int i = 0; i < 500; ++i) {
    const auto request = request_of(static_cast<std::int64_t>(1 + random.below(2000)));
    auto admission = account.admit(request);
    if (!admission) {
      const double wait = std::stod(header(admission.error().headers, "retry-after"));
      REQUIRE(wait >= 1);
      CHECK(wait == std::floor(wait));
      account.now += seconds(wait - 1);
      if (wait > 1) account.refused(request);
      account.now += 1s;
      admission = account.admit(request);
      REQUIRE(admission);
      ++checked;
    }
    (*admission)->begin(usage_of(request.input_tokens), at(account.now));
    (*admission)->produce(static_cast<std::int64_t>(random.below(100)), at(account.now));
    account.now += seconds(random.exponential() * 2);
  }
  CHECK(checked > 50);
}

TEST_CASE("a lack that is made up for in no time is told as a second") {
  Account account("itpm=2000000");
  account.admitted(request_of(2'000'000))->begin(usage_of(1'999'999), at(0s));
  CHECK(header(account.refused(request_of(2)).headers, "retry-after") == "1");
}

TEST_CASE("at its reset a bucket is full") {
  Account account("rpm=30,itpm=10000,otpm=1000,exact");
  const auto admission = account.admitted(request_of(4321));
  admission->begin(usage_of(4321), at(account.now));
  admission->produce(300, at(account.now));
  const auto before = account.admitted(request_of(0));
  for (const std::string quantity : {"input-tokens", "output-tokens", "tokens"}) {
    const auto reset = base::parse_timestamp(bucket(before->headers(), quantity + "-reset"));
    REQUIRE(reset);
    const base::Duration left = *reset - std::chrono::seconds(kWall);
    CHECK(left > 0s);
    account.now = left;
    const auto then = account.admitted(request_of(0));
    CHECK(bucket(then->headers(), quantity + "-remaining") ==
          bucket(then->headers(), quantity + "-limit"));
  }
}

TEST_CASE("input beyond the estimate leaves a debt that retry-after tells") {
  Account account("itpm=30000,estimate=0.1");
  const auto admission = account.admitted(request_of(282'000));
  admission->begin(usage_of(282'000), at(0s));
  const auto refusal = account.refused(request_of(4'000));  // Charged as 400.
  CHECK(header(refusal.headers, "retry-after") == "505");
  CHECK(header(refusal.headers, "x-should-retry") == "true");
  CHECK(bucket(refusal.headers, "input-tokens-remaining") == "0");
}

TEST_CASE("what the cache served is free, but not of Haiku 3.5") {
  for (const auto& [model, remaining] : std::map<std::string, std::string>{
           {"claude-sonnet-4-5-20250929", "9000"}, {"claude-3-5-haiku-20241022", "4000"}}) {
    Account account("itpm=10000,exact");
    const auto admission = account.admitted(request_of(6'000, model));
    CHECK(bucket(admission->headers(), "input-tokens-remaining") == "4000");
    admission->begin(usage_of(1'000, 5'000), at(0s));
    CHECK(bucket(account.admitted(request_of(0, model))->headers(), "input-tokens-remaining") ==
          remaining);
  }
}

TEST_CASE("output is charged as it is produced and max_tokens does not matter") {
  Account account("otpm=600");
  auto request = request_of(1);
  request.max_tokens = 100'000;
  const auto admission = account.admitted(request);
  admission->produce(300, at(0s));
  account.admitted(request);
  admission->produce(320, at(0s));
  const auto refusal = account.refused(request);
  CHECK(header(refusal.headers, "retry-after") == "3");  // For 20 tokens of debt and one more.
  account.now = 3s;
  account.admitted(request);
}

TEST_CASE("charged by max_tokens, the rest comes back when the answer is over") {
  Account account("otpm=1500,otpm-by-max-tokens");
  auto admission = account.admitted(request_of(1));
  CHECK(kind_of(account.refused(request_of(1)).error) == llm::LimitKind::kOutputTokens);
  admission->produce(200, at(0s));
  admission.reset();
  CHECK(account.admitted(request_of(1)) != nullptr);
}

TEST_CASE("more than a bucket holds waits for a full one, more than the limit is never let in") {
  Account account("itpm=6000,burst=1s");
  const auto large = account.admitted(request_of(5'000));  // 100 are there.
  CHECK(header(account.refused(request_of(5'000)).headers, "retry-after") == "50");
  account.now = 50s;
  account.admitted(request_of(5'000));
  account.now = 1h;
  account.refused(request_of(6'001));
}

TEST_CASE("without a burst requests are spread, yet the first is let in") {
  Account account("rpm=30,burst=1s");
  account.admitted(request_of(1));
  CHECK(header(account.refused(request_of(1)).headers, "retry-after") == "2");
  account.now = 2s;
  account.admitted(request_of(1));
}

TEST_CASE("retry-after comes from the bucket that takes longest") {
  Account account("rpm=1,itpm=60");
  account.admitted(request_of(60));
  const auto refusal = account.refused(request_of(30));
  CHECK(header(refusal.headers, "retry-after") == "60");
  CHECK(kind_of(refusal.error) == llm::LimitKind::kRequests);
}

TEST_CASE("each lack is worded as the API words it") {
  Account account("tier-1");
  const auto refusal = account.refused(request_of(30'001, "claude-opus-4-6"));
  CHECK(refusal.error.status == 429);
  CHECK(refusal.error.message.starts_with(
      "This request would exceed your organization's rate limit of 30,000 input tokens per minute "
      "(org: 5a3c1f0e-7d42-4b8a-9c61-0e2f4d6b8a90, model: claude-opus-4-6). For details, refer to: "
      "https://docs.claude.com/en/api/rate-limits. You can see the response headers for current "
      "usage. "));
  CHECK(kind_of(refusal.error) == llm::LimitKind::kInputTokens);

  Account output("otpm=1");
  output.admitted(request_of(1))->produce(1, at(0s));
  CHECK(kind_of(output.refused(request_of(1)).error) == llm::LimitKind::kOutputTokens);
}

TEST_CASE("input may only grow step by step, and retry-after is the next minute's boundary") {
  Account account("acceleration=58276");
  account.admitted(request_of(50'000));
  account.now = 15s;
  const auto refusal = account.refused(request_of(8'277));
  CHECK(kind_of(refusal.error) == llm::LimitKind::kAcceleration);
  CHECK(refusal.error.message.find("Your current limit is 58,276 input tokens per minute, and will "
                                   "increase to 68,276 at the next minute boundary.") !=
        std::string::npos);
  CHECK(header(refusal.headers, "retry-after") == "45");
  account.admitted(request_of(8'276));
  account.now = 60s;
  account.admitted(request_of(68'276));
  // 90,000 fit in the fifth minute, whose ceiling is 98,276.
  CHECK(header(account.refused(request_of(90'000)).headers, "retry-after") == "180");
  account.now = 240s;
  account.admitted(request_of(90'000));
}

TEST_CASE("requests at once are limited until one ends") {
  Account account("concurrency=2");
  auto first = account.admitted(request_of(1));
  const auto second = account.admitted(request_of(1, "claude-opus-5"));
  const auto refusal = account.refused(request_of(1));
  CHECK(refusal.error.message.starts_with(
      "Number of concurrent connections has exceeded your rate limit. Please try again later"));
  CHECK(kind_of(refusal.error) == llm::LimitKind::kConcurrency);
  CHECK(header(refusal.headers, "retry-after") == "1");
  first.reset();
  account.admitted(request_of(1));
}

TEST_CASE("a spend cap ends everything, and no retry-after says otherwise") {
  Account account("rpm=50,spend=0.05");
  const auto admission = account.admitted(request_of(1));
  admission->spend(0.04);
  account.admitted(request_of(1))->spend(0.01);
  const auto refusal = account.refused(request_of(1));
  CHECK(refusal.error.code == "enforced_spend_limit_reached");
  CHECK(refusal.error.message.ends_with("You will regain access on 2026-09-01 at 00:00 UTC."));
  CHECK(kind_of(refusal.error) == llm::LimitKind::kSpend);
  CHECK(header(refusal.headers, "retry-after").empty());
  CHECK(bucket(refusal.headers, "requests-remaining") == "48");
}

TEST_CASE("a refused request is charged nothing") {
  Account account("rpm=10,itpm=100,exact");
  account.admitted(request_of(60));
  account.refused(request_of(50));
  const auto admission = account.admitted(request_of(40));
  CHECK(bucket(admission->headers(), "requests-remaining") == "8");
  CHECK(bucket(admission->headers(), "input-tokens-remaining") == "0");
}

TEST_CASE("fast mode has buckets and headers of its own") {
  Account account("rpm=5,itpm=10000,otpm=1000");
  auto request = request_of(10'000, "claude-opus-5");
  account.admitted(request);
  request.fast = true;
  const auto admission = account.admitted(request);
  CHECK(header(admission->headers(), "anthropic-fast-input-tokens-limit") == "10000");
  CHECK(header(admission->headers(), "anthropic-fast-input-tokens-remaining") == "0");
  CHECK(header(admission->headers(), "anthropic-fast-output-tokens-remaining") == "1000");
  CHECK(admission->headers().size() == 6);
}

TEST_CASE("OpenAI's dialects get OpenAI's headers and words") {
  Account account("rpm=3,itpm=30000,otpm=8000");
  auto request = request_of(29'000, "gpt-5");
  request.dialect = mock::Dialect::kChat;
  const auto admission = account.admitted(request);
  const auto& headers = admission->headers();
  CHECK(header(headers, "x-ratelimit-limit-requests") == "3");
  CHECK(header(headers, "x-ratelimit-remaining-requests") == "2");
  CHECK(header(headers, "x-ratelimit-reset-requests") == "20s");
  CHECK(header(headers, "x-ratelimit-limit-tokens") == "38000");
  CHECK(header(headers, "x-ratelimit-remaining-tokens") == "9000");
  CHECK(header(headers, "x-ratelimit-reset-tokens") == "58s");
  CHECK(headers.size() == 6);

  const auto refusal = account.refused(request);
  CHECK(refusal.error.code == "rate_limit_exceeded");
  CHECK(refusal.error.type == "tokens");
  CHECK(refusal.error.message ==
        "Rate limit reached for gpt-5 in organization org-5a3c1f0e-7d42-4b8a-9c61-0e2f4d6b8a90 on "
        "tokens per min (TPM): Limit 30000, Used 29000, Requested 29000. Please try again in 56s. "
        "Visit https://platform.openai.com/account/rate-limits to learn more.");
  CHECK(header(refusal.headers, "retry-after") == "56");
  CHECK(kind_of(refusal.error) == llm::LimitKind::kTokens);

  // What the cache served counts here.
  admission->begin(usage_of(9'000, 20'000), at(0s));
  account.refused(request);
}

TEST_CASE("OpenAI's other refusals are those of its kinds") {
  auto request = request_of(100, "gpt-5");
  request.dialect = mock::Dialect::kResponses;
  const auto kind_after_one = [&](std::string_view limits) {
    Account account(limits);
    const auto admission = account.admitted(request);
    admission->spend(1);
    return kind_of(account.refused(request).error);
  };
  CHECK(kind_after_one("rpm=1") == llm::LimitKind::kRequests);
  CHECK(kind_after_one("acceleration=100") == llm::LimitKind::kAcceleration);
  CHECK(kind_after_one("concurrency=1") == llm::LimitKind::kConcurrency);
  CHECK(kind_after_one("spend=1") == llm::LimitKind::kSpend);
}

TEST_CASE("resets of OpenAI's form have milliseconds and minutes") {
  const auto reset_after = [](std::int64_t tokens) {
    Account account("itpm=60000,burst=10m");
    auto request = request_of(tokens);
    request.dialect = mock::Dialect::kChat;
    return header(account.admitted(request)->headers(), "x-ratelimit-reset-tokens");
  };
  CHECK(reset_after(0) == "0ms");
  CHECK(reset_after(12) == "12ms");
  CHECK(reset_after(1'500) == "1.5s");
  CHECK(reset_after(360'000) == "6m0s");
  CHECK(reset_after(72'500) == "1m12.5s");
}

TEST_CASE("an admission may outlive the limits") {
  auto limits = std::make_unique<mock::Limits>(parse("tier-1,concurrency=1"));
  auto admission = limits->admit(request_of(1), at(0s), kWall);
  REQUIRE(admission);
  limits.reset();
  (*admission)->begin(usage_of(1), at(1s));
  (*admission)->produce(5, at(1s));
  (*admission)->spend(1);
}

TEST_CASE("a refusal names what was exceeded") {
  const auto name_of = [](std::string_view text, std::int64_t tokens) {
    Account account(text);
    const auto first = account.admitted(request_of(1));
    first->produce(1, at(0s));
    first->spend(1);
    return to_string(account.refused(request_of(tokens)).kind);
  };
  CHECK(name_of("rpm=1", 1) == "requests");
  CHECK(name_of("itpm=10", 10) == "input_tokens");
  CHECK(name_of("otpm=1", 1) == "output_tokens");
  CHECK(name_of("acceleration=10", 10) == "acceleration");
  CHECK(name_of("concurrency=1", 1) == "concurrency");
  CHECK(name_of("spend=0.5", 1) == "spend");
}
