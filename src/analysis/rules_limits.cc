// Rules about what a provider lets in: its rate limits.
#include <fmt/format.h>

#include <array>

#include "analysis/course.h"
#include "analysis/rules.h"
#include "analysis/two_modes.h"
#include "analysis/words.h"
#include "base/text.h"
#include "metrics/builtin.h"

namespace analysis {
namespace {

using metrics::Selector;
using metrics::Store;

constexpr double kFewestRefusals = 5;
constexpr double kMediumShare = 0.01;
constexpr double kHighShare = 0.05;

constexpr std::array<std::string_view, 7> kRateAdvice = {
    "keep below the limit with a queue and token buckets before the API; limits = { rpm, itpm, "
    "otpm, "
    "mode = \"pace\" } on perigee's client shows what that costs in waiting (llm_queue_time)",
    "run fewer users, or give them more think time, until no request is refused",
    "the bucket of requests bound: join small requests, or send what can wait as a message batch",
    "the bucket of input tokens bound: shorten prompts, or cache their common prefix, as cache "
    "reads "
    "do not count against it on most models",
    "the bucket of output tokens bound: ask for shorter answers; where max_tokens is charged at "
    "admission, a smaller max_tokens makes room at once",
    "where the load is what the service must carry, ask the provider for a higher tier",
    "wait as long as retry-after says before trying again, not less"};

constexpr std::array<std::string_view, 3> kAccelerationAdvice = {
    "raise the load more slowly: a longer spawn_rate, or stages of several minutes",
    "keep the ramp out of what is judged: warmup = \"5m\"",
    "in production, let traffic move over in steps and hold each one for some minutes"};

constexpr std::array<std::string_view, 3> kConcurrencyAdvice = {
    "cap the requests that are open at once: limits = { concurrency = N, mode = \"pace\" } on "
    "perigee's client, a semaphore in production",
    "shorten the answers: a request holds its place for as long as it streams",
    "where so many at once are needed, ask the provider for more"};

constexpr std::array<std::string_view, 2> kSpendAdvice = {
    "waiting does not help: raise the account's spend limit, or run the test later",
    "give the run a budget (options.budget) below what is left, so that it ends by itself"};

double refused_by(const Store& store, std::string_view limit) {
  return store.counter(metrics::kLlmRequests, where({{"error", "rate_limited"}, {"limit", limit}}));
}

// "input tokens 100%, requests 12%": the most of each bucket that was used up, by the headers.
std::string buckets_used(const Store& store) {
  constexpr std::array kBuckets = {
      std::pair{"requests", metrics::kLlmRatelimitRequestsUsed},
      std::pair{"tokens", metrics::kLlmRatelimitTokensUsed},
      std::pair{"input tokens", metrics::kLlmRatelimitInputTokensUsed},
      std::pair{"output tokens", metrics::kLlmRatelimitOutputTokensUsed}};
  std::vector<std::string> words;
  for (const auto& [name, metric] : kBuckets) {
    const metrics::Gauge gauge = store.gauge(metric);
    if (gauge.count > 0) words.push_back(fmt::format("{} {}", name, as_share(gauge.max)));
  }
  return base::join(words, ", ");
}

// What the rules about refusals have in common. Nothing below the least number.
std::optional<Finding> refusals(const Evidence& evidence, double refused, std::string_view of) {
  const double requests = evidence.store.counter(metrics::kLlmRequests);
  if (refused < kFewestRefusals) return std::nullopt;
  Finding finding;
  finding.severity = graded(refused / requests, kMediumShare, kHighShare);
  finding.evidence.push_back(fmt::format("{} of {} ({}) refused with status 429{}",
                                         as_count(refused), plural(requests, "request"),
                                         as_share(refused / requests), of));
  const double let_in =
      requests - evidence.store.counter(metrics::kLlmRequests, where({{"error", "rate_limited"}}));
  if (const double seconds = base::to_seconds(evidence.judged); seconds > 0) {
    finding.evidence.push_back(
        fmt::format("{} were let in, {:.3g} a second", as_count(let_in), let_in / seconds));
  }
  // The course has no kinds of limits.
  if (requests - let_in > refused) return finding;
  if (const std::string when = when_failed(evidence.course, "rate_limited"); !when.empty()) {
    finding.evidence.push_back("refused " + when);
  }
  return finding;
}

// How refused calls stand out among those that came through after retries.
void add_waits(const Evidence& evidence, Finding& finding) {
  const Store& store = evidence.store;
  if (store.counter(metrics::kLlmRetries) == 0) return;
  const metrics::Trend calls = store.trend(metrics::kLlmCallDuration);
  if (const auto modes = two_modes(calls.values)) {
    finding.evidence.push_back(
        fmt::format("calls fall into two groups: {} took about {}, {} about {}, retries and the "
                    "waits before them included",
                    as_share(1 - modes->high_share), as_time(modes->low),
                    as_share(modes->high_share), as_time(modes->high)));
  }
}

std::optional<Finding> rate_limit(const Evidence& evidence) {
  const Store& store = evidence.store;
  const double by_requests = refused_by(store, "requests");
  const double by_input = refused_by(store, "input_tokens");
  const double by_output = refused_by(store, "output_tokens");
  const double by_tokens = refused_by(store, "tokens");
  const double by_others = refused_by(store, "bytes") + refused_by(store, "");
  auto finding = refusals(evidence, by_requests + by_input + by_output + by_tokens + by_others, "");
  if (!finding) return finding;
  finding->title = "The provider's rate limit was reached";
  const std::string limits =
      counts_by(store, metrics::kLlmRequests, "limit", where({{"error", "rate_limited"}}));
  if (!limits.empty()) finding->evidence.push_back("the limit that the answers name: " + limits);
  if (const std::string used = buckets_used(store); !used.empty()) {
    finding->evidence.push_back("used up at most, by the headers: " + used);
  }
  add_waits(evidence, *finding);
  finding->advice = {kRateAdvice[0], kRateAdvice[1]};
  if (by_requests > 0) finding->advice.push_back(kRateAdvice[2]);
  if (by_input + by_tokens > 0) finding->advice.push_back(kRateAdvice[3]);
  if (by_output + by_tokens > 0) finding->advice.push_back(kRateAdvice[4]);
  finding->advice.push_back(kRateAdvice[5]);
  if (store.counter(metrics::kLlmRetries) > 0) finding->advice.push_back(kRateAdvice[6]);
  return finding;
}

std::optional<Finding> acceleration_limit(const Evidence& evidence) {
  auto finding =
      refusals(evidence, refused_by(evidence.store, "acceleration"), " because use grew too fast");
  if (!finding) return finding;
  finding->title = "The load grew faster than the provider allows";
  const metrics::Gauge vus = evidence.store.gauge(metrics::kVusMax);
  if (vus.count > 0) finding->evidence.push_back(plural(vus.max, "VU") + " at most");
  finding->advice.assign(kAccelerationAdvice.begin(), kAccelerationAdvice.end());
  return finding;
}

std::optional<Finding> concurrency_limit(const Evidence& evidence) {
  const Store& store = evidence.store;
  auto finding =
      refusals(evidence, refused_by(store, "concurrency"), " because too many were open at once");
  if (!finding) return finding;
  finding->title = "More requests were open at once than the provider allows";
  const double seconds = base::to_seconds(evidence.judged);
  const metrics::Trend duration = store.trend(metrics::kLlmRequestDuration);
  if (seconds > 0 && duration.count() > 0) {
    finding->evidence.push_back(
        fmt::format("{:.1f} that were let in were open at once on average, each for {} (p50)",
                    duration.sum().value / seconds, time_at(duration, 50)));
  }
  finding->advice.assign(kConcurrencyAdvice.begin(), kConcurrencyAdvice.end());
  return finding;
}

std::optional<Finding> spend_limit(const Evidence& evidence) {
  const Store& store = evidence.store;
  const double refused = refused_by(store, "spend");
  if (refused == 0) return std::nullopt;
  Finding finding;
  finding.severity = Severity::kHigh;
  finding.title = "The account's money was used up";
  finding.evidence = {
      fmt::format("{} of {} refused because a spend limit was reached", as_count(refused),
                  plural(store.counter(metrics::kLlmRequests), "request")),
      "cost of the run by the price table: " + as_usd(store.counter(metrics::kLlmCost))};
  finding.advice.assign(kSpendAdvice.begin(), kSpendAdvice.end());
  return finding;
}

}  // namespace

std::span<const Rule> limit_rules() {
  static constexpr std::array kRules = {
      Rule{"rate_limit",
           "5 requests or more were refused with status 429 by a limit on requests or tokens, or "
           "one "
           "that was not named",
           "more than 1% of the requests", "more than 5% of them", kRateAdvice, &rate_limit},
      Rule{"acceleration_limit",
           "5 requests or more were refused with status 429 because use grew too fast",
           "more than 1% of the requests", "more than 5% of them", kAccelerationAdvice,
           &acceleration_limit},
      Rule{"concurrency_limit",
           "5 requests or more were refused with status 429 because too many were open at once",
           "more than 1% of the requests", "more than 5% of them", kConcurrencyAdvice,
           &concurrency_limit},
      Rule{"spend_limit", "", "", "any request was refused because a spend limit was reached",
           kSpendAdvice, &spend_limit}};
  return kRules;
}

}  // namespace analysis
