// Rules about requests that failed for other reasons than a rate limit, and about trying again.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/course.h"
#include "analysis/rules.h"
#include "analysis/words.h"
#include "metrics/builtin.h"

namespace analysis {
namespace {

using metrics::Selector;
using metrics::Store;

constexpr double kFewestFailures = 5;
constexpr double kMediumShare = 0.01;
constexpr double kHighShare = 0.05;

constexpr double kFewestCalls = 20;
constexpr double kMediumAmplification = 1.2;
constexpr double kHighAmplification = 1.5;

constexpr std::array<std::string_view, 4> kOverloadAdvice = {
    "this is the provider's side: no setting of the test removes it; run again at another hour and "
    "compare",
    "try again after a pause that doubles each time and has a random part, and give up after a few",
    "have somewhere else to go: another model, region or provider",
    "where it persists, ask the provider for capacity of your own (priority tier, provisioned "
    "throughput)"};

constexpr std::array<std::string_view, 6> kFailureAdvice = {
    "timeout: compare the time-outs with p99 of the durations that did complete; raise them or "
    "shorten the answers",
    "truncated, stream_error, reset: look for proxies and load balancers that cut or buffer "
    "streams; "
    "read on from what came, or ask again",
    "server_error: send the request ids to the provider (perigee run --events keeps them)",
    "connect, dns, tls: check the address, the certificate and the way there",
    "invalid_request, auth, not_found, too_large: the script's request or key is wrong, so no load "
    "was put on; mend it and run again",
    "refused: the model declines these prompts; look at them before the figures"};

constexpr std::array<std::string_view, 4> kRetryAdvice = {
    "mend what is being retried first: retries multiply the load on a service that already fails",
    "cap retries for all requests together (a retry budget of 10%), not for each alone",
    "pause longer each time, with a random part, and never less than retry-after",
    "retry in one layer only: SDKs, gateways and queues that each try thrice make 27 of one"};

std::optional<Finding> overload(const Evidence& evidence) {
  const Store& store = evidence.store;
  const double requests = store.counter(metrics::kLlmRequests);
  const double refused = store.counter(metrics::kLlmRequests, where({{"error", "overloaded"}}));
  if (refused < kFewestFailures) return std::nullopt;
  Finding finding;
  finding.severity = graded(refused / requests, kMediumShare, kHighShare);
  finding.title = "The provider was overloaded";
  finding.evidence.push_back(
      fmt::format("{} of {} ({}) met an overloaded service (status 529, or "
                  "the same within a stream)",
                  as_count(refused), plural(requests, "request"), as_share(refused / requests)));
  if (const std::string when = when_failed(evidence.course, "overloaded"); !when.empty()) {
    finding.evidence.push_back("so " + when);
  }
  finding.advice.assign(kOverloadAdvice.begin(), kOverloadAdvice.end());
  return finding;
}

double failed_with(const Store& store, std::initializer_list<std::string_view> kinds) {
  double sum = 0;
  for (const std::string_view kind : kinds) {
    sum += store.counter(metrics::kLlmRequests, where({{"error", kind}, {"outcome", "failed"}}));
  }
  return sum;
}

std::optional<Finding> failures(const Evidence& evidence) {
  const Store& store = evidence.store;
  const double requests = store.counter(metrics::kLlmRequests);
  const metrics::Rate rate = store.rate(metrics::kLlmRequestFailed);
  const double own = static_cast<double>(rate.own_trues);
  const double failed =
      static_cast<double>(rate.trues) - own - failed_with(store, {"rate_limited", "overloaded"});
  if (failed < kFewestFailures) return std::nullopt;
  // Where failed requests were tried again, what counts is whether their calls came through.
  const bool retried = store.counter(metrics::kLlmRetries) > 0;
  const metrics::Rate calls = store.rate(metrics::kLlmCallFailed);
  const double in_the_end = retried ? calls.share() : failed / requests;
  Finding finding;
  finding.severity = graded(failed / requests, kMediumShare, kHighShare);
  if (in_the_end <= kHighShare) finding.severity = std::min(finding.severity, Severity::kMedium);
  finding.title = "Requests failed";
  Selector others = where({{"outcome", "failed"}});
  for (const char* kind : {"rate_limited", "overloaded"}) {
    others.terms.push_back({"error", Selector::Op::kNotEqual, kind});
  }
  finding.evidence.push_back(
      fmt::format("{} of {} ({}) failed, rate limits and overload not counted: {}",
                  as_count(failed), plural(requests, "request"), as_share(failed / requests),
                  counts_by(store, metrics::kLlmRequests, "error", others)));
  if (own > 0) {
    finding.evidence.push_back(as_count(own) +
                               " more failed for want of a descriptor or a port of this machine");
  }
  if (retried) {
    finding.evidence.push_back(fmt::format("{} of {} failed in the end, after retries",
                                           as_count(static_cast<double>(calls.trues)),
                                           plural(static_cast<double>(calls.total), "call")));
  }
  const std::array<double, kFailureAdvice.size()> counts = {
      failed_with(store, {"timeout"}),
      failed_with(store, {"truncated", "stream_error", "reset"}),
      failed_with(store, {"server_error"}),
      failed_with(store, {"connect", "dns", "tls"}),
      failed_with(store, {"invalid_request", "auth", "not_found", "too_large"}),
      failed_with(store, {"refused"})};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) finding.advice.push_back(kFailureAdvice[i]);
  }
  return finding;
}

