// How much money a run may spend, shared by all of its workers.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>

#include "client/wakes.h"

namespace client {

// Each request reserves its worst case before it is sent and settles by what it cost, so that
// spent + reserved never exceeds the limit. What does not fit waits, first come first served, while
// others are under way, whose settlements may make room.
//
// Counts in billionths of a dollar, of which a token costs a whole number; amounts below 0 and what
// is no number count as 0, amounts above 4e9 dollars as that.
//
// Threads: any. Cost: a lock, held for a few instructions.
class Budget {
 public:
  // One request's part. Destroyed while it waits, it is as if it had never asked; while it holds a
  // reserve, the reserve counts as spent: nobody knows what the request cost.
  // Lifetime: the budget outlives it.
  class Part {
   public:
    explicit Part(Budget& budget) : budget_(budget) {}
    ~Part();
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;

    // True where the reserve is granted at once. Else `wake` comes once when it has been granted.
    // Call once, and again after settle().
    bool reserve(double usd, Wake wake);

    // The reserve is granted now, or not at all. For what takes long and is settled late, such as a
    // batch: whether anything is under way that could make room is judged without it.
    bool try_reserve(double usd);

    // The request is over and cost this much: more than its reserve only where the provider billed
    // what could not be foreseen, and then the excess is spent too.
    // REQUIRES: granted.
    void settle(double usd);

    bool granted() const;

   private:
    friend class Budget;
    enum class State { kNone, kWaiting, kGranted };

    Budget& budget_;
    // Guarded by its mutex.
    State state_ = State::kNone;
    std::int64_t reserved_ = 0;
    bool is_aside_ = false;             // Of try_reserve().
    std::list<Part*>::iterator place_;  // Among those that wait.
    Wake wake_;
  };

  explicit Budget(double usd);

  // What something cost that had no part in the budget, as a model whose name has no price of its
  // own.
  void spend(double usd);

  struct State {
    double limit = 0;
    double spent = 0;     // Settled, and the reserves of what ended without a known cost.
    double unknown = 0;   // The part of `spent` that is such reserves.
    double reserved = 0;  // Of requests under way.
    std::uint64_t waiting = 0;
    // A request waits that does not fit though nothing is under way: no request can be sent any
    // more, not even a smaller one. Stays true.
    bool exhausted = false;
  };
  State state() const;

 private:
  bool fits(std::int64_t amount) const;
  void grant(Part& part);
  void end(Part& part, std::int64_t cost);
  void admit_waiting(Wakes& wakes);

  const std::int64_t limit_;
  mutable std::mutex mutex_;
  std::int64_t spent_ = 0;
  std::int64_t unknown_ = 0;
  std::int64_t reserved_ = 0;
  std::uint64_t under_way_ = 0;
  bool exhausted_ = false;
  std::list<Part*> waiting_;
};

}  // namespace client
