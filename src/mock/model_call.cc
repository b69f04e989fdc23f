#include "mock/model_call.h"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "mock/dialect.h"
#include "mock/fault_stream.h"

namespace mock {
namespace {

base::Duration prefill_time(const Profile& profile, const Usage& usage) {
  if (profile.prefill_rate <= 0) return {};
  const std::int64_t read_now = usage.all_input() - usage.cache.read_tokens;
  return base::from_seconds(static_cast<double>(read_now) / profile.prefill_rate);
}

}  // namespace

// The way of a stream's events through its fault.
struct ModelCall::FaultySends {
  struct Given {
    std::string_view name;
    std::uint32_t tokens = 0;
    std::int64_t tokens_made = 0;
  };

  FaultStream fault;
  std::vector<SendAction> actions{};
  std::size_t next_action = 0;
  std::deque<Given> given{};  // And not out yet.
  bool ended = false;         // Every event was given.

  const SendAction* action() const {
    return next_action < actions.size() ? &actions[next_action] : nullptr;
  }

  // The next action is that the connection ends.
  bool breaks_off() const {
    return action() != nullptr && (action()->kind == SendAction::Kind::kClose ||
                                   action()->kind == SendAction::Kind::kReset);
  }

  // REQUIRES: no action is left.
  void give(Stream& stream) {
    actions.clear();
    next_action = 0;
    if (const StreamEvent* event = stream.event()) {
      given.push_back({event->name, event->tokens, stream.tokens()});
      fault.apply(*event, actions);
      stream.skip();
    } else {
      ended = true;
      fault.end(actions);
    }
  }
};

void refuse(Backend& backend, Arrival& arrival, Reply reply) {
  ++arrival.ledger->stats.by_status[reply.status];
  if (backend.recorder != nullptr && arrival.request.stream) {
    StreamRecord record;
    record.request_id = arrival.request_id;
    record.received = arrival.received;
    record.status = reply.status;
    backend.recorder->record(std::move(record));
  }
  arrival.exchange->reply(reply);
}

void refuse(Backend& backend, Arrival& arrival, const ApiError& error, const Headers& more) {
  const ModelRequest& request = arrival.request;
  Reply reply = refusal_reply(request.dialect, error, arrival.request_id, request.organization);
  merge_headers(reply.headers, more);
  refuse(backend, arrival, std::move(reply));
}

ModelCall::ModelCall(Backend& backend, Arrival arrival)
    : backend_(backend),
      arrival_(std::move(arrival)),
      place_(backend.capacity),
      let_in_(arrival_.received) {
  record_.request_id = arrival_.request_id;
  record_.received = arrival_.received;
}

ModelCall::~ModelCall() { backend_.pacer.cancel(task_); }

void ModelCall::start(std::function<void()> on_end) {
  if (!backend_.capacity.take(place_, [this] { enter(); })) {
    refuse(backend_, arrival_, ApiError{529, std::string(error_message("overloaded_error"))});
    return on_end();
  }
  has_waited_ = true;
  on_end_ = std::move(on_end);
  exchange().on_close([this] { abandon(); });
}

bool ModelCall::has_fault(Fault::Kind kind) const {
  return arrival_.fault && arrival_.fault->kind == kind;
}

void ModelCall::enter() {
  const Profile& profile = backend_.options.profile;
  const base::TimePoint now = backend_.loop.now();
  if (has_waited_) let_in_ = now;
  ModelRequest& request = arrival_.request;
  cache_use_ = backend_.cache.look_up(request, arrival_.received);
  answer_ = make_answer(profile, request, cache_use_.tokens, backend_.wall(now), arrival_.draws);
  if (has_fault(Fault::Kind::kRefusal)) answer_.stop_reason = StopReason::kRefusal;
  if (has_fault(Fault::Kind::kPause)) answer_.stop_reason = StopReason::kPauseTurn;
  constexpr double kFastMode = 2.5;  // Times as many tokens per second; the first is no faster.
  double slowdown = 1 + (profile.slowdown - 1) * backend_.capacity.load();
  if (answer_.fast) slowdown /= kFastMode;
  schedule(TokenPace(profile, prefill_time(profile, answer_.usage), slowdown, arrival_.draws.pace));
  // A long prompt need not stay for as long as its answer.
  request.prompt = {};
  request.tools = {};
}

void ModelCall::schedule(const TokenPace& pace) {
  base::TimePoint due = let_in_ + pace.current();
  if (has_fault(Fault::Kind::kSlowHeaders)) due += arrival_.fault->length;
  if (arrival_.request.stream) {
    stream_.emplace(answer_,
                    AnswerSteps(backend_.options.profile, answer_,
                                arrival_.request.eager_tool_input, pace, arrival_.draws),
                    arrival_.draws.padding);
    if (arrival_.fault && is_of_stream(arrival_.fault->kind)) {
      faulty_.reset(new FaultySends{FaultStream(*arrival_.fault, answer_.dialect,
                                                arrival_.draws.fault, arrival_.request_id)});
    }
  } else {
    pace_ = pace;
    TokenPace whole = pace;
    for (std::int64_t i = 0; i < answer_.usage.output_tokens; ++i) whole.next();
    whole_due_ = whole.current();
  }
  task_ = backend_.pacer.start(due, [this] { return act(); });
}

ModelCall::Due ModelCall::act() {
  if (!begun_) begin_answer();
  if (!stream_) return reply_whole();
  return faulty_ ? send_with_fault() : send_event();
}

// The first token is there.
void ModelCall::begin_answer() {
  begun_ = true;
  const base::TimePoint now = backend_.loop.now();
  backend_.cache.begin(cache_use_, now);
  if (arrival_.admission) arrival_.admission->begin(answer_.usage, now);
  if (!stream_) return;
  if (faulty_) faulty_->give(*stream_);
  if (!faulty_ || !faulty_->breaks_off()) begin_stream();
}

void ModelCall::begin_stream() {
  Headers headers = {{"content-type", "text/event-stream; charset=utf-8"},
                     {"cache-control", "no-cache"},
                     {"connection", "keep-alive"}};
  merge_headers(headers, head());
  ++arrival_.ledger->stats.by_status[200];
  exchange().begin_stream(headers);
}

Headers ModelCall::head() const {
  Headers headers =
      answer_headers(answer_.dialect, arrival_.request_id, arrival_.request.organization,
                     backend_.loop.now() - arrival_.received);
  if (arrival_.admission) merge_headers(headers, arrival_.admission->headers());
  return headers;
}

ModelCall::Due ModelCall::send_event() {
  const StreamEvent& event = *stream_->event();
  const base::TimePoint sent = backend_.loop.now();
  exchange().send(event.bytes);
  note_sent(event.name, event.tokens, stream_->tokens(), sent);
  stream_->skip();
  if (const StreamEvent* next = stream_->event()) return let_in_ + next->due;
  complete_ = true;
  exchange().end_stream();
  return end();
}

ModelCall::Due ModelCall::send_with_fault() {
  while (true) {
    const base::TimePoint now = backend_.loop.now();
    const SendAction* action = faulty_->action();
    if (action == nullptr) {
      const StreamEvent* event = stream_->event();
      if (event != nullptr && let_in_ + event->due > now) return let_in_ + event->due;
      faulty_->give(*stream_);
      continue;
    }
    ++faulty_->next_action;
    switch (action->kind) {
      case SendAction::Kind::kSend:
        exchange().send(action->bytes);
        for (std::uint32_t i = 0; i < action->events; ++i) {
          const auto& out = faulty_->given.front();
          note_sent(out.name, out.tokens, out.tokens_made, now);
          faulty_->given.pop_front();
        }
        break;
      case SendAction::Kind::kWait:
        return now + action->wait;
      case SendAction::Kind::kEnd:
        complete_ = faulty_->ended;
        exchange().end_stream();
        return end();
      case SendAction::Kind::kClose:
        exchange().close();
        return end();
      case SendAction::Kind::kReset:
        exchange().reset();
        return end();
    }
  }
}

void ModelCall::note_sent(std::string_view name, std::uint32_t tokens, std::int64_t tokens_made,
                          base::TimePoint sent) {
  produce(tokens_made, sent);
  if (backend_.recorder != nullptr) record_.events.push_back({sent, tokens, name});
}

void ModelCall::produce(std::int64_t tokens, base::TimePoint now) {
  produced_ += tokens;
  if (tokens > 0 && arrival_.admission) arrival_.admission->produce(tokens, now);
}

ModelCall::Due ModelCall::reply_whole() {
  const base::TimePoint now = backend_.loop.now();
  base::Duration due = whole_due_;
  if (has_fault(Fault::Kind::kSlowHeaders)) due += arrival_.fault->length;
  if (let_in_ + due > now) return let_in_ + due;
  produce(answer_.usage.output_tokens, now);
  // Of the faults of streams these make sense where there is no stream, too.
  if (has_fault(Fault::Kind::kEof)) exchange().close();
  if (has_fault(Fault::Kind::kReset)) exchange().reset();
  if (has_fault(Fault::Kind::kEof) || has_fault(Fault::Kind::kReset)) return end();
  complete_ = true;
  Reply reply = json_reply(200, whole_answer(answer_, TokenText(arrival_.draws.text)));
  merge_headers(reply.headers, head());
  ++arrival_.ledger->stats.by_status[200];
  exchange().reply(reply);
  return end();
}

void ModelCall::abandon() {
  record_.closed_early = true;
  const base::TimePoint now = backend_.loop.now();
  if (begun_ && !stream_) produce(tokens_due_by(now), now);
  end();
}

std::int64_t ModelCall::tokens_due_by(base::TimePoint now) const {
  TokenPace pace = *pace_;
  std::int64_t tokens = 0;
  while (tokens < answer_.usage.output_tokens && let_in_ + pace.next() <= now) ++tokens;
  return tokens;
}

// Nothing is done after this: the call is gone.
ModelCall::Due ModelCall::end() {
  if (begun_) settle();
  if (backend_.recorder != nullptr && arrival_.request.stream) {
    record_.output_tokens = produced_;
    backend_.recorder->record(std::move(record_));
  }
  const auto on_end = std::move(on_end_);
  on_end();
  return std::nullopt;
}

void ModelCall::settle() {
  Usage delivered = answer_.usage;
  if (!complete_) {
    // Thinking comes first.
    delivered.output_tokens = produced_;
    delivered.thinking_tokens = std::min(delivered.thinking_tokens, produced_);
  }
  const double usd = arrival_.ledger->bill.add(answer_.model, delivered, false, answer_.fast);
  if (arrival_.admission) arrival_.admission->spend(usd);
}

}  // namespace mock
