#include "mock/message_batch.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>
#include <vector>

#include "base/random.h"
#include "mock/answer.h"

namespace mock {
namespace {

constexpr double kDay = 86'400;
constexpr double kLongest = kDay;
constexpr double kResultsKept = 29 * kDay;
constexpr double kCanceling = 10;  // What is under way is finished first.

// Streams of random numbers beside those of the requests, which are numbered from 0.
constexpr std::uint64_t kOfTheBatch = ~std::uint64_t{0};

std::string errored(const ApiError& error, base::RandomStream& ids) {
  return fmt::format(R"({{"type":"errored","error":{}}})",
                     error_reply(error, make_request_id(ids)).body);
}

}  // namespace

MessageBatch::MessageBatch(const BatchOptions& options, Start start)
    : options_(options), start_(std::move(start)) {
  base::RandomStream random(base::derive_seed(start_.seed, kOfTheBatch));
  work_ = base::to_seconds(options_.duration) * (0.5 + random.uniform());
}

double MessageBatch::age(base::TimePoint now) const {
  return base::to_seconds(now - start_.created) * options_.speed;
}

double MessageBatch::end() const {
  const double undisturbed = std::min(work_, kLongest);
  return canceled_ ? std::min(undisturbed, *canceled_ + kCanceling) : undisturbed;
}

bool MessageBatch::has_results(base::TimePoint now) const {
  return has_ended(now) && age(now) < kResultsKept;
}

void MessageBatch::cancel(base::TimePoint now) {
  if (!canceled_) canceled_ = age(now);
}

void MessageBatch::settle(base::TimePoint now, const BatchAnswer& answer) {
  if (settled_ || !has_ended(now)) return;
  settled_ = true;
  for (std::size_t i = 0; i < size(); ++i) ++counts_[make_result(i, answer, true).outcome];
}

MessageBatch::Result MessageBatch::make_result(std::size_t i, const BatchAnswer& answer,
                                               bool first) const {
  base::RandomStream random(base::derive_seed(start_.seed, i));
  const double turn = random.uniform() * work_;
  const double luck = random.uniform();
  if (canceled_ && turn > *canceled_) return {kCanceled, R"({"type":"canceled"})"};
  if (turn > kLongest || luck < options_.expired_share) {
    return {kExpired, R"({"type":"expired"})"};
  }
  if (luck < options_.expired_share + options_.errored_share) {
    return {kErrored, errored({500, "Internal server error"}, random)};
  }
  const auto message = answer({start_.requests.params(i), start_.first_number + i, first});
  if (!message) return {kErrored, errored(message.error(), random)};
  return {kSucceeded, fmt::format(R"({{"type":"succeeded","message":{}}})", *message)};
}

std::string MessageBatch::results(const BatchAnswer& answer) const {
  std::vector<std::size_t> order(size());
  std::iota(order.begin(), order.end(), 0);
  base::RandomStream random(base::derive_seed(start_.seed, kOfTheBatch - 1));
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  std::string lines;
  for (const std::size_t i : order) {
    fmt::format_to(std::back_inserter(lines), "{{\"custom_id\":\"{}\",\"result\":{}}}\n",
                   start_.requests.custom_id(i), make_result(i, answer, false).json);
  }
  return lines;
}

// RFC 3339, of wall time, which does not run faster for a batch.
std::string MessageBatch::stamp(double age) const {
  const auto wall = start_.wall + std::llround(std::floor(age / options_.speed));
  return fmt::format("\"{:%Y-%m-%dT%H:%M:%SZ}\"", fmt::gmtime(static_cast<std::time_t>(wall)));
}

std::string MessageBatch::stamp_since(bool has_happened, double age) const {
  return has_happened ? stamp(age) : "null";
}

std::string MessageBatch::json(base::TimePoint now, const std::string& results_url) const {
  const bool ended = has_ended(now);
  const char* status = ended ? "ended" : canceled_ ? "canceling" : "in_progress";
  return fmt::format(
      R"({{"id":"{}","type":"message_batch","processing_status":"{}","request_counts":)"
      R"({{"processing":{},"succeeded":{},"errored":{},"canceled":{},"expired":{}}},)"
      R"("ended_at":{},"created_at":{},"expires_at":{},"archived_at":{},)"
      R"("cancel_initiated_at":{},"results_url":{}}})",
      id(), status, ended ? 0 : size(), counts_[kSucceeded], counts_[kErrored], counts_[kCanceled],
      counts_[kExpired], stamp_since(ended, end()), stamp(0), stamp(kLongest),
      stamp_since(age(now) >= kResultsKept, kResultsKept),
      stamp_since(canceled_.has_value(), canceled_.value_or(0)),
      has_results(now) ? fmt::format("\"{}\"", results_url) : "null");
}

}  // namespace mock
