#include "load/arrival_executor.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace load {

//   kStarting ──► kFree ◄──► kIterating
//       └───────────┴──┬────────┘
//                  kStopping ──► kGone
struct ArrivalExecutor::Slot {
  enum class State { kStarting, kFree, kIterating, kStopping, kGone };

  std::unique_ptr<Vu> vu;
  std::size_t user_class = 0;
  State state = State::kStarting;
  bool called_back = false;          // The VU is done with what the state says,
  base::TimePoint called_back_at{};  // and has been since then.
  base::TimePoint on_stop_deadline{};
  Iteration iteration;  // Under way, or the last one.
};

namespace {

// The shares of the user classes in a worker's slots.
std::vector<double> shares(const std::vector<std::size_t>& user_class_of, std::size_t classes,
                           Stripe stripe) {
  std::vector<double> counts(classes);
  for (std::size_t slot = stripe.index; slot < user_class_of.size(); slot += stripe.count) {
    ++counts[user_class_of[slot]];
  }
  return counts;
}

// Workers without a slot get no starts: the others share them.
Stripe stripe_of_starts(Stripe stripe, std::uint64_t max_vus) {
  return {stripe.index, std::min(stripe.count, max_vus)};
}

}  // namespace

ArrivalExecutor::ArrivalExecutor(const Scenario& scenario, std::size_t scenario_index,
                                 std::uint64_t plan_seed, Stripe stripe, metrics::Shard& shard,
                                 const base::Clock& clock, MakeVu make_vu)
    : scenario_(scenario),
      scenario_index_(scenario_index),
      recorder_(scenario, shard),
      clock_(clock),
      make_vu_(std::move(make_vu)),
      arrivals_(scenario, arrivals_seed(plan_seed, scenario_index),
                stripe_of_starts(stripe, scenario.max_vus)),
      classes_(scenario.users.size()),
      turns_({}) {
  const auto user_class_of = assign_user_classes(scenario.users, scenario.max_vus);
  turns_ = ClassTurns(shares(user_class_of, classes_.size(), stripe));
  for (std::uint64_t slot = stripe.index; slot < scenario.max_vus; slot += stripe.count) {
    classes_[user_class_of[slot]].unmade.push_back(slot);
    ++unmade_;
  }
  for (Class& user_class : classes_) {
    std::reverse(user_class.unmade.begin(), user_class.unmade.end());
  }
  if (unmade_ == 0) {
    ended_ = true;
  } else {
    next_ = arrivals_.next();
  }
}

ArrivalExecutor::~ArrivalExecutor() = default;

void ArrivalExecutor::begin(base::TimePoint start) {
  start_ = start + scenario_.start_time;
  end_ = start_ + scenario_.regular_duration();
  deadline_ = end_ + scenario_.graceful_stop;
  begun_ = true;
}

// Callbacks and starts are taken in the order of their times, so that a start finds the VUs as they
// were when it was due, however late we come.
void ArrivalExecutor::advance(base::TimePoint now) {
  if (done() || waits_for_begin(now)) return;
  if (!opened_) open();
  for (std::size_t i = 0; i < called_back_.size(); ++i) on_called_back(called_back_[i], now);
  called_back_.clear();
  admit_due(now, now);
  if (!ended_ && now >= end_) end(now);
  if (ended_ && !gave_up_ && now >= deadline_) give_up(now);
  limit_on_stop(now);
}

std::optional<base::TimePoint> ArrivalExecutor::next_wake() const {
  if (done() || !begun_) return std::nullopt;
  if (!called_back_.empty()) return clock_.now();
  if (!opened_) return start_;
  std::optional<base::TimePoint> wake;
  const auto consider = [&wake](base::TimePoint at) { wake = wake ? std::min(*wake, at) : at; };
  if (next_ && can_admit() && !paused_) consider(due(*next_));
  if (!ended_) consider(end_);
  if (ended_ && !gave_up_) consider(deadline_);
  if (!stopping_.empty()) consider(slots_[stopping_.front()].on_stop_deadline);
  return wake;
}

void ArrivalExecutor::stop_gracefully(base::TimePoint now) {
  if (done()) return;
  drop_waiting(now);
  deadline_ = std::min(deadline_, now + scenario_.graceful_stop);
  opened_ = true;
  if (!ended_) end(now);
  advance(now);
}

void ArrivalExecutor::pause(base::TimePoint now) {
  if (paused_) return;
  advance(now);
  give_up_waiting(now);
  paused_ = true;
}

