#include "client/llm_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/duration.h"
#include "client/dialect.h"
#include "client/http_call.h"
#include "client/request_log.h"
#include "client/request_timeline.h"
#include "llm/prices.h"
#include "metrics/builtin.h"

namespace client {
namespace {

llm::Failure make_failure(llm::ErrorKind kind, std::string message, int status,
                          const std::string& request_id) {
  return {.kind = kind,
          .status = status,
          .type = "",
          .message = std::move(message),
          .request_id = request_id,
          .retry_after = std::nullopt};
}

// Whether a body of the Messages API marks some of its input for caching. Within a JSON string the
// quotes would have backslashes.
bool asks_for_caching(const LlmSpec& spec, const net::HttpRequest& request) {
  return spec.dialect == Dialect::kAnthropic && request.body &&
         request.body->find("\"cache_control\"") != std::string::npos;
}

std::string_view cache_use(const llm::Usage& usage, bool asked_for) {
  if (usage.cache_read_tokens > 0) return "hit";
  if (usage.cache_write_tokens > 0) return "miss";
  return asked_for && usage.final ? "unused" : "";
}

llm::Reply failed_reply(llm::Failure failure) {
  llm::Reply reply;
  reply.failure = std::move(failure);
  return reply;
}

}  // namespace

LlmRequest::LlmRequest(Context& context, const LlmSpec& spec, net::HttpRequest request,
                       Origin origin, Attempt attempt, std::function<void()> on_change)
    : context_(context),
      spec_(spec),
      on_change_(std::move(on_change)),
      parser_(make_parser()),
      attempt_(attempt),
      asks_for_caching_(asks_for_caching(spec, request)),
      timer_(context.loop, [this] { on_timer(); }) {
  record_.origin = origin;
  record_.tags = join_tags(context, origin, spec_.tags, request.method);
  record_.asked = attempt.asked;
  record_.result.stamps.start = context.loop.now();
  gap_tags_ = context.shard.intern(record_.tags);
  last_activity_ = record_.result.stamps.start;
  if (spec_.stream) arm_timer(last_activity_ + spec_.first_event_timeout);
  transfer_ = context.http.start(
      std::move(request),
      {.on_headers = [this](int status, const net::Headers& h) { on_headers(status, h); },
       .on_body = [this](const net::BodyPart& part) { return on_body(part); },
       .on_done = [this](net::HttpResult result) { on_transfer_done(std::move(result)); }});
}

LlmRequest::~LlmRequest() { give_up(); }

void LlmRequest::give_up() {
  if (done_) return;
  on_change_ = [] {};
  if (!ended_ && catch_up() && done_) return;
  if (context_.left_by_script) return break_off();
  if (!ended_) {
    give_up_transfer();
    end(complete_at_ ? outcome_of_reply() : Outcome::kCensored);
  }
  count();
}

LlmRequest::Parser LlmRequest::make_parser() {
  const auto on_event = [this](const net::SseEvent& event) { this->on_event(event); };
  const bool lines =
      spec_.dialect == Dialect::kCustom && spec_.rules.format == llm::CustomRules::Format::kLines;
  if (lines) return net::LineParser(on_event);
  return net::SseParser(on_event);
}

std::optional<KeptEvent> LlmRequest::take_event() {
  if (kept_.empty()) return std::nullopt;
  KeptEvent event = std::move(kept_.front());
  kept_.pop_front();
  return event;
}

void LlmRequest::classify(llm::Content content, std::string_view text) {
  close_read();
  if (done_ || unclassified_.empty()) return;
  const bool is_content = content != llm::Content::kNone;
  date_event({content, is_content, static_cast<std::uint32_t>(text.size())}, unclassified_.front());
  unclassified_.pop_front();
  told_text_ += text;
  if (content != llm::Content::kNone && ++content_events_ == spec_.stop_after) return cancel();
  if (ended_ && unclassified_.empty()) settle();
}

void LlmRequest::cancel() {
  if (done_) return;
  if (!ended_ && catch_up() && done_) return;
  break_off();
  on_change_();
}

void LlmRequest::break_off() {
  kept_.clear();
  if (!ended_) give_up_transfer();
  // What came but was not looked at yet is the future to its user, the stream's end included.
  const bool saw_the_end = unclassified_.empty() && (complete_at_ || answer_.reply.failure);
  answer_.cancelled = !saw_the_end;
  if (answer_.cancelled) answer_.reply.failure.reset();
  end(outcome_of_reply());
  count();
}

void LlmRequest::on_headers(int status, const net::Headers& headers) {
  status_ = status;
  headers_ = headers;
  request_id_ = net::find_header(headers, "request-id");
  if (request_id_.empty()) request_id_ = net::find_header(headers, "x-request-id");
  decoder_ = make_decoder(spec_, net::find_header(headers, "content-type"),
                          {.status = status_, .keep_text = true, .request_id = request_id_});
}

// The first event can come at any time, and the silence after it may be shorter than the wait for
// it.
void LlmRequest::arm_timer(base::TimePoint due) {
  timer_.arm_at(std::min(due, context_.loop.now() + spec_.silence_timeout));
}

void LlmRequest::on_timer() {
  if (catch_up()) return;
  if (complete_at_) {
    give_up_transfer();
    end(outcome_of_reply());
    return settle();
  }
  // Activity does not move the timer, which would cost on every event: the timer looks again when
  // the time since the last activity could have run out.
  const bool begun = decoder_ && decoder_->reply().events > 0;
  const base::TimePoint sending = transfer_->stamps().sending;
  const base::TimePoint now = context_.loop.now();
  const base::Duration limit = begun ? spec_.silence_timeout : spec_.first_event_timeout;
  // Until it is sent, the time to connect is what runs.
  const base::TimePoint since = begun                          ? last_activity_
                                : sending != base::TimePoint{} ? sending
                                                               : now;
  if (now - since < limit) return arm_timer(since + limit);
  give_up_transfer();
  const auto text = begun ? fmt::format("silent for {}", base::format_duration(limit))
                          : fmt::format("no event within {}", base::format_duration(limit));
  answer_.reply.failure = make_failure(llm::ErrorKind::kTimeout, text, status_, request_id_);
  end(Outcome::kFailed);
  settle();
}

// Takes what was read ahead. True where the transfer ended with it.
bool LlmRequest::catch_up() {
  if (!ended_) transfer_->hand_over();
  return ended_;
}

// Ends the transfer, keeping what is known of it and what has come.
void LlmRequest::give_up_transfer() {
  record_.result = transfer_->result_so_far();
  transfer_.reset();
  close_read();
  if (decoder_) answer_.reply = decoder_->take_reply();
}

void LlmRequest::on_transfer_done(net::HttpResult result) {
  auto* lines = std::get_if<net::LineParser>(&parser_);
  if (lines != nullptr && decoder_ && result.error == net::TransferError::kNone) lines->end();
  close_read();
  answer_.reply = make_reply(result);
  answer_.cancelled = enough_ && !answer_.reply.complete && !answer_.reply.failure;
  record_.result = std::move(result);
  end(outcome_of_reply());
  settle();
}

llm::Reply LlmRequest::make_reply(const net::HttpResult& result) {
  if (enough_) return decoder_->take_reply();
  if (result.error == net::TransferError::kStopped) {
    llm::Reply partial = decoder_ ? decoder_->take_reply() : llm::Reply{};
    partial.failure = make_failure(llm::ErrorKind::kProtocol,
                                   body_too_large_ ? "the answer is larger than 64 MB"
                                                   : "an event of the stream is larger than 8 MB",
                                   status_, request_id_);
    return partial;
  }
  const auto broken = to_error_kind(result.error);
  if (decoder_) {
    // A close in good order before the stream's end is the server's doing and is called truncated;
    // a broken connection keeps its own kind. What came whole stays whole, however it then ended.
    const bool closed = result.error == net::TransferError::kPartial;
    if (!broken || closed) decoder_->on_end(closed ? llm::BodyEnd::kCut : llm::BodyEnd::kWhole);
    llm::Reply reply = decoder_->take_reply();
    if (broken && !reply.complete && !reply.failure) {
      reply.failure = make_failure(*broken, result.message, status_, request_id_);
    }
    return reply;
  }
  if (broken) {
    return failed_reply(make_failure(*broken, result.message, result.status, request_id_));
  }
  return parse_whole_answer(spec_, error_answer(result.status));
}

llm::ErrorAnswer LlmRequest::error_answer(int status) const {
  return {.status = status,
          .body = body_,
          .request_id = request_id_,
          .retry_after = net::find_header(headers_, "retry-after"),
          .retry_after_ms = net::find_header(headers_, "retry-after-ms"),
          .should_retry = net::find_header(headers_, "x-should-retry"),
          .date = net::find_header(headers_, "date")};
}

std::optional<double> LlmRequest::price(const llm::Reply& reply) {
  const llm::Price* found = context_.prices->find(spec_.model);
  if (found == nullptr) found = context_.prices->find(reply.model);
  if (found != nullptr) return llm::cost_usd(*found, reply.usage);
  if (!spec_.model.empty()) context_.unpriced_models.insert(spec_.model);
  return std::nullopt;
}

// The owner acts on it; the samples must know of it before, since what is tried again is not what
// its user waited for.
void LlmRequest::decide_retry() {
  if (record_.outcome != Outcome::kFailed || spec_.retries.max == 0) return;
  const bool began = decoder_ != nullptr && answer_.reply.events > 0;
  retry_in_ = retry_delay(spec_.retries, *answer_.reply.failure, began, attempt_.number,
                          context_.random.uniform());
  if (retry_in_) record_.origin.due.reset();
}

// The transfer is over.
void LlmRequest::end(Outcome outcome) {
  if (!ended_) record_.ended = context_.loop.now();
  ended_ = true;
  timer_.disarm();
  record_.outcome = outcome;
}

// Counted now, unless the owner has still to say what came.
void LlmRequest::settle() {
  if (unclassified_.empty()) count();
  on_change_();
}

void LlmRequest::count() {
  done_ = true;
  llm::Reply& reply = answer_.reply;
  if (spec_.told()) {
    reply.text = std::move(told_text_);
    reply.content_events = content_events_;
  }
  if (answer_.cancelled) reply.stop_reason = "cancelled";
  if (reply.failure) record_.error = reply.failure->kind;
  record_.cancelled = answer_.cancelled;
  if (reply.failure && reply.failure->limit != llm::LimitKind::kUnknown) {
    record_.limit = reply.failure->limit;
  }
  answer_.cache = record_.cache = cache_use(reply.usage, asks_for_caching_);
  decide_retry();
  measure();
  if (context_.event_log != nullptr) log_timeline();
}

void LlmRequest::measure() {
  const llm::Reply& reply = answer_.reply;
  const bool completed = record_.outcome == Outcome::kCompleted && !answer_.cancelled;
  const net::HttpStamps& stamps = record_.result.stamps;
  const auto from_sending = [&](const std::optional<base::TimePoint>& end) {
    return end ? std::optional(since_sending(stamps, *end)) : std::nullopt;
  };
  answer_.outcome = record_.outcome;
  answer_.status = record_.result.status;
  answer_.request_id = request_id_;
  answer_.ttft = from_sending(times_.first_token());
  answer_.ttft_text = from_sending(times_.first_text());
  answer_.thinking_duration = times_.thinking_duration();
  answer_.text_duration = times_.text_duration();
  answer_.tool_input_duration = times_.tool_input_duration();
  answer_.limits = llm::read_rate_limits(headers_);
  // Events that nobody classified would leave all the tokens to a part of the time.
  const bool all_seen = unclassified_.empty();
  std::optional<llm::TimePerToken> tpot;
  if (completed && all_seen) tpot = time_per_output_token(times_, reply);
  if (tpot) answer_.tpot = tpot->time;
  // A stream is over with its terminal event, whatever the connection then does.
  std::optional<base::TimePoint> done;
  if (completed) done = complete_at_.value_or(stamps.done);
  ended_at_ = done.value_or(record_.ended);
  answer_.duration = since_sending(stamps, ended_at_);
  answer_.cost_usd = price(reply);
  record_http(context_, record_);
  const LlmRecord record{.http = record_,
                         .reply = reply,
                         .times = times_,
                         .streamed = spec_.stream,
                         .retry = attempt_.number > 0,
                         .seen_until = all_seen ? record_.ended : unclassified_.front().arrival.at,
                         .done = done,
                         .tpot = tpot,
                         .cost_usd = answer_.cost_usd,
                         .limits = answer_.limits};
  record_llm(context_, record);
  if (context_.request_log == nullptr) return;
  context_.request_log->add(record, {spec_.model, request_id_, attempt_.number, retry_in_},
                            context_.apart);
}

void LlmRequest::log_timeline() {
  for (const ArrivedEvent& event : unclassified_) date_event({}, event);
  llm::Timeline timeline = make_timeline(record_, answer_.reply, spec_, complete_at_);
  timeline.request_id = request_id_;
  timeline.retry = attempt_.number > 0;
  timeline.events = std::move(logged_);
  context_.event_log->add(timeline);
}

}  // namespace client
