#include "load/executor.h"

#include <algorithm>
#include <utility>

#include "load/schedule.h"
#include "metrics/builtin.h"

namespace load {

//   kIdle ──► kStarting ──► kWaiting ◄──► kIterating
//     ▲           └────────────┴──────┬───────┘
//     └──────────────────────── kStopping
//
// The slot's alarm: in kIdle the next span's begin; in kWaiting the due time or the span's end; in
// kStarting and kIterating the span's end and then `deadline`; in kStopping its kOnStopLimit.
struct Executor::Slot {
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
  base::TimePoint due{};  // Of the iteration under way, or of the next.

  bool has_span() const { return next_span < spans.size(); }
  bool finished() const { return !vu && !has_span(); }
};

Executor::Executor(const Scenario& scenario, std::size_t scenario_index, Stripe stripe,
                   SharedIterations& shared, metrics::Shard& shard, const base::Clock& clock,
                   MakeVu make_vu)
    : scenario_(scenario),
      shared_(shared),
      shard_(shard),
      clock_(clock),
      make_vu_(std::move(make_vu)),
      alarms_(0) {
  const std::uint64_t vus = scenario.max_vus();
  const auto classes = assign_user_classes(scenario.users, vus);
  for (std::uint64_t slot = stripe.index; slot < vus; slot += stripe.count) {
    Slot& made = slots_.emplace_back();
    made.identity = {slot + 1, scenario_index, classes[slot]};
    made.spans = wanted_spans(scenario, slot);
    if (!made.finished()) ++unfinished_;
  }
  alarms_ = Alarms(slots_.size());
}

Executor::~Executor() = default;

void Executor::begin(base::TimePoint start) {
  start_ = start + scenario_.start_time;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].has_span()) alarms_.set(i, start_ + slots_[i].spans.front().begin);
  }
}

void Executor::advance(base::TimePoint now) {
  // The last shared iteration may have been taken by another worker.
  if (!exhausted_) iterations_left(now);
  // Callbacks first: a VU that finished in time is not interrupted because we come late.
  for (std::size_t i = 0; i < called_back_.size(); ++i) on_called_back(called_back_[i], now);
  called_back_.clear();
  while (!alarms_.empty() && alarms_.time() <= now) on_alarm(alarms_.slot(), now);
}

std::optional<base::TimePoint> Executor::next_wake() const {
  if (!called_back_.empty()) return clock_.now();
  if (alarms_.empty()) return std::nullopt;
  return alarms_.time();
}

