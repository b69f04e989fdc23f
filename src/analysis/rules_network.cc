// Rules about the way to the service: connections and names.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/rules.h"
#include "analysis/words.h"
#include "metrics/builtin.h"

namespace analysis {
namespace {

using metrics::Histogram;
using metrics::Store;

constexpr double kFewestRequests = 20;
constexpr double kConnectionsPerVu = 2;
constexpr double kMediumChurn = 0.2;
constexpr double kHighChurn = 0.5;

constexpr double kFewestLookUps = 5;
constexpr double kMediumLookUps = 0.05;  // Of all the time of requests.
constexpr double kHighLookUps = 0.2;

constexpr std::array<std::string_view, 3> kChurnAdvice = {
    "keep connections open and use them again: one HTTP client for the whole process, not one per "
    "request; for the test, without --no-connection-reuse",
    "look for who closes them: \"connection: close\" in the answers, and idle time-outs of load "
    "balancers that are shorter than the pauses between requests",
    "HTTP/2 carries many streams on one connection"};

constexpr std::array<std::string_view, 3> kDnsAdvice = {
    "use a resolver that is near, or a cache of names on this machine",
    "keep connections open: a look-up happens only with a new one",
    "for the test, an address in the base URL leaves names out of it"};

double above_zero(const Histogram& histogram) {
  return static_cast<double>(histogram.count() - histogram.zero_count());
}

std::optional<Finding> connection_churn(const Evidence& evidence) {
  const Store& store = evidence.store;
  const Histogram connecting = store.trend(metrics::kHttpReqConnecting).values;
  const Histogram tls = store.trend(metrics::kHttpReqTlsHandshaking).values;
  const auto requests = static_cast<double>(connecting.count());
  const double opened = above_zero(connecting);
  const metrics::Gauge vus = store.gauge(metrics::kVusMax);
  if (requests < kFewestRequests || vus.count == 0 || opened <= kConnectionsPerVu * vus.max ||
      opened <= kMediumChurn * requests) {
    return std::nullopt;
  }
  Finding finding;
  finding.severity = opened > kHighChurn * requests ? Severity::kHigh : Severity::kMedium;
  finding.title = "Connections are opened again and again";
  finding.evidence.push_back(fmt::format("{} of {} opened a connection ({}), with {} at most",
                                         as_count(opened), plural(requests, "HTTP request"),
                                         as_share(opened / requests), plural(vus.max, "VU")));
  std::string cost = fmt::format("connecting took {} (p50), {} (p95)",
                                 as_time(quantile_above_zero(connecting, 0.5)),
                                 as_time(quantile_above_zero(connecting, 0.95)));
  if (above_zero(tls) > 0) {
    cost += fmt::format("; the TLS handshake {} and {}, {} times",
                        as_time(quantile_above_zero(tls, 0.5)),
                        as_time(quantile_above_zero(tls, 0.95)), as_count(above_zero(tls)));
  }
  finding.evidence.push_back(std::move(cost));
  finding.advice.assign(kChurnAdvice.begin(), kChurnAdvice.end());
  return finding;
}

std::optional<Finding> dns(const Evidence& evidence) {
  const Store& store = evidence.store;
  const Histogram looking_up = store.trend(metrics::kHttpReqLookingUp).values;
  const double time = store.trend(metrics::kHttpReqBlocked).sum().value +
                      store.trend(metrics::kHttpReqDuration).sum().value;
  const double look_ups = above_zero(looking_up);
  if (look_ups < kFewestLookUps || looking_up.sum() <= kMediumLookUps * time) return std::nullopt;
  Finding finding;
  finding.severity = looking_up.sum() > kHighLookUps * time ? Severity::kHigh : Severity::kMedium;
  finding.title = "Looking up names takes a good part of the time";
  finding.evidence.push_back(
      fmt::format("{} for {}, each {} (p50), {} at most", plural(look_ups, "look-up"),
                  plural(static_cast<double>(looking_up.count()), "HTTP request"),
                  as_time(quantile_above_zero(looking_up, 0.5)), as_time(looking_up.max())));
  finding.evidence.push_back(fmt::format("{} in all, {} of all the time that requests took",
                                         as_time(looking_up.sum()),
                                         as_share(looking_up.sum() / time)));
  finding.advice.assign(kDnsAdvice.begin(), kDnsAdvice.end());
  return finding;
}

}  // namespace

std::span<const Rule> network_rules() {
  static constexpr std::array kRules = {
      Rule{"connection_churn", "",
           "more than 20% of the HTTP requests opened a connection, and there were more than 2 new "
           "connections for each VU of the most at once (20 requests or more)",
           "more than 50%", kChurnAdvice, &connection_churn},
      Rule{"dns", "",
           "looking up names took more than 5% of all the time of HTTP requests, connecting "
           "included (5 look-ups or more)",
           "more than 20%", kDnsAdvice, &dns}};
  return kRules;
}

}  // namespace analysis
