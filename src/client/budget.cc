#include "client/budget.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace client {
namespace {

constexpr double kUnitsPerUsd = 1e9;
// Two of them can be added up.
constexpr std::int64_t kMost = 4'000'000'000'000'000'000;

std::int64_t to_units(double usd) {
  const double units = std::max(0.0, usd) * kUnitsPerUsd;
  return std::llround(std::min(units, static_cast<double>(kMost)));
}

double to_usd(std::int64_t units) { return static_cast<double>(units) / kUnitsPerUsd; }

}  // namespace

Budget::Budget(double usd) : limit_(to_units(usd)) {}

Budget::Part::~Part() {
  Wakes wakes;
  const std::lock_guard lock(budget_.mutex_);
  if (state_ == State::kWaiting) budget_.waiting_.erase(place_);
  if (state_ == State::kGranted) {
    budget_.unknown_ = std::min(kMost, budget_.unknown_ + reserved_);
    budget_.end(*this, reserved_);
  }
  budget_.admit_waiting(wakes);
}

bool Budget::Part::reserve(double usd, Wake wake) {
  const std::lock_guard lock(budget_.mutex_);
  reserved_ = to_units(usd);
  if (budget_.waiting_.empty() && budget_.fits(reserved_)) {
    budget_.grant(*this);
    return true;
  }
  state_ = State::kWaiting;
  wake_ = std::move(wake);
  place_ = budget_.waiting_.insert(budget_.waiting_.end(), this);
  if (budget_.under_way_ == 0) budget_.exhausted_ = true;
  return false;
}

bool Budget::Part::try_reserve(double usd) {
  const std::lock_guard lock(budget_.mutex_);
  reserved_ = to_units(usd);
  if (!budget_.waiting_.empty() || !budget_.fits(reserved_)) return false;
  is_aside_ = true;
  budget_.grant(*this);
  return true;
}

void Budget::Part::settle(double usd) {
  Wakes wakes;
  const std::lock_guard lock(budget_.mutex_);
  budget_.end(*this, to_units(usd));
  budget_.admit_waiting(wakes);
}

bool Budget::Part::granted() const {
  const std::lock_guard lock(budget_.mutex_);
  return state_ == State::kGranted;
}

void Budget::spend(double usd) {
  const std::lock_guard lock(mutex_);
  spent_ = std::min(kMost, spent_ + to_units(usd));
}

Budget::State Budget::state() const {
  const std::lock_guard lock(mutex_);
  return {.limit = to_usd(limit_),
          .spent = to_usd(spent_),
          .unknown = to_usd(unknown_),
          .reserved = to_usd(reserved_),
          .waiting = waiting_.size(),
          .exhausted = exhausted_};
}

bool Budget::fits(std::int64_t amount) const {
  return !exhausted_ && amount <= limit_ - spent_ - reserved_;
}

void Budget::grant(Part& part) {
  part.state_ = Part::State::kGranted;
  reserved_ += part.reserved_;
  if (!part.is_aside_) ++under_way_;
}

void Budget::end(Part& part, std::int64_t cost) {
  part.state_ = Part::State::kNone;
  reserved_ -= part.reserved_;
  spent_ = std::min(kMost, spent_ + cost);
  if (!part.is_aside_) --under_way_;
  part.is_aside_ = false;
}

void Budget::admit_waiting(Wakes& wakes) {
  while (!waiting_.empty() && fits(waiting_.front()->reserved_)) {
    Part& first = *waiting_.front();
    waiting_.pop_front();
    grant(first);
    wakes.add(std::move(first.wake_));
  }
  if (!waiting_.empty() && under_way_ == 0) exhausted_ = true;
}

}  // namespace client