void Executor::stop_gracefully(base::TimePoint now) {
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

void Executor::stop_now(base::TimePoint /*now*/) {
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

void Executor::on_alarm(std::size_t index, base::TimePoint now) {
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

void Executor::on_called_back(std::size_t index, base::TimePoint now) {
  Slot& slot = slots_[index];
  slot.called_back = false;
  if (slot.state == Slot::State::kStopping) return retire(index);
  next_iteration(index, now);
}

void Executor::begin_span(std::size_t index, base::TimePoint now) {
  Slot& slot = slots_[index];
  while (slot.has_span() && start_ + slot.spans[slot.next_span].end <= now) ++slot.next_span;
  if (!slot.has_span() || !iterations_left(now)) {
    slot.next_span = slot.spans.size();
    alarms_.cancel(index);
    --unfinished_;
    return;
  }
  const Span span = slot.spans[slot.next_span++];
  slot.span_end = start_ + span.end;
  slot.state = Slot::State::kStarting;
  slot.vu = make_vu_(slot.identity);
  ++active_;
  alarms_.set(index, slot.span_end);
  slot.vu->run_on_start([this, index] { note_called_back(index); });
}

// Begins the next iteration, or waits for its due time; or ends the VU where there is none.
void Executor::next_iteration(std::size_t index, base::TimePoint now) {
  Slot& slot = slots_[index];
  if (slot.span_end <= now || !iterations_left(now)) return run_on_stop(index, now);
  if (slot.due > now) {
    slot.state = Slot::State::kWaiting;
    alarms_.set(index, std::min(slot.due, slot.span_end));
    return;
  }
  if (!take_iteration(now)) return run_on_stop(index, now);
  run_iteration(index);
}

void Executor::run_iteration(std::size_t index) {
  Slot& slot = slots_[index];
  slot.state = Slot::State::kIterating;
  alarms_.set(index, slot.span_end);
  slot.vu->run_iteration(slot.due, [this, index](base::Duration think_time) {
    note_iteration_done(index, think_time);
  });
}

void Executor::end_under_way(std::size_t index, base::TimePoint deadline) {
  Slot& slot = slots_[index];
  slot.ending = true;
  slot.deadline = deadline;
  const bool wanted_again =
      slot.has_span() && start_ + slot.spans[slot.next_span].begin <= deadline;
  alarms_.set(index, wanted_again ? start_ + slot.spans[slot.next_span].begin : deadline);
}

void Executor::keep_or_interrupt(std::size_t index, base::TimePoint now) {
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

void Executor::run_on_stop(std::size_t index, base::TimePoint now) {
  Slot& slot = slots_[index];
  slot.ending = false;
  slot.state = Slot::State::kStopping;
  alarms_.set(index, now + kOnStopLimit);
  slot.vu->run_on_stop([this, index] { note_called_back(index); });
}

void Executor::retire(std::size_t index) {
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

void Executor::note_called_back(std::size_t index) {
  slots_[index].called_back = true;
  slots_[index].due = clock_.now();
  called_back_.push_back(index);
}

void Executor::note_iteration_done(std::size_t index, base::Duration think_time) {
  Slot& slot = slots_[index];
  const base::TimePoint now = clock_.now();
  const metrics::TagsId tags = slot.vu->tags();
  const base::TimePoint begun = slot.vu->begun().value_or(now);
  shard_.add(metrics::kIterations, tags, 1);
  shard_.add(metrics::kIterationDuration, tags, base::to_seconds(now - begun));
  shard_.add(metrics::kIterationDurationFromDue, tags, base::to_seconds(now - slot.due));
  shard_.add(metrics::kStartLag, tags, base::to_seconds(begun - slot.due));
  slot.called_back = true;
  slot.due = now + std::max(think_time, base::Duration::zero());
  called_back_.push_back(index);
}

void Executor::interrupt(Slot& slot) {
  if (slot.state == Slot::State::kIterating) record_interrupted(slot);
  slot.vu->interrupt();
}

void Executor::record_interrupted(const Slot& slot) {
  const base::TimePoint now = clock_.now();
  const metrics::TagsId tags = slot.vu->tags();
  shard_.add(metrics::kInterruptedIterations, tags, 1);
  shard_.add_lower_bound(metrics::kIterationDurationFromDue, tags,
                         base::to_seconds(now - slot.due));
  if (const auto begun = slot.vu->begun()) {
    shard_.add_lower_bound(metrics::kIterationDuration, tags, base::to_seconds(now - *begun));
    shard_.add(metrics::kStartLag, tags, base::to_seconds(*begun - slot.due));
  } else {
    shard_.add_lower_bound(metrics::kStartLag, tags, base::to_seconds(now - slot.due));
  }
}

base::TimePoint Executor::graceful_deadline(base::TimePoint span_end) const {
  const base::TimePoint end = start_ + scenario_.regular_duration();
  const base::TimePoint last = end + scenario_.graceful_stop;
  const bool ramped_down = scenario_.executor == ExecutorKind::kRampingVus && span_end < end;
  return ramped_down ? std::min(span_end + scenario_.graceful_ramp_down, last) : last;
}

bool Executor::iterations_left(base::TimePoint now) {
  if (scenario_.executor != ExecutorKind::kSharedIterations) return true;
  if (exhausted_) return false;
  if (shared_.taken.load(std::memory_order_relaxed) < scenario_.iterations) return true;
  end_waiting(now);
  return false;
}

bool Executor::take_iteration(base::TimePoint now) {
  if (scenario_.executor != ExecutorKind::kSharedIterations) return true;
  const std::uint64_t taken = shared_.taken.fetch_add(1, std::memory_order_relaxed) + 1;
  if (taken >= scenario_.iterations) end_waiting(now);
  return taken <= scenario_.iterations;
}

// No iteration is left: VUs in their think time have nothing to wait for.
void Executor::end_waiting(base::TimePoint now) {
  exhausted_ = true;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].state == Slot::State::kWaiting) alarms_.set(i, now);
  }
}

}  // namespace load
