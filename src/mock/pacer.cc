#include "mock/pacer.h"

#include <algorithm>
#include <utility>

namespace mock {

DueQueue::Id DueQueue::start(base::TimePoint due, Task task) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  slots_[slot].task = std::move(task);
  const Id id = {slot, slots_[slot].generation};
  push(due, id);
  return id;
}

void DueQueue::cancel(Id id) {
  if (id.generation == 0 || !is_live(id)) return;
  Slot& slot = slots_[id.slot];
  slot.generation = slot.generation == UINT32_MAX ? 1 : slot.generation + 1;
  // The task goes last: what it owns may call back in here when it is destroyed.
  const Task doomed = std::exchange(slot.task, nullptr);
  free_slots_.push_back(id.slot);
}

void DueQueue::run_due(base::TimePoint now) {
  while (!heap_.empty() && heap_.front().due <= now) {
    const Id id = heap_.front().id;
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
    heap_.pop_back();
    if (is_live(id)) run(id);
  }
}

void DueQueue::run(Id id) {
  // The task stays out of its slot while it runs, so that cancelling it does not destroy it under
  // its own feet.
  Task task = std::exchange(slots_[id.slot].task, nullptr);
  const auto due = task();
  if (!is_live(id)) return;
  if (!due) {
    cancel(id);
    return;
  }
  slots_[id.slot].task = std::move(task);
  push(*due, id);
}

std::optional<base::TimePoint> DueQueue::next_due() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().due;
}

void DueQueue::push(base::TimePoint due, Id id) {
  heap_.push_back({due, pushed_++, id});
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
}

Pacer::Pacer(net::EventLoop& loop, Freeze freeze)
    : loop_(loop), freeze_(freeze), start_(loop.now()), timer_(loop, [this] { catch_up(); }) {}

DueQueue::Id Pacer::start(base::TimePoint due, DueQueue::Task task) {
  const DueQueue::Id id = queue_.start(due, std::move(task));
  arm();
  return id;
}

void Pacer::catch_up() {
  const base::TimePoint now = loop_.now();
  if (thawed(now) == now) queue_.run_due(now);
  arm();
}

void Pacer::arm() {
  auto due = queue_.next_due();
  if (!due) return;
  if (freeze_.length > base::Duration::zero()) {
    // What was due before a freeze and is late waits for its end too.
    const base::TimePoint now = loop_.now();
    due = std::max(thawed(*due), thawed(now) == now ? *due : thawed(now));
  }
  if (timer_.armed() && armed_for_ == *due) return;
  armed_for_ = *due;
  timer_.arm_at(*due);
}

}  // namespace mock
