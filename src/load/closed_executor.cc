#include "load/closed_executor.h"

#include <algorithm>
#include <utility>

#include "load/schedule.h"

namespace load {

//   kIdle ──► kStarting ──► kWaiting ◄──► kIterating
//     ▲           └────────────┴──────┬───────┘
//     └──────────────────────── kStopping
//
// The slot's alarm: in kIdle the next span's begin; in kWaiting the due time or the span's end; in
// kStarting and kIterating the span's end and then `deadline`; in kStopping its kOnStopLimit.
struct ClosedExecutor::Slot {
  enum class State { kIdle, kStarting, kWaiting, kIterating, kStopping };

  VuIdentity identity;
  std::vector<Span> spans;
  std::size_t next_span = 0;
  std::unique_ptr<Vu> vu;
  State state = State::kIdle;
  bool called_back = false;  // The VU is done with what the state says.
  bool ending = false;       // The span is over, but what is under way may go on until `deadline`.
  base::TimePoint span_end{};
  base::TimePoint deadline{};
  Iteration iteration;           // Under way, or the next one.
  std::uint64_t iterations = 0;  // Begun by the slot's VUs.

  bool wanted = true;  // By the number of users that holds now.

  bool has_span() const { return next_span < spans.size(); }
  bool finished() const { return !vu && !has_span(); }
};

ClosedExecutor::ClosedExecutor(const Scenario& scenario, std::size_t scenario_index, Stripe stripe,
                               SharedIterations& shared, metrics::Shard& shard,
                               const base::Clock& clock, MakeVu make_vu)
    : scenario_(scenario),
      scenario_index_(scenario_index),
      stripe_(stripe),
      shared_(shared),
      recorder_(scenario, shard),
      clock_(clock),
      make_vu_(std::move(make_vu)),
      alarms_(0) {
  const std::uint64_t vus = scenario.most_vus();
  const auto classes = assign_user_classes(scenario.users, vus);
  for (std::uint64_t slot = stripe.index; slot < vus; slot += stripe.count) {
    Slot& made = slots_.emplace_back();
    made.identity = {slot + 1, scenario_index, classes[slot]};
    made.spans = wanted_spans(scenario, slot);
    if (!made.finished()) ++unfinished_;
  }
  alarms_ = Alarms(slots_.size());
}

ClosedExecutor::~ClosedExecutor() = default;

void ClosedExecutor::begin(base::TimePoint start) {
  start_ = start + scenario_.start_time;
  begun_ = true;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].has_span()) alarms_.set(i, start_ + slots_[i].spans.front().begin);
  }
}

void ClosedExecutor::advance(base::TimePoint now) {
  if (open_ && now >= end()) open_ = false;
  // The last shared iteration may have been taken by another worker.
  shared_left(now);
  // Callbacks first: a VU that finished in time is not interrupted because we come late.
  for (std::size_t i = 0; i < called_back_.size(); ++i) on_called_back(called_back_[i], now);
  called_back_.clear();
  while (!alarms_.empty() && alarms_.time() <= now) on_alarm(alarms_.slot(), now);
}

std::optional<base::TimePoint> ClosedExecutor::next_wake() const {
  if (!called_back_.empty()) return clock_.now();
  std::optional<base::TimePoint> wake;
  if (!alarms_.empty()) wake = alarms_.time();
  if (open_ && begun_) wake = wake ? std::min(*wake, end()) : end();
  return wake;
}

void ClosedExecutor::stop_gracefully(base::TimePoint now) {
  open_ = false;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (slot.finished()) continue;
    slot.spans.clear();
    slot.next_span = 0;
    slot.span_end = std::min(slot.span_end, now);
    if (slot.state == Slot::State::kStarting || slot.state == Slot::State::kIterating) {
      const base::TimePoint deadline = now + scenario_.graceful_stop;
      end_under_way(i, slot.ending ? std::min(slot.deadline, deadline) : deadline);
    } else if (slot.state != Slot::State::kStopping) {
      alarms_.set(i, now);
    }
  }
  advance(now);
}

// ---- pauses

void ClosedExecutor::pause(base::TimePoint now) {
  if (paused_) return;
  advance(now);
  paused_ = true;
}

void ClosedExecutor::resume(base::TimePoint now) {
  if (!paused_) return;
  advance(now);
  paused_ = false;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (slot.state == Slot::State::kWaiting) {
      slot.iteration.due = std::max(slot.iteration.due, now);
      alarms_.set(i, std::min(slot.iteration.due, slot.span_end));
    } else if (slot.state == Slot::State::kIdle && slot.has_span()) {
      alarms_.set(i, std::max(now, start_ + slot.spans[slot.next_span].begin));
    }
  }
  advance(now);
}

