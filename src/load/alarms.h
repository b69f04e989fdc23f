// At most one pending time per slot, the earliest first.
#pragma once

#include <cstddef>
#include <vector>

#include "base/clock.h"

namespace load {

// A binary heap that knows where each slot stands in it. Equal times go to the lower slot first, so
// that VUs which are due together start in order.
//
// Cost: set() and cancel() O(log n), the rest O(1); allocates only when it is made or grows.
class Alarms {
 public:
  explicit Alarms(std::size_t slots);

  void grow_to(std::size_t slots);  // Those that it has keep their alarms.

  void set(std::size_t slot, base::TimePoint at);  // Replaces the slot's alarm, if it has one.
  void cancel(std::size_t slot);                   // Does nothing where there is none.

  bool empty() const { return heap_.empty(); }
  base::TimePoint time() const { return heap_.front().at; }  // REQUIRES: not empty.
  std::size_t slot() const { return heap_.front().slot; }    // REQUIRES: not empty.

 private:
  struct Alarm {
    base::TimePoint at;
    std::size_t slot;
    friend auto operator<=>(const Alarm&, const Alarm&) = default;
  };

  void put(std::size_t position, const Alarm& alarm);
  void sift_up(std::size_t position, const Alarm& alarm);
  void sift_down(std::size_t position, const Alarm& alarm);

  std::vector<Alarm> heap_;
  std::vector<std::size_t> position_of_;  // By slot; kNowhere where it has no alarm.
};

}  // namespace load
