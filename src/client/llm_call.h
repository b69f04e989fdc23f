// What a script asks of a model: a request, and the retries of it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "client/admission.h"
#include "client/context.h"
#include "client/llm_request.h"
#include "client/llm_spec.h"

namespace client {

// Asks at once: each of its requests waits for its admission, is sent, and may be followed by
// another one after a pause, as the spec's retry policy says. The last one's answer is the call's.
//
// `on_change` comes whenever there is something new to look at: an event that was kept, or the end.
// It may come from within a network callback or the constructor, so it only notes that there is
// news. Destroying an unfinished call ends it and counts it as censored, or, where its script left
// it (Context::left_by_script), as cancelled. A request that was never started counts as no
// request, only as a call.
//
// Lifetime: the context outlives the call.
class LlmCall {
 public:
  LlmCall(Context& context, LlmSpec spec, Origin origin, std::function<void()> on_change);
  ~LlmCall();
  LlmCall(const LlmCall&) = delete;
  LlmCall& operator=(const LlmCall&) = delete;

  // No event will come any more.
  bool ended() const;
  // Ended, classified and counted.
  bool done() const { return done_; }
  const LlmAnswer& answer() const { return answer_; }  // REQUIRES: done().

  // As LlmRequest's, of the request under way.
  std::optional<KeptEvent> take_event();
  void classify(llm::Content content, std::string_view text);

  // Ends the call because its user has seen enough. Nothing happens to one that is done. Not from a
  // network callback.
  void cancel();

 private:
  void begin_attempt();
  void send();
  void refuse();
  void on_request_change();
  void settle(const LlmAnswer& answer);
  void finish();
  void end_before_sending(Outcome outcome, bool cancelled);
  void count();

  Context& context_;
  LlmSpec spec_;
  Origin origin_;
  std::function<void()> on_change_;
  metrics::TagSet tags_;
  base::TimePoint asked_;
  Attempt attempt_;
  LlmAnswer answer_;
  std::optional<base::TimePoint> ended_at_;  // Of the last request; nothing where it had none.
  int sent_ = 0;                             // Requests so far.
  bool done_ = false;
  std::unique_ptr<Admission> admission_;
  std::unique_ptr<LlmRequest> request_;           // Null while queueing and between attempts.
  std::unique_ptr<net::EventLoop::Timer> pause_;  // Before a retry; null where there is none.
};

}  // namespace client
