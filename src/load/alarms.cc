#include "load/alarms.h"

#include <limits>

namespace load {
namespace {

constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

}  // namespace

Alarms::Alarms(std::size_t slots) : position_of_(slots, kNowhere) { heap_.reserve(slots); }

void Alarms::grow_to(std::size_t slots) {
  if (slots <= position_of_.size()) return;
  position_of_.resize(slots, kNowhere);
  heap_.reserve(slots);
}

void Alarms::set(std::size_t slot, base::TimePoint at) {
  const Alarm alarm{at, slot};
  std::size_t position = position_of_[slot];
  if (position == kNowhere) {
    position = heap_.size();
    heap_.push_back(alarm);
    sift_up(position, alarm);
  } else if (alarm < heap_[position]) {
    sift_up(position, alarm);
  } else {
    sift_down(position, alarm);
  }
}

void Alarms::cancel(std::size_t slot) {
  const std::size_t position = position_of_[slot];
  if (position == kNowhere) return;
  position_of_[slot] = kNowhere;
  const Alarm removed = heap_[position];
  const Alarm last = heap_.back();
  heap_.pop_back();
  if (position == heap_.size()) return;
  if (last < removed) {
    sift_up(position, last);
  } else {
    sift_down(position, last);
  }
}

void Alarms::put(std::size_t position, const Alarm& alarm) {
  heap_[position] = alarm;
  position_of_[alarm.slot] = position;
}

void Alarms::sift_up(std::size_t position, const Alarm& alarm) {
  while (position > 0) {
    const std::size_t parent = (position - 1) / 2;
    if (heap_[parent] <= alarm) break;
    put(position, heap_[parent]);
    position = parent;
  }
  put(position, alarm);
}

void Alarms::sift_down(std::size_t position, const Alarm& alarm) {
  while (true) {
    std::size_t child = 2 * position + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1] < heap_[child]) ++child;
    if (alarm <= heap_[child]) break;
    put(position, heap_[child]);
    position = child;
  }
  put(position, alarm);
}

}  // namespace load