void ArrivalExecutor::resume(base::TimePoint now) {
  if (!paused_) return;
  advance(now);
  paused_ = false;
}

void ArrivalExecutor::stop_now(base::TimePoint now) {
  if (done()) return;
  drop_waiting(now);
  for (Slot& slot : slots_) {
    if (slot.vu && slot.state != Slot::State::kFree && !slot.called_back) interrupt(slot);
    slot.vu.reset();
    slot.state = Slot::State::kGone;
  }
  called_back_.clear();
  stopping_.clear();
  ended_ = true;
  active_ = 0;
}

// ---- VUs

void ArrivalExecutor::open() {
  opened_ = true;
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    std::vector<std::size_t> made;
    auto& unmade = classes_[c].unmade;
    while (!unmade.empty() && unmade.back() < scenario_.pre_allocated_vus) {
      const std::size_t index = make_vu(c);
      if (!scenario_.users[c].has_on_start) made.push_back(index);
    }
    free_ += made.size();
    classes_[c].free.assign(made.rbegin(), made.rend());
  }
}

// Makes the VU of the class's lowest slot without one, and runs its on_start where it has one.
std::size_t ArrivalExecutor::make_vu(std::size_t user_class) {
  const std::uint64_t slot = classes_[user_class].unmade.back();
  classes_[user_class].unmade.pop_back();
  --unmade_;
  ++active_;
  const std::size_t index = slots_.size();
  Slot& made = slots_.emplace_back();
  made.user_class = user_class;
  made.state = Slot::State::kFree;
  made.vu = make_vu_({slot + 1, scenario_index_, user_class});
  if (scenario_.users[user_class].has_on_start) run_on_start(index);
  return index;
}

void ArrivalExecutor::run_on_start(std::size_t index) {
  Slot& slot = slots_[index];
  slot.state = Slot::State::kStarting;
  ++starting_;
  ++classes_[slot.user_class].starting;
  slot.vu->run_on_start([this, index] { note_called_back(index); });
}

// ---- starts

void ArrivalExecutor::admit_due(base::TimePoint until, base::TimePoint now) {
  if (now >= deadline_) return;  // Too late to begin anything.
  if (paused_) return drop_due(until);
  while (next_ && due(*next_) <= until && can_admit()) admit(take_next());
}

void ArrivalExecutor::drop_due(base::TimePoint until) {
  while (next_ && due(*next_) <= until) {
    take_next();
    recorder_.dropped();
  }
}

// Whether the next start has anywhere to go when it is due; else it stays in the schedule.
bool ArrivalExecutor::can_admit() const {
  return scenario_.overflow == Overflow::kDrop || free_ > 0 || unmade_ > 0 ||
         starting_ > waiting_.size();
}

void ArrivalExecutor::admit(const Start& start) {
  if (const auto index = find_vu()) {
    run_iteration(*index, start, base::Duration::zero());
  } else if (starting_ > waiting_.size()) {
    waiting_.push_back(start);
  } else {
    recorder_.dropped();
  }
}

Start ArrivalExecutor::take_next() {
  const Start start = *next_;
  next_ = arrivals_.next();
  return start;
}

// A VU that can begin now; where there is none but a slot, one is made that can soon.
std::optional<std::size_t> ArrivalExecutor::find_vu() {
  const std::size_t wanted = turns_.next();
  for (std::size_t offset = 0; offset < classes_.size(); ++offset) {
    const std::size_t c = (wanted + offset) % classes_.size();
    Class& user_class = classes_[c];
    if (!user_class.free.empty()) {
      const std::size_t index = user_class.free.back();
      user_class.free.pop_back();
      --free_;
      return index;
    }
    if (user_class.unmade.empty()) continue;
    if (!scenario_.users[c].has_on_start) return make_vu(c);
    // Another class takes this start, and there will be a VU for the wanted one's next.
    if (offset == 0 && user_class.starting == 0) make_vu(c);
  }
  if (starting_ == waiting_.size()) make_another(wanted);
  return std::nullopt;
}

void ArrivalExecutor::make_another(std::size_t wanted) {
  for (std::size_t offset = 0; offset < classes_.size(); ++offset) {
    const std::size_t c = (wanted + offset) % classes_.size();
    if (classes_[c].unmade.empty()) continue;
    make_vu(c);
    return;
  }
}