// ---- changes of the users

void ClosedExecutor::allow_changes() { open_ = scenario_.users_may_change(); }

void ClosedExecutor::set_users(std::uint64_t users, base::TimePoint now) {
  if (!open_ || now >= end()) return;
  add_slots(users);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const bool wanted = stripe_.index + i * stripe_.count < users;
    if (std::exchange(slots_[i].wanted, wanted) == wanted) continue;
    if (wanted) {
      want(i, now);
    } else {
      unwant(i, now);
    }
  }
  advance(now);
}

// Those that are new are not wanted yet.
void ClosedExecutor::add_slots(std::uint64_t users) {
  const std::uint64_t first = stripe_.index + slots_.size() * stripe_.count;
  if (first >= users) return;
  const auto classes = assign_user_classes(scenario_.users, users);
  for (std::uint64_t slot = first; slot < users; slot += stripe_.count) {
    Slot& made = slots_.emplace_back();
    made.identity = {slot + 1, scenario_index_, classes[slot]};
    made.wanted = false;
  }
  alarms_.grow_to(slots_.size());
}

void ClosedExecutor::want(std::size_t index, base::TimePoint now) {
  Slot& slot = slots_[index];
  if (slot.finished()) ++unfinished_;
  const base::TimePoint begin = std::max(now, start_);
  slot.spans = {{begin - start_, scenario_.regular_duration()}};
  slot.next_span = 0;
  // A VU in on_stop finds the span when it is done.
  if (!slot.vu || slot.ending) alarms_.set(index, begin);
}

void ClosedExecutor::unwant(std::size_t index, base::TimePoint now) {
  Slot& slot = slots_[index];
  const bool was_finished = slot.finished();
  slot.spans.clear();
  slot.next_span = 0;
  slot.span_end = std::min(slot.span_end, now);
  switch (slot.state) {
    case Slot::State::kIdle:
      if (!was_finished) --unfinished_;
      return alarms_.cancel(index);
    case Slot::State::kWaiting:
      return alarms_.set(index, now);
    case Slot::State::kStarting:
    case Slot::State::kIterating:
      return end_under_way(
          index, std::min(now + scenario_.graceful_ramp_down, end() + scenario_.graceful_stop));
    case Slot::State::kStopping:
      return;
  }
}

void ClosedExecutor::stop_now(base::TimePoint /*now*/) {
  open_ = false;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (slot.vu && slot.state != Slot::State::kWaiting && !slot.called_back) interrupt(slot);
    slot.vu.reset();
    slot.spans.clear();
    slot.next_span = 0;
    alarms_.cancel(i);
  }
  called_back_.clear();
  active_ = 0;
  unfinished_ = 0;
}

void ClosedExecutor::on_alarm(std::size_t index, base::TimePoint now) {
  Slot& slot = slots_[index];
  switch (slot.state) {
    case Slot::State::kIdle:
      return begin_span(index, now);
    case Slot::State::kWaiting:
      return next_iteration(index, now);
    case Slot::State::kStarting:
    case Slot::State::kIterating:
      if (slot.ending) return keep_or_interrupt(index, now);
      return end_under_way(index, graceful_deadline(slot.span_end));
    case Slot::State::kStopping:
      interrupt(slot);
      return retire(index);
  }
}

void ClosedExecutor::on_called_back(std::size_t index, base::TimePoint now) {
  Slot& slot = slots_[index];
  slot.called_back = false;
  if (slot.state == Slot::State::kStopping) return retire(index);
  next_iteration(index, now);
}

void ClosedExecutor::begin_span(std::size_t index, base::TimePoint now) {
  Slot& slot = slots_[index];
  while (slot.has_span() && start_ + slot.spans[slot.next_span].end <= now) ++slot.next_span;
  if (!slot.has_span() || !iterations_left(slot, now)) {
    slot.next_span = slot.spans.size();
    alarms_.cancel(index);
    --unfinished_;
    return;
  }
  if (paused_) return alarms_.set(index, start_ + slot.spans[slot.next_span].end);
  const Span span = slot.spans[slot.next_span++];
  slot.span_end = start_ + span.end;
  slot.state = Slot::State::kStarting;
  slot.vu = make_vu_(slot.identity);
  ++active_;
  alarms_.set(index, slot.span_end);
  slot.vu->run_on_start([this, index] { note_called_back(index); });
}

// Begins the next iteration, or waits for its due time; or ends the VU where there is none.
void ClosedExecutor::next_iteration(std::size_t index, base::TimePoint now) {
  Slot& slot = slots_[index];
  if (slot.span_end <= now || !iterations_left(slot, now)) return run_on_stop(index, now);
  if (slot.iteration.due > now || paused_) {
    slot.state = Slot::State::kWaiting;
    alarms_.set(index, paused_ ? slot.span_end : std::min(slot.iteration.due, slot.span_end));
    return;
  }
  if (!take_iteration(slot, now)) return run_on_stop(index, now);
  run_iteration(index);
}

