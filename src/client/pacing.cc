#include "client/pacing.h"

#include <algorithm>
#include <utility>

namespace client {
namespace {

using base::Duration;
using base::TimePoint;
using base::to_seconds;

// Less than this is not worth another thread's turn; what is gained adds up until it is.
constexpr Duration kWorthAWake = std::chrono::milliseconds(1);

// A time that far away can still be told.
constexpr double kLongestWait = 1e9;

}  // namespace

void Pacing::add(Amounts& to, const Amounts& amounts) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += amounts[i];
}

void Pacing::Bucket::add(double amount) { level = std::min(capacity, level + amount); }

Pacing::Pacing(PacingLimits limits, TimePoint start) : limits_(limits), refilled_(start) {
  const auto bucket = [](std::optional<double> limit, Duration per, Duration burst) -> Bucket {
    if (!limit || *limit <= 0) return {};
    const double rate = *limit / to_seconds(per);
    const double capacity = std::max(1.0, rate * to_seconds(burst));
    return {.rate = rate, .capacity = capacity, .level = capacity};
  };
  constexpr Duration kMinute = std::chrono::minutes(1);
  constexpr Duration kDay = std::chrono::hours(24);
  buckets_ = {bucket(limits.requests_per_minute, kMinute, limits.burst),
              bucket(limits.input_tokens_per_minute, kMinute, limits.burst),
              bucket(limits.output_tokens_per_minute, kMinute, limits.burst),
              bucket(limits.tokens_per_day, kDay, kDay)};
}

Pacing::Part::~Part() {
  Wakes wakes;
  const std::lock_guard lock(pacing_.mutex_);
  if (state_ == State::kNone) return;
  if (state_ == State::kWaiting) {
    pacing_.waiting_.erase(position_);
    return;
  }
  if (state_ == State::kCharged) {
    pacing_.leave_queue(*this);
    for (std::size_t i = 0; i < charged_.size(); ++i) pacing_.buckets_[i].add(charged_[i]);
    pacing_.wake_sooner(wakes);
  }
  pacing_.free_place(wakes);
}

bool Pacing::Part::take_place(Wake wake) {
  const std::lock_guard lock(pacing_.mutex_);
  const bool is_free = pacing_.is_observing() || !pacing_.limits_.concurrency ||
                       pacing_.places_taken_ < *pacing_.limits_.concurrency;
  if (is_free) {
    ++pacing_.places_taken_;
    state_ = State::kPlaced;
    return true;
  }
  state_ = State::kWaiting;
  wake_ = std::move(wake);
  position_ = pacing_.waiting_.insert(pacing_.waiting_.end(), this);
  return false;
}

void Pacing::Part::charge(const Demand& demand, TimePoint now, Wake sooner) {
  const std::lock_guard lock(pacing_.mutex_);
  pacing_.refill(now);
  charged_ = amounts_of(demand);
  for (std::size_t i = 0; i < charged_.size(); ++i) pacing_.buckets_[i].level -= charged_[i];
  add(pacing_.queued_, charged_);
  state_ = State::kCharged;
  position_ = pacing_.queue_.insert(pacing_.queue_.end(), this);
  told_.reset();
  wake_ = std::move(sooner);
}

TimePoint Pacing::Part::ready_at(TimePoint now) {
  const std::lock_guard lock(pacing_.mutex_);
  if (pacing_.is_observing()) return now;
  pacing_.refill(now);
  const Duration wait = pacing_.wait_for(pacing_.queued_up_to(*this));
  told_ = pacing_.refilled_ + wait;
  // Another thread's time may be ahead of this one's.
  return wait == Duration::zero() ? now : *told_;
}

void Pacing::Part::sent() {
  Wakes wakes;
  const std::lock_guard lock(pacing_.mutex_);
  pacing_.leave_queue(*this);
  state_ = State::kSent;
  pacing_.wake_sooner(wakes);
}

void Pacing::Part::undo(TimePoint now) { settle_amounts({}, now); }

void Pacing::Part::settle(const Demand& used, TimePoint now) {
  settle_amounts(Pacing::amounts_of(used), now);
}

