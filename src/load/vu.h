// A virtual user, as the executors see it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "metrics/tags.h"

namespace load {

// Which VU to make.
struct VuIdentity {
  std::uint64_t id = 0;        // From 1, unique in the run; the same for every number of workers.
  std::size_t scenario = 0;    // Index into the plan's scenarios.
  std::size_t user_class = 0;  // Index into the scenario's user classes.
};

// Which iteration to run.
struct Iteration {
  base::TimePoint due{};
  base::Duration vu_wait{};  // For how long after it was due it had no free VU.
  // Among all of the scenario's iterations in the whole test, from 0; of a trace: the arrival's.
  std::uint64_t number = 0;
};

// One VU: at any time it does nothing or one of on_start, an iteration, on_stop.
//
// Each of the three begins with its call and ends with exactly one call of its callback, from the
// loop's turn end and never from within the call that began it, unless interrupt() comes first:
// then the callback is dropped. Where its class has no on_start, an iteration or on_stop may be the
// first thing that a VU is asked for.
//
// Threads: its worker's.
class Vu {
 public:
  using Done = std::function<void()>;
  // The pause that the user class asks for before this VU's next iteration.
  using IterationDone = std::function<void(base::Duration think_time)>;

  virtual ~Vu() = default;

  virtual void run_on_start(Done done) = 0;
  virtual void run_iteration(const Iteration& iteration, IterationDone done) = 0;
  virtual void run_on_stop(Done done) = 0;

  // Gives up what the VU is doing, now; requests in flight become censored. Afterwards the VU does
  // nothing and on_stop can run.
  virtual void interrupt() = 0;

  // When the iteration under way, or the last one, really began; nothing where it was interrupted
  // before it could.
  virtual std::optional<base::TimePoint> begun() const = 0;

  // How much of the time of the iteration under way, or of the last one, was the client's own
  // delay: between what its script waited for and its going on.
  virtual base::Duration lateness() const { return {}; }

  // The tags of the iteration under way or of the last one (scenario, user, task).
  virtual metrics::TagsId tags() const = 0;
};

using MakeVu = std::function<std::unique_ptr<Vu>(const VuIdentity&)>;

}  // namespace load
