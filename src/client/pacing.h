// Client-side rate limits: token buckets that all VUs of the process share.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "client/wakes.h"

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
  // How much a bucket of a minute's limit can hold: the refill of this time, one request or token
  // at least. Short bursts are what servers refuse that enforce their limits over seconds. The
  // day's bucket holds a day's tokens.
  base::Duration burst = std::chrono::seconds(1);
};

// Continuous buckets, all full at the start. A request is charged its estimate when it has a place,
// into debt if need be, and may be sent once the supply covers it and all that were charged before
// it and are not yet sent: first come, first served. So what has been sent by a time t never
// exceeds capacity + rate × t, but for what settle() charges afterwards.
//
// settle() charges or refunds the difference to what the provider counted. Those that wait then
// wait longer or less long; a refund does not fill a bucket above its capacity.
//
// Threads: any. Cost: a lock, held for a few instructions, and for one more step for each request
// that waits before the one that asks.
class Pacing {
  using Amounts = std::array<double, 4>;  // Of requests, input, output and the day's tokens.

 public:
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
    // observing; else `wake` comes once when there is. Call once, and again after settle().
    bool take_place(Wake wake);

    // Charges the buckets. `sooner` comes whenever the request may be sent sooner than ready_at()
    // last said, until it is sent: ask again. REQUIRES: it has a place.
    void charge(const Demand& demand, base::TimePoint now, Wake sooner);

    // When the request may be sent, as far as is known now; `now` or earlier for at once. Ask again
    // when that time has come: a settlement may have made it later. REQUIRES: charged.
    base::TimePoint ready_at(base::TimePoint now);

    void sent();  // REQUIRES: charged.

    // The request is over; `used` is the tokens that the provider counted, zero where it refused
    // it: it was one request all the same. Its place is free. REQUIRES: charged.
    void settle(const Demand& used, base::TimePoint now);

    // The request never reached the provider, and nothing is charged for it. REQUIRES: charged.
    void undo(base::TimePoint now);

   private:
    friend class Pacing;
    void settle_amounts(const std::array<double, 4>& counted, base::TimePoint now);

    enum class State { kNone, kWaiting, kPlaced, kCharged, kSent };

    Pacing& pacing_;
    // Guarded by its mutex.
    State state_ = State::kNone;
    Amounts charged_{};
    std::list<Part*>::iterator position_;  // Among those without a place, or those not sent.
    std::optional<base::TimePoint> told_;  // What ready_at() last said, or `sooner` implied.
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

  // What to expect of a request's output: the mean of those that had one so far, but never more
  // than `max_tokens`, which is what is expected before; 0 for a request that names none.
  double expected_output(double max_tokens) const;

 private:
  struct Bucket {
    double rate = 0;  // Per second; 0 for no limit.
    double capacity = 0;
    double level = 0;  // After all charges, of requests not yet sent too; below 0 in debt.

    void add(double amount);
  };

  static Amounts amounts_of(const Demand& demand);
  static void add(Amounts& to, const Amounts& amounts);
  bool is_observing() const { return limits_.mode == PacingLimits::Mode::kObserve; }
  void refill(base::TimePoint now);
  Amounts queued_up_to(const Part& part) const;
  base::Duration wait_for(const Amounts& up_to) const;
  void leave_queue(Part& part);
  void free_place(Wakes& wakes);
  void wake_sooner(Wakes& wakes);

  const PacingLimits limits_;
  mutable std::mutex mutex_;
  base::TimePoint refilled_;       // The levels are of this time.
  std::array<Bucket, 4> buckets_;  // In the order of Amounts.
  std::list<Part*> queue_;         // Charged and not yet sent, in the order of their charges.
  Amounts queued_{};               // What they were charged.
  std::uint64_t places_taken_ = 0;
  std::list<Part*> waiting_;  // For a place.
  double outputs_ = 0;
  std::uint64_t outputs_counted_ = 0;
};

}  // namespace client
