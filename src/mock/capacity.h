// How many requests the service works on at once, and who waits.
#pragma once

#include <cstdint>
#include <functional>
#include <list>

namespace mock {

// Slots with a queue before them, so that latency grows with load as a real server's does.
//
// Threads: one.
class Capacity {
 public:
  // slots 0: any number. A request that finds `queue` others waiting is refused.
  Capacity(std::uint64_t slots, std::uint64_t queue) : slots_(slots), queue_(queue) {}

  // A request's place. Destroyed, it frees the slot, or leaves the queue.
  class Place {
   public:
    explicit Place(Capacity& capacity) : capacity_(capacity) {}
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    friend class Capacity;
    Capacity& capacity_;
    enum class State { kNone, kWaiting, kInside } state_ = State::kNone;
    std::function<void()> enter_;
    std::list<Place*>::iterator waits_at_{};  // While it waits.
  };

  // False where the queue is full. Else `enter` is called once when the request is let in, at once
  // if there is a slot. It may destroy other places.
  bool take(Place& place, std::function<void()> enter);

  // The share of the slots that are taken, from 0 to 1; 0 where there is any number.
  double load() const;
  std::uint64_t inside() const { return inside_; }
  std::uint64_t waiting() const { return waiting_.size(); }

 private:
  void let_in();

  std::uint64_t slots_;
  std::uint64_t queue_;
  std::uint64_t inside_ = 0;
  std::list<Place*> waiting_;
};

}  // namespace mock
