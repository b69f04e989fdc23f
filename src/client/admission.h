// Lets a request go when the budget and the rate limits of its client allow it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "client/budget.h"
#include "client/context.h"
#include "client/llm_spec.h"
#include "client/pacing.h"
#include "client/wakes.h"
#include "net/event_loop.h"

namespace client {

// One request's way through the budget, then a place among `concurrency`, then the buckets. In this
// order a request that waits for others' money holds nobody else's place.
//
// Threads:  its context's; what it waits for may come from other workers.
// Lifetime: the context and the spec outlive it.
class Admission {
 public:
  Admission(Context& context, const LlmSpec& spec, std::function<void()> on_admitted);
  ~Admission();
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // There is nothing that a request would have to wait for.
  bool is_free() const { return !money_ && !pace_; }

  // Calls on_admitted once: before it returns, or later from the loop. False where that can never
  // be: the load is over (Context::load_over), and the budget used up.
  bool enter();

  // The request is over. Money that it may have cost without our knowing stays spent.
  void settle(const LlmAnswer& answer, bool was_sent);

 private:
  // For word from other threads, which may come when the admission is gone, and its loop as well.
  struct Door {
    std::mutex mutex;
    Admission* inside = nullptr;  // Null once it is gone.
  };

  void take_place();
  void charge();
  void wait_for_bucket();
  Wake from_any_thread(void (Admission::*next)());
  void settle_money(const LlmAnswer& answer, bool was_sent);
  void record_used_here(const LlmAnswer& answer);
  void settle_pace(const LlmAnswer& answer, bool was_sent);

  Context& context_;
  const LlmSpec& spec_;
  std::function<void()> on_admitted_;
  double worst_case_ = 0;
  bool admitted_ = false;
  std::unique_ptr<Budget::Part> money_;  // Null where there is no budget or no price.
  std::unique_ptr<Pacing::Part> pace_;   // Null where there are no limits.
  std::unique_ptr<net::EventLoop::Timer> timer_;
  std::shared_ptr<Door> door_;  // Null where there is nothing to wait for.
};

}  // namespace client