std::optional<Finding> retry_amplification(const Evidence& evidence) {
  const Store& store = evidence.store;
  const double retries = store.counter(metrics::kLlmRetries);
  const double calls = store.counter(metrics::kLlmCalls);
  if (calls < kFewestCalls) return std::nullopt;
  const double per_call = 1 + retries / calls;
  if (per_call <= kMediumAmplification) return std::nullopt;
  const metrics::Rate failed = store.rate(metrics::kLlmCallFailed);
  const metrics::Trend call = store.trend(metrics::kLlmCallDuration);
  const metrics::Trend request = store.trend(metrics::kLlmRequestDuration);
  Finding finding;
  finding.severity = per_call > kHighAmplification ? Severity::kHigh : Severity::kMedium;
  finding.title = "Retries multiply the load";
  finding.evidence.push_back(fmt::format("{} for {}: {:.2f} requests per call",
                                         retries == 1 ? "1 retry" : as_count(retries) + " retries",
                                         plural(calls, "call"), per_call));
  finding.evidence.push_back("what failed: " + counts_by(store, metrics::kLlmRequests, "error",
                                                         where({{"outcome", "failed"}})));
  finding.evidence.push_back(fmt::format("{} of {} calls failed all the same",
                                         as_count(static_cast<double>(failed.trues)),
                                         as_count(static_cast<double>(failed.total))));
  if (call.count() > 0 && request.count() > 0) {
    finding.evidence.push_back(fmt::format(
        "a request takes {} (p50) and {} (p95), a call with its retries {} and {}",
        time_at(request, 50), time_at(request, 95), time_at(call, 50), time_at(call, 95)));
  }
  finding.advice.assign(kRetryAdvice.begin(), kRetryAdvice.end());
  return finding;
}

}  // namespace

std::span<const Rule> failure_rules() {
  static constexpr std::array kRules = {
      Rule{"overload", "5 requests or more met an overloaded service (status 529)",
           "more than 1% of the requests", "more than 5% of them", kOverloadAdvice, &overload},
      Rule{
          "failures",
          "5 requests or more failed for other reasons than rate limits, overload and what the "
          "client itself lacked",
          "more than 1% of the requests",
          "more than 5% of them, and where there were retries more than 5% of the calls in the end",
          kFailureAdvice, &failures},
      Rule{"retry_amplification", "", "more than 1.2 requests per call, over 20 calls or more",
           "more than 1.5 requests per call", kRetryAdvice, &retry_amplification}};
  return kRules;
}

}  // namespace analysis
