#include "mock/capacity.h"

#include <utility>

namespace mock {

Capacity::Place::~Place() {
  if (state_ == State::kWaiting) capacity_.waiting_.erase(waits_at_);
  if (state_ != State::kInside) return;
  --capacity_.inside_;
  capacity_.let_in();
}

bool Capacity::take(Place& place, std::function<void()> enter) {
  if (slots_ == 0 || inside_ < slots_) {
    place.state_ = Place::State::kInside;
    ++inside_;
    enter();
    return true;
  }
  if (waiting_.size() >= queue_) return false;
  place.state_ = Place::State::kWaiting;
  place.enter_ = std::move(enter);
  place.waits_at_ = waiting_.insert(waiting_.end(), &place);
  return true;
}

double Capacity::load() const {
  return slots_ == 0 ? 0 : static_cast<double>(inside_) / static_cast<double>(slots_);
}

void Capacity::let_in() {
  while (!waiting_.empty() && inside_ < slots_) {
    Place& place = *waiting_.front();
    waiting_.pop_front();
    place.state_ = Place::State::kInside;
    ++inside_;
    // Out of the place first: the call may destroy it.
    const auto enter = std::exchange(place.enter_, nullptr);
    enter();
  }
}

}  // namespace mock
