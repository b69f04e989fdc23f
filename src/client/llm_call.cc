#include "client/llm_call.h"

#include <algorithm>
#include <utility>

#include "client/http_call.h"
#include "metrics/builtin.h"

namespace client {

LlmCall::LlmCall(Context& context, LlmSpec spec, Origin origin, std::function<void()> on_change)
    : context_(context),
      spec_(std::move(spec)),
      origin_(origin),
      on_change_(std::move(on_change)),
      asked_(context.loop.now()) {
  spec_.tags.set("model", spec_.model);
  spec_.keep_events = spec_.keep_events || spec_.told();
  tags_ = join_tags(context, origin, spec_.tags, spec_.request.method);
  begin_attempt();
}

LlmCall::~LlmCall() {
  if (done_) return;
  on_change_ = [] {};
  spec_.retries.max = 0;
  if (context_.left_by_script) {
    cancel();
  } else if (!request_ || pause_) {
    end_before_sending(Outcome::kCensored, false);
  } else {
    request_->give_up();
    finish();
  }
}

void LlmCall::begin_attempt() {
  request_.reset();
  pause_.reset();
  attempt_.asked = context_.loop.now();
  admission_ = std::make_unique<Admission>(context_, spec_, [this] { send(); });
  if (!admission_->enter()) refuse();
}

void LlmCall::refuse() {
  llm::Failure& failure = answer_.reply.failure.emplace();
  failure.kind = llm::ErrorKind::kOther;
  failure.message = "the budget of the run is used up";
  end_before_sending(Outcome::kFailed, false);
  on_change_();
}

void LlmCall::send() {
  const base::Duration queued = context_.loop.now() - attempt_.asked;
  if (!admission_->is_free()) {
    answer_.queue_time += queued;
    context_.shard.add(metrics::kLlmQueueTime, context_.shard.intern(tags_),
                       base::to_seconds(queued));
  }
  net::HttpRequest request = spec_.retries.max > 0 ? spec_.request : std::move(spec_.request);
  ++sent_;
  request_ = std::make_unique<LlmRequest>(context_, spec_, std::move(request), origin_, attempt_,
                                          [this] { on_request_change(); });
}

void LlmCall::on_request_change() {
  if (request_->done()) {
    if (const auto delay = request_->retry_in()) {
      settle(request_->answer());
      ++attempt_.number;
      pause_ = std::make_unique<net::EventLoop::Timer>(context_.loop, [this] { begin_attempt(); });
      return pause_->arm_after(*delay);
    }
    finish();
  }
  on_change_();
}

void LlmCall::settle(const LlmAnswer& answer) {
  admission_->settle(answer, request_->was_sent());
  admission_.reset();
}

void LlmCall::finish() {
  const base::Duration queue_time = answer_.queue_time;
  settle(request_->answer());
  ended_at_ = request_->ended_at();
  answer_ = request_->take_answer();
  answer_.queue_time = queue_time;
  count();
}

bool LlmCall::ended() const { return done_ || (request_ && !pause_ && request_->ended()); }

std::optional<KeptEvent> LlmCall::take_event() {
  return request_ ? request_->take_event() : std::nullopt;
}

void LlmCall::classify(llm::Content content, std::string_view text) {
  if (request_) request_->classify(content, text);
}

void LlmCall::cancel() {
  if (done_) return;
  spec_.retries.max = 0;  // What has failed already is not tried again for a user who has left.
  if (request_ && !pause_) return request_->cancel();
  end_before_sending(Outcome::kCompleted, true);
  on_change_();
}

// While it queued for admission or paused before a retry.
void LlmCall::end_before_sending(Outcome outcome, bool cancelled) {
  const base::TimePoint now = context_.loop.now();
  if (admission_) {
    answer_.queue_time += now - attempt_.asked;
    context_.shard.add_lower_bound(metrics::kLlmQueueTime, context_.shard.intern(tags_),
                                   base::to_seconds(now - attempt_.asked));
  }
  admission_.reset();
  answer_.outcome = outcome;
  answer_.cancelled = cancelled;
  if (cancelled) answer_.reply.stop_reason = "cancelled";
  if (origin_.due) {
    const metrics::TagsId tags = context_.shard.intern(tags_);
    const double waited = base::to_seconds(now - *origin_.due);
    if (spec_.stream) context_.shard.add_lower_bound(metrics::kLlmTtftFromDue, tags, waited);
    if (!cancelled) {
      context_.shard.add_lower_bound(metrics::kLlmRequestDurationFromDue, tags, waited);
    }
  }
  count();
}

void LlmCall::count() {
  done_ = true;
  answer_.retries = std::max(0, sent_ - 1);
  metrics::TagSet tags = tags_;
  tags.set("outcome", to_string(answer_.outcome));
  context_.shard.add(metrics::kLlmCalls, context_.shard.intern(tags), 1);
  const metrics::TagsId plain = context_.shard.intern(tags_);
  context_.shard.add(metrics::kLlmCallFailed, plain, answer_.outcome == Outcome::kFailed ? 1 : 0);
  if (answer_.cancelled) return;
  const auto& failure = answer_.reply.failure;
  const bool timed_out = failure && failure->kind == llm::ErrorKind::kTimeout;
  const double age = base::to_seconds(ended_at_.value_or(context_.loop.now()) - asked_);
  if (answer_.outcome == Outcome::kCensored || timed_out) {
    context_.shard.add_lower_bound(metrics::kLlmCallDuration, plain, age);
  } else if (answer_.outcome == Outcome::kCompleted) {
    context_.shard.add(metrics::kLlmCallDuration, plain, age);
  }
}

}  // namespace client
