// One request to a model from asked to done: transfer, decoder, times, samples.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/context.h"
#include "client/record.h"
#include "llm/stream_decoder.h"
#include "llm/stream_times.h"
#include "net/sse_parser.h"

namespace client {

struct LlmSpec {
  net::HttpRequest request;
  std::string model;     // As the script named it: the tag `model`, and what is priced.
  metrics::TagSet tags;  // name and what the script gave.
  bool stream = true;
  bool keep_events = false;
  base::Duration first_event_timeout = std::chrono::seconds(120);
  base::Duration silence_timeout = std::chrono::seconds(60);
  base::Duration stall_after = std::chrono::seconds(1);
};

struct LlmAnswer {
  llm::Reply reply;
  Outcome outcome = Outcome::kCompleted;
  int status = 0;
  std::string request_id;
  // From sending; nothing where it did not come to that.
  std::optional<base::Duration> ttft;
  std::optional<base::Duration> ttft_text;
  std::optional<base::Duration> tpot;
  base::Duration duration{};
  std::optional<double> cost_usd;
};

// An event kept for a script that asked to see them.
struct KeptEvent {
  std::string name;
  std::string data;
  base::Duration at{};  // From sending to its arrival.
};

// Asks at once. `on_change` comes whenever there is something new to look at: an event that was
// kept, or the end. It may come from within a network callback, so it only notes that there is
// news. Destroying an unfinished call cancels the request and counts it as censored.
//
// Lifetime: the context outlives the call.
class LlmCall {
 public:
  LlmCall(Context& context, LlmSpec spec, Origin origin, std::function<void()> on_change);
  ~LlmCall();
  LlmCall(const LlmCall&) = delete;
  LlmCall& operator=(const LlmCall&) = delete;

  bool done() const { return done_; }
  const LlmAnswer& answer() const { return answer_; }  // REQUIRES: done().

  // The oldest event that was kept and not yet taken.
  std::optional<KeptEvent> take_event();

 private:
  // The content events of the read that is being parsed: only when the next read begins is it known
  // which of them was the last one.
  struct OpenRead {
    std::uint64_t number = 0;
    base::TimePoint earliest{};
    base::TimePoint arrived{};
    base::TimePoint handled{};
    std::vector<llm::Content> events;
  };

  void on_headers(int status, const net::Headers& headers);
  bool on_body(const net::BodyPart& part);
  void on_event(const net::SseEvent& event);
  void close_read();
  void note_gap(const llm::Gap& gap);
  void arm_timer(base::TimePoint due);
  void on_timer();
  void on_transfer_done(net::HttpResult result);
  void give_up_transfer();
  Outcome outcome_of_reply() const {
    return answer_.reply.failure ? Outcome::kFailed : Outcome::kCompleted;
  }
  void finish(Outcome outcome);
  llm::Reply make_reply(const net::HttpResult& result);
  std::optional<double> price(const llm::Reply& reply);

  Context& context_;
  LlmSpec spec_;
  std::function<void()> on_change_;
  HttpRecord record_;
  metrics::TagsId gap_tags_ = 0;

  std::unique_ptr<llm::StreamDecoder> decoder_;  // Set once the answer is known to be a stream.
  net::SseParser parser_;
  OpenRead read_;
  llm::StreamTimes times_;
  std::string body_;  // Of an answer that is no stream.
  std::string request_id_;
  std::string retry_after_;
  int status_ = 0;
  bool body_too_large_ = false;

  std::deque<KeptEvent> kept_;
  std::vector<EventLog::Event> logged_;
  LlmAnswer answer_;
  bool done_ = false;
  base::TimePoint last_activity_{};
  std::optional<base::TimePoint> complete_at_;  // When the stream's terminal event arrived.
  net::EventLoop::Timer timer_;
  std::unique_ptr<net::HttpTransfer> transfer_;
};

}  // namespace client
