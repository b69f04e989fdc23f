// One HTTP request to a model from start to done: transfer, decoder, times, samples.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "client/context.h"
#include "client/llm_spec.h"
#include "client/record.h"
#include "llm/error_body.h"
#include "llm/stream_decoder.h"
#include "llm/stream_times.h"
#include "net/line_parser.h"
#include "net/sse_parser.h"

namespace client {

// Which of its call's requests it is.
struct Attempt {
  int number = 0;           // 0 is the first, the others are retries.
  base::TimePoint asked{};  // When it could have been sent, had it not had to queue.
};

// Starts at once. `on_change` comes whenever there is something new to look at: an event that was
// kept, or the end. It may come from within a network callback, so it only notes that there is
// news. Destroying an unfinished call ends the request and counts it as
// censored, or, where its script left it (Context::left_by_script), as cancelled.
//
// Where the rules leave it to the owner to say what an event carries (ContentRule::kTold), every
// event is kept, and the request is counted when the last one has been classified. What was not
// classified by then, because it was cancelled or destroyed, counts as no content.
//
// Lifetime: the context and the spec outlive it.
class LlmRequest {
 public:
  LlmRequest(Context& context, const LlmSpec& spec, net::HttpRequest request, Origin origin,
             Attempt attempt, std::function<void()> on_change);
  ~LlmRequest();
  LlmRequest(const LlmRequest&) = delete;
  LlmRequest& operator=(const LlmRequest&) = delete;

  // No event will come any more.
  bool ended() const { return ended_; }
  // Ended, classified and counted.
  bool done() const { return done_; }
  const LlmAnswer& answer() const { return answer_; }  // REQUIRES: done().
  LlmAnswer take_answer() { return std::move(answer_); }

  // Ends an unfinished request as destroying it does, without a word to its owner.
  void give_up();

  // It failed, and its spec wants another one after so long. REQUIRES: done().
  std::optional<base::Duration> retry_in() const { return retry_in_; }

  // When it was over for its user: with the terminal event's arrival, where it completed.
  base::TimePoint ended_at() const { return ended_at_; }

  // Something of it may have reached the server.
  bool was_sent() const { return record_.result.stamps.sending != base::TimePoint{}; }

  // The oldest event that was kept and not yet taken.
  std::optional<KeptEvent> take_event();

  // Says what the oldest event not yet classified carried; `text` is appended to the reply's. Does
  // nothing where there is no such event. Not from a network callback.
  void classify(llm::Content content, std::string_view text);

  // Ends the request because its user has seen enough: an unfinished one is completed and
  // `cancelled`. Events that were not taken are dropped. Nothing happens to a call that is done.
  // Not from a network callback.
  void cancel();

 private:
  using Parser = std::variant<net::SseParser, net::LineParser>;

  // What an event carries. The size of its text and whether it is part of the message are looked up
  // for the event log alone.
  struct SeenEvent {
    llm::Content content = llm::Content::kNone;
    bool of_message = false;
    std::uint32_t text_bytes = 0;
  };

  // The events of the read that is being parsed: only when the next read begins is it known which
  // of them was the last one.
  struct OpenRead {
    std::uint64_t number = 0;
    base::TimePoint earliest{};
    base::TimePoint found_empty{};
    base::TimePoint woken{};
    base::TimePoint arrived{};
    base::TimePoint handled{};
    bool by_kernel = false;
    std::vector<SeenEvent> events;
  };

  struct ArrivedEvent {
    llm::Arrival arrival;
    base::TimePoint handled;
  };

  Parser make_parser();
  void on_headers(int status, const net::Headers& headers);
  bool on_body(const net::BodyPart& part);
  void on_event(const net::SseEvent& event);
  SeenEvent decode(const net::SseEvent& event);
  void close_read();
  bool may_read_ahead() const;
  void date_event(const SeenEvent& seen, const ArrivedEvent& event);
  void note_gap(const llm::Gap& gap);
  void arm_timer(base::TimePoint due);
  void on_timer();
  void on_transfer_done(net::HttpResult result);
  void give_up_transfer();
  bool catch_up();
  void break_off();
  Outcome outcome_of_reply() const {
    return answer_.reply.failure ? Outcome::kFailed : Outcome::kCompleted;
  }
  void end(Outcome outcome);
  void settle();
  void count();
  llm::Reply make_reply(const net::HttpResult& result);
  llm::ErrorAnswer error_answer(int status) const;
  std::optional<double> price(const llm::Reply& reply);
  void decide_retry();
  void measure();
  void log_timeline();

  Context& context_;
  const LlmSpec& spec_;
  std::function<void()> on_change_;
  HttpRecord record_;
  metrics::TagsId gap_tags_ = 0;

  std::unique_ptr<llm::StreamDecoder> decoder_;  // Set once the answer is known to be a stream.
  Parser parser_;
  OpenRead read_;
  llm::StreamTimes times_;
  std::string body_;  // Of an answer that is no stream.
  net::Headers headers_;
  std::string request_id_;
  int status_ = 0;
  bool body_too_large_ = false;

  std::uint64_t content_events_ = 0;
  bool reads_ahead_ = false;
  bool enough_ = false;  // stop_after was reached while the stream was being read.
  std::deque<KeptEvent> kept_;
  std::deque<ArrivedEvent> unclassified_;
  std::string told_text_;
  std::vector<llm::TimedEvent> logged_;  // Empty where there is no event log.
  LlmAnswer answer_;
  std::optional<base::Duration> retry_in_;
  base::TimePoint ended_at_{};
  Attempt attempt_;
  bool asks_for_caching_ = false;
  bool ended_ = false;
  bool done_ = false;
  base::TimePoint last_activity_{};
  std::optional<base::TimePoint> complete_at_;  // When the stream's terminal event arrived.
  net::EventLoop::Timer timer_;
  std::unique_ptr<net::HttpTransfer> transfer_;
};

}  // namespace client