void Pacing::Part::settle_amounts(const std::array<double, 4>& counted, TimePoint now) {
  Wakes wakes;
  const std::lock_guard lock(pacing_.mutex_);
  pacing_.refill(now);
  if (state_ == State::kCharged) pacing_.leave_queue(*this);
  for (std::size_t i = 0; i < counted.size(); ++i) {
    pacing_.buckets_[i].add(charged_[i] - counted[i]);
  }
  if (counted[2] > 0) {
    pacing_.outputs_ += counted[2];
    ++pacing_.outputs_counted_;
  }
  state_ = State::kNone;
  pacing_.free_place(wakes);
  pacing_.wake_sooner(wakes);
}

Pacing::Used Pacing::used(TimePoint now) const {
  const std::lock_guard lock(mutex_);
  const double seconds = std::max(0.0, to_seconds(now - refilled_));
  const auto share = [&](Bucket bucket) -> std::optional<double> {
    if (bucket.rate == 0) return {};
    bucket.add(bucket.rate * seconds);
    return 1 - bucket.level / bucket.capacity;
  };
  Used used{.requests = share(buckets_[0]),
            .input_tokens = share(buckets_[1]),
            .output_tokens = share(buckets_[2]),
            .day_tokens = share(buckets_[3]),
            .places = {}};
  if (limits_.concurrency) {
    used.places = static_cast<double>(places_taken_) / static_cast<double>(*limits_.concurrency);
  }
  return used;
}

double Pacing::expected_output(double max_tokens) const {
  const std::lock_guard lock(mutex_);
  if (outputs_counted_ == 0) return max_tokens;
  const double mean = outputs_ / static_cast<double>(outputs_counted_);
  return max_tokens > 0 ? std::min(max_tokens, mean) : mean;
}

Pacing::Amounts Pacing::amounts_of(const Demand& demand) {
  return {1, demand.input_tokens, demand.output_tokens, demand.input_tokens + demand.output_tokens};
}

void Pacing::refill(TimePoint now) {
  if (now <= refilled_) return;
  const double seconds = to_seconds(now - refilled_);
  for (Bucket& bucket : buckets_) bucket.add(bucket.rate * seconds);
  refilled_ = now;
}

// Until the supply covers the charges of the queue's first requests, which sum up to this.
Duration Pacing::wait_for(const Amounts& up_to) const {
  double seconds = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    const Bucket& bucket = buckets_[i];
    if (bucket.rate == 0) continue;
    // The level without any charge of the queue.
    const double supply = bucket.level + queued_[i];
    seconds = std::max(seconds, (up_to[i] - supply) / bucket.rate);
  }
  return base::from_seconds(std::min(seconds, kLongestWait));
}

// What the requests before it and itself were charged.
Pacing::Amounts Pacing::queued_up_to(const Part& part) const {
  if (&part == queue_.back()) return queued_;  // As it is right after its charge.
  Amounts up_to{};
  for (const Part* queued : queue_) {
    add(up_to, queued->charged_);
    if (queued == &part) break;
  }
  return up_to;
}

void Pacing::leave_queue(Part& part) {
  queue_.erase(part.position_);
  for (std::size_t i = 0; i < queued_.size(); ++i) queued_[i] -= part.charged_[i];
  if (queue_.empty()) queued_ = {};  // Without what rounding has left.
}

void Pacing::free_place(Wakes& wakes) {
  --places_taken_;
  if (waiting_.empty()) return;
  Part& first = *waiting_.front();
  waiting_.pop_front();
  ++places_taken_;
  first.state_ = Part::State::kPlaced;
  wakes.add(std::move(first.wake_));
}

// Tells those of the queue that are ready, and the first that is not: when that one is sent, it is
// the next one's turn to be told.
void Pacing::wake_sooner(Wakes& wakes) {
  Amounts up_to{};
  for (Part* part : queue_) {
    add(up_to, part->charged_);
    const Duration wait = wait_for(up_to);
    const TimePoint ready = refilled_ + wait;
    if (part->told_ && *part->told_ - ready > kWorthAWake) {
      part->told_ = ready;
      wakes.add(part->wake_);
    }
    if (wait > Duration::zero()) return;
  }
}

}  // namespace client
