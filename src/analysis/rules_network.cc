// Rules about the way to the service: connections, names and addresses.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/rules.h"
#include "analysis/words.h"
#include "metrics/builtin.h"
#include "metrics/series.h"

namespace analysis {
namespace {

using metrics::Histogram;
using metrics::Store;
using metrics::Trend;

constexpr double kFewestRequests = 20;
constexpr double kConnectionsPerVu = 2;
constexpr double kMediumChurn = 0.2;
constexpr double kHighChurn = 0.5;

constexpr double kFewestLookUps = 5;
constexpr double kMediumLookUps = 0.05;  // Of all the time of requests.
constexpr double kHighLookUps = 0.2;

constexpr std::uint64_t kFewestStreams = 20;  // Of an address.
constexpr double kMediumLag = 1.5;            // So many times the others' time to first token,
constexpr double kHighLag = 2;
constexpr double kLeastLag = 0.02;  // and so many seconds more.
constexpr std::size_t kMostAddresses = 6;

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

constexpr std::array<std::string_view, 3> kAddressAdvice = {
    "look at the server behind that address (its load, its version, where it stands): the others "
    "show what it should do",
    "where the balancing is yours, give each server as many streams as it can serve (least "
    "connections, not in turn), and take a slow one out",
    "a client keeps the address that it is connected to: the users of a slow one stay slow until "
    "their connections end"};

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

struct AddressFigures {
  std::string ip;
  Trend ttft;
  double p50 = 0;
  double others = 0;  // The median of all the others' together.

  double lag() const { return p50 - others > kLeastLag && others > 0 ? p50 / others : 0; }
};

// Those of a model, the one that is furthest behind the others first.
std::vector<AddressFigures> addresses_of(const Store& store, std::string_view model) {
  std::vector<AddressFigures> addresses;
  for (auto& [ip, series] :
       store.grouped(metrics::kLlmAddressTtft, "remote_ip", where({{"model", model}}))) {
    Trend ttft = std::get<Trend>(std::move(series));
    if (ttft.count() < kFewestStreams) continue;
    const double p50 = ttft.quantile(0.5).value;
    addresses.push_back({.ip = ip, .ttft = std::move(ttft), .p50 = p50});
  }
  for (AddressFigures& address : addresses) {
    Trend others;
    for (const AddressFigures& other : addresses) {
      if (&other != &address) others.merge(other.ttft);
    }
    address.others = others.count() > 0 ? others.quantile(0.5).value : 0;
  }
  std::ranges::stable_sort(addresses, std::ranges::greater{}, &AddressFigures::lag);
  return addresses;
}

Finding slow_address_finding(std::string_view model, const std::vector<AddressFigures>& addresses) {
  const AddressFigures& slowest = addresses.front();
  Finding finding;
  finding.severity = slowest.lag() > kHighLag ? Severity::kHigh : Severity::kMedium;
  finding.title = fmt::format("One address is slower than the others: {}", slowest.ip);
  if (!model.empty()) finding.evidence.push_back(fmt::format("model {}", model));
  const std::size_t shown = std::min(addresses.size(), kMostAddresses);
  for (const AddressFigures& address : std::span(addresses).first(shown)) {
    finding.evidence.push_back(
        fmt::format("{}: {}, time to first token p50 {} p95 {}", address.ip,
                    plural(static_cast<double>(address.ttft.count()), "stream"),
                    time_at(address.ttft, 50), time_at(address.ttft, 95)));
  }
  if (shown < addresses.size()) {
    finding.evidence.push_back(fmt::format(
        "and {} more addresses", as_count(static_cast<double>(addresses.size() - shown))));
  }
  finding.evidence.push_back(fmt::format("{}: {} times the median of the others together",
                                         slowest.ip, as_ratio(slowest.lag())));
  finding.advice.assign(kAddressAdvice.begin(), kAddressAdvice.end());
  return finding;
}

std::optional<Finding> slow_address(const Evidence& evidence) {
  std::vector<std::string> models = evidence.store.tag_values(metrics::kLlmAddressTtft, "model");
  models.emplace_back();  // Requests without one.
  std::optional<Finding> worst;
  double most = kMediumLag;
  for (const std::string& model : models) {
    const std::vector<AddressFigures> addresses = addresses_of(evidence.store, model);
    if (addresses.empty() || addresses.front().lag() <= most) continue;
    most = addresses.front().lag();
    worst = slow_address_finding(model, addresses);
  }
  return worst;
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
           "more than 20%", kDnsAdvice, &dns},
      Rule{
          "slow_address", "",
          "the median of llm_ttft of the streams that one address answered is more than 1.5 times "
          "that of all the others' together, and 20 ms more (the same model; 20 streams or more of "
          "each address)",
          "more than 2 times", kAddressAdvice, &slow_address}};
  return kRules;
}

}  // namespace analysis