void ArrivalExecutor::run_iteration(std::size_t index, const Start& start, base::Duration vu_wait) {
  Slot& slot = slots_[index];
  slot.state = Slot::State::kIterating;
  slot.iteration = {due(start), vu_wait, start.number};
  slot.vu->run_iteration(slot.iteration,
                         [this, index](base::Duration) { note_iteration_done(index); });
}

// ---- callbacks

void ArrivalExecutor::note_called_back(std::size_t index) {
  slots_[index].called_back = true;
  slots_[index].called_back_at = clock_.now();
  called_back_.push_back(index);
}

void ArrivalExecutor::note_iteration_done(std::size_t index) {
  const Slot& slot = slots_[index];
  recorder_.finished(*slot.vu, slot.iteration, clock_.now());
  note_called_back(index);
}

void ArrivalExecutor::on_called_back(std::size_t index, base::TimePoint now) {
  const base::TimePoint since = slots_[index].called_back_at;
  admit_due(since - base::Duration(1), now);  // Those that were due while this VU was busy.
  Slot& slot = slots_[index];
  slot.called_back = false;
  if (slot.state == Slot::State::kStopping) return retire(index);
  if (slot.state == Slot::State::kStarting) {
    --starting_;
    --classes_[slot.user_class].starting;
  }
  on_free(index, since, now);
}

void ArrivalExecutor::on_free(std::size_t index, base::TimePoint since, base::TimePoint now) {
  Slot& slot = slots_[index];
  slot.state = Slot::State::kFree;
  if (now < deadline_ && !paused_) {
    if (const auto start = take_waiting(since)) {
      return run_iteration(index, *start, since - due(*start));
    }
  }
  if (ended_) return run_on_stop(index, now);
  classes_[slot.user_class].free.push_back(index);
  ++free_;
}

// The first start that was due at a time and that no VU has taken.
std::optional<Start> ArrivalExecutor::take_waiting(base::TimePoint at) {
  if (!waiting_.empty()) {
    const Start start = waiting_.front();
    waiting_.pop_front();
    return start;
  }
  if (!next_ || due(*next_) > at) return std::nullopt;
  turns_.next();  // Its turn goes to whichever class the VU is of.
  return take_next();
}

// ---- the end

void ArrivalExecutor::end(base::TimePoint now) {
  ended_ = true;
  for (Class& user_class : classes_) {
    for (const std::size_t index : user_class.free) run_on_stop(index, now);
    user_class.free.clear();
    user_class.unmade.clear();
  }
  free_ = 0;
  unmade_ = 0;
}

void ArrivalExecutor::give_up(base::TimePoint now) {
  gave_up_ = true;
  drop_waiting(now);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (slot.state != Slot::State::kStarting && slot.state != Slot::State::kIterating) continue;
    interrupt(slot);
    run_on_stop(i, now);
  }
}

void ArrivalExecutor::drop_waiting(base::TimePoint now) {
  give_up_waiting(now);
  next_.reset();
}

// What was due while it was paused never waited for a VU.
void ArrivalExecutor::give_up_waiting(base::TimePoint now) {
  for (const Start& start : waiting_) recorder_.never_begun(due(start), now);
  waiting_.clear();
  if (!begun_) return;
  if (paused_) return drop_due(now);
  while (next_ && due(*next_) <= now) recorder_.never_begun(due(take_next()), now);
}

void ArrivalExecutor::run_on_stop(std::size_t index, base::TimePoint now) {
  Slot& slot = slots_[index];
  slot.state = Slot::State::kStopping;
  slot.on_stop_deadline = now + kOnStopLimit;
  stopping_.push_back(index);
  slot.vu->run_on_stop([this, index] { note_called_back(index); });
}

void ArrivalExecutor::limit_on_stop(base::TimePoint now) {
  while (!stopping_.empty() && slots_[stopping_.front()].on_stop_deadline <= now) {
    interrupt(slots_[stopping_.front()]);
    retire(stopping_.front());
  }
}

void ArrivalExecutor::interrupt(Slot& slot) {
  if (slot.state == Slot::State::kIterating) {
    recorder_.interrupted(*slot.vu, slot.iteration, clock_.now());
  }
  slot.vu->interrupt();
}

void ArrivalExecutor::retire(std::size_t index) {
  slots_[index].vu.reset();
  slots_[index].state = Slot::State::kGone;
  --active_;
  const auto gone = [this](std::size_t i) { return slots_[i].state == Slot::State::kGone; };
  while (!stopping_.empty() && gone(stopping_.front())) stopping_.pop_front();
}

}  // namespace load
