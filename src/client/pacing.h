// Client-side rate limits: token buckets that all VUs of the process share.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>

#include "base/clock.h"

namespace client {

struct PacingLimits {
  enum class Mode {
    kObserve,  // Count what would be used; nobody waits.
    kPace,     // Requests wait until they fit.
  };
  Mode mode = Mode::kObserve;
  std::optional<double> requests_per_minute;
  std::optional<double> input_tokens_per_minute;
  std::optional<double> output_tokens_per_minute;
  std::optional<double> tokens_per_day;  // Input and output together.
  std::optional<std::uint64_t> concurrency;
  // How much a bucket of a minute's limit can hold: the refill of this time, one request at least.
  // Short bursts are what servers refuse that enforce their limits over seconds.
  base::Duration burst = std::chrono::seconds(1);
};

// Continuous buckets, all full at the start. A request is charged its estimate when it is admitted,
// into debt if need be, and waits until the debt that it and all before it made is refilled: first
// come, first served, with no queue. settle() charges or refunds the difference to what the
// provider counted.
//
// Threads: any. Cost: a lock, held for a few instructions.
class Pacing {
 public:
  using Wake = std::function<void()>;

  struct Demand {
    double input_tokens = 0;
    double output_tokens = 0;
  };

  // One request's part. Destroyed before it was sent, it is as if it had never asked; afterwards it
  // gives its place back and keeps its charge.
  // Lifetime: the pacing outlives it.
  class Part {
   public:
    explicit Part(Pacing& pacing) : pacing_(pacing) {}
    ~Part();
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;

    // Asks for a place among `concurrency`. True where there is one, as there always is when
    // observing; else `wake` comes once when there is, from any thread; it must not call back.
    bool take_place(Wake wake);

    // Charges the buckets. REQUIRES: it has a place.
    void charge(const Demand& demand, base::TimePoint now);

    // When the request may be sent, as far as is known now; `now` or earlier for at once. Ask again
    // when that time has come: a settlement may have made it later. REQUIRES: charged.
    base::TimePoint ready_at(base::TimePoint now) const;

    void sent();

    // The request is over; `used` is what the provider counted, zero where it refused it.
    void settle(const Demand& used, base::TimePoint now);

   private:
    friend class Pacing;
    Pacing& pacing_;
    enum class State { kNone, kWaiting, kPlaced, kCharged, kSent, kSettled } state_ = State::kNone;
    Demand charged_;
    // Per bucket: what was charged in all up to this request, itself included, and what had been
    // corrected by then.
    std::array<double, 4> charged_up_to_{};
    std::array<double, 4> corrected_by_then_{};
    Wake wake_;
  };

  Pacing(PacingLimits limits, base::TimePoint start);

  const PacingLimits& limits() const { return limits_; }

  // The shares of the buckets that are used up now, from 0 to 1, above 1 in debt; nothing for those
  // without a limit. `places` is the share of `concurrency` that is taken.
  struct Used {
    std::optional<double> requests;
    std::optional<double> input_tokens;
    std::optional<double> output_tokens;
    std::optional<double> day_tokens;
    std::optional<double> places;
  };
  Used used(base::TimePoint now) const;

  // What to expect of a request's output: the mean of those settled so far, `max_tokens` before.
  double expected_output(double max_tokens) const;

 private:
  struct Bucket {
    double rate = 0;  // Per second; 0 for no limit.
    double capacity = 0;
    double level = 0;      // At `since`; below 0 in debt.
    double charged = 0;    // In all.
    double corrected = 0;  // In all; refunds are positive.
    base::TimePoint since{};
  };

  PacingLimits limits_;
  mutable std::mutex mutex_;
  std::array<Bucket, 4> buckets_;  // Requests, input, output, the day's tokens.
  std::uint64_t places_taken_ = 0;
  std::list<Part*> waiting_;
  double settled_outputs_ = 0;
  std::uint64_t settled_ = 0;
};

}  // namespace client
