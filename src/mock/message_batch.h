// One message batch, from its creation to its results.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/clock.h"
#include "mock/api_error.h"
#include "mock/batch_requests.h"

namespace mock {

struct BatchOptions {
  double speed = 1;  // The batches' clock runs so many times faster, their 24 hours included.
  base::Duration duration = std::chrono::minutes(2);  // Of a batch, drawn around it, before speed.
  double errored_share = 0;
  double expired_share = 0;
};

// One request of a batch whose turn has come.
struct BatchJob {
  std::string_view params;   // The JSON of an object.
  std::uint64_t number = 0;  // From 1, over all batches: what it is to draw from.
  bool first = true;         // False where the result is made once more: it is charged already.
};

// Makes its result: the message as JSON, or what is wrong with the params. Always the same.
using BatchAnswer = std::function<tl::expected<std::string, ApiError>(const BatchJob&)>;

// in_progress, then canceling where asked, then ended. The state is a function of the time. Each
// request has its turn, drawn from the seed: those whose turn has not come when the batch is
// canceled, or after 24 hours, are canceled or have expired.
//
// Units: times within a batch are seconds on its own clock, which began with it.
class MessageBatch {
 public:
  struct Start {
    std::string id;
    std::string organization;
    BatchRequests requests;
    std::uint64_t first_number = 1;  // Of its first request.
    std::uint64_t seed = 0;
    base::TimePoint created{};
    std::int64_t wall = 0;  // The same in unix seconds.
  };
  MessageBatch(const BatchOptions& options, Start start);

  const std::string& id() const { return start_.id; }
  const std::string& organization() const { return start_.organization; }
  std::size_t size() const { return start_.requests.size(); }

  bool has_ended(base::TimePoint now) const { return age(now) >= end(); }
  bool has_results(base::TimePoint now) const;  // Ended, and not older than 29 days.
  void cancel(base::TimePoint now);             // Nothing happens to one that was canceled before.

  // Answers the requests of a batch that has ended, once: what becomes of each is counted.
  void settle(base::TimePoint now, const BatchAnswer& answer);

  // The object that the API describes it by. `results_url` is told where there are results.
  // REQUIRES: settle() was called since it ended.
  std::string json(base::TimePoint now, const std::string& results_url) const;

  // JSONL, shuffled. Cost: some 20 µs a request.
  std::string results(const BatchAnswer& answer) const;

 private:
  enum Outcome : std::uint8_t { kSucceeded, kErrored, kCanceled, kExpired, kOutcomes };
  struct Result {
    Outcome outcome;
    std::string json;
  };

  double age(base::TimePoint now) const;
  double end() const;
  std::string stamp(double age) const;
  std::string stamp_since(bool has_happened, double age) const;
  Result make_result(std::size_t i, const BatchAnswer& answer, bool first) const;

  BatchOptions options_;
  Start start_;
  double work_ = 0;  // How long it takes to answer all.
  std::optional<double> canceled_;
  std::array<std::uint64_t, kOutcomes> counts_{};  // All 0 until it is settled.
  bool settled_ = false;
};

}  // namespace mock