void ClosedExecutor::run_iteration(std::size_t index) {
  Slot& slot = slots_[index];
  slot.state = Slot::State::kIterating;
  alarms_.set(index, slot.span_end);
  slot.vu->run_iteration(slot.iteration, [this, index](base::Duration think_time) {
    note_iteration_done(index, think_time);
  });
}

void ClosedExecutor::end_under_way(std::size_t index, base::TimePoint deadline) {
  Slot& slot = slots_[index];
  slot.ending = true;
  slot.deadline = deadline;
  const bool wanted_again =
      slot.has_span() && start_ + slot.spans[slot.next_span].begin <= deadline;
  alarms_.set(index, wanted_again ? start_ + slot.spans[slot.next_span].begin : deadline);
}

void ClosedExecutor::keep_or_interrupt(std::size_t index, base::TimePoint now) {
  Slot& slot = slots_[index];
  if (slot.has_span() && start_ + slot.spans[slot.next_span].begin <= slot.deadline) {
    slot.ending = false;
    slot.span_end = start_ + slot.spans[slot.next_span++].end;
    alarms_.set(index, slot.span_end);
    return;
  }
  interrupt(slot);
  run_on_stop(index, now);
}

void ClosedExecutor::run_on_stop(std::size_t index, base::TimePoint now) {
  Slot& slot = slots_[index];
  slot.ending = false;
  slot.state = Slot::State::kStopping;
  alarms_.set(index, now + kOnStopLimit);
  slot.vu->run_on_stop([this, index] { note_called_back(index); });
}

void ClosedExecutor::retire(std::size_t index) {
  Slot& slot = slots_[index];
  slot.vu.reset();
  slot.state = Slot::State::kIdle;
  --active_;
  if (slot.has_span()) {
    alarms_.set(index, start_ + slot.spans[slot.next_span].begin);
  } else {
    alarms_.cancel(index);
    --unfinished_;
  }
}

void ClosedExecutor::note_called_back(std::size_t index) {
  slots_[index].called_back = true;
  slots_[index].iteration.due = clock_.now();
  called_back_.push_back(index);
}

void ClosedExecutor::note_iteration_done(std::size_t index, base::Duration think_time) {
  Slot& slot = slots_[index];
  const base::TimePoint now = clock_.now();
  recorder_.finished(*slot.vu, slot.iteration, now);
  slot.called_back = true;
  slot.iteration.due = now + std::max(think_time, base::Duration::zero());
  called_back_.push_back(index);
}

void ClosedExecutor::interrupt(Slot& slot) {
  if (slot.state == Slot::State::kIterating) {
    recorder_.interrupted(*slot.vu, slot.iteration, clock_.now());
  }
  slot.vu->interrupt();
}

base::TimePoint ClosedExecutor::graceful_deadline(base::TimePoint span_end) const {
  const base::TimePoint end = start_ + scenario_.regular_duration();
  const base::TimePoint last = end + scenario_.graceful_stop;
  const bool ramped_down = scenario_.executor == ExecutorKind::kRampingVus && span_end < end;
  return ramped_down ? std::min(span_end + scenario_.graceful_ramp_down, last) : last;
}

bool ClosedExecutor::iterations_left(const Slot& slot, base::TimePoint now) {
  if (scenario_.executor == ExecutorKind::kPerVuIterations) {
    return slot.iterations < scenario_.iterations;
  }
  return shared_left(now);
}

bool ClosedExecutor::shared_left(base::TimePoint now) {
  if (scenario_.executor != ExecutorKind::kSharedIterations) return true;
  if (exhausted_) return false;
  if (shared_.taken.load(std::memory_order_relaxed) < scenario_.iterations) return true;
  end_waiting(now);
  return false;
}

bool ClosedExecutor::take_iteration(Slot& slot, base::TimePoint now) {
  const std::uint64_t number = shared_.taken.fetch_add(1, std::memory_order_relaxed);
  slot.iteration.number = number;
  ++slot.iterations;
  if (scenario_.executor != ExecutorKind::kSharedIterations) return true;
  if (number + 1 >= scenario_.iterations) end_waiting(now);
  return number < scenario_.iterations;
}

// No iteration is left: VUs in their think time have nothing to wait for.
void ClosedExecutor::end_waiting(base::TimePoint now) {
  exhausted_ = true;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].state == Slot::State::kWaiting) alarms_.set(i, now);
  }
}

}  // namespace load
