// How much money a run may spend, shared by all of its workers.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <mutex>

namespace client {

// Each request reserves its worst case before it is sent and settles by what it cost, so that
// spent + reserved never exceeds the limit. What does not fit waits, first come first served, while
// others are under way, whose settlements may make room.
//
// Threads: any. Cost: a lock, held for a few instructions.
class Budget {
 public:
  using Wake = std::function<void()>;

  // One request's part. Destroyed while it waits, it is as if it had never asked; while it holds a
  // reserve, the reserve counts as spent: nobody knows what the request cost.
  // Lifetime: the budget outlives it.
  class Part {
   public:
    explicit Part(Budget& budget) : budget_(budget) {}
    ~Part();
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;

    // True where the reserve is granted at once. Else `wake` comes once when it has been granted,
    // from whatever thread made the room; it must not call back into the budget.
    // Call once, and again after settle().
    bool reserve(double usd, Wake wake);

    // The request is over and cost this much: more than its reserve only where the provider billed
    // what could not be foreseen, and then the excess is spent too.
    // REQUIRES: granted.
    void settle(double usd);

    bool granted() const;

   private:
    friend class Budget;
    Budget& budget_;
    double reserved_ = 0;
    enum class State { kNone, kWaiting, kGranted } state_ = State::kNone;  // Guarded by its mutex.
    Wake wake_;
  };

  explicit Budget(double usd) : limit_(usd) {}

  struct State {
    double limit = 0;
    double spent = 0;     // Settled, and the reserves of what ended without a known cost.
    double unknown = 0;   // The part of `spent` that is such reserves.
    double reserved = 0;  // Of requests under way.
    std::uint64_t waiting = 0;
    // A request waits that does not fit though nothing is under way: no request can be sent any
    // more. Stays true.
    bool exhausted = false;
  };
  State state() const;

 private:
  void admit_waiting(std::list<Wake>& to_wake);

  double limit_;
  mutable std::mutex mutex_;
  double spent_ = 0;
  double unknown_ = 0;
  double reserved_ = 0;
  std::uint64_t under_way_ = 0;
  bool exhausted_ = false;
  std::list<Part*> waiting_;
};

}  // namespace client
