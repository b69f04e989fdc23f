// One request to a model, from its admission to the end of its answer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "mock/answer.h"
#include "mock/api_error.h"
#include "mock/backend.h"
#include "mock/exchange.h"
#include "mock/faults.h"
#include "mock/limits.h"
#include "mock/prompt_cache.h"
#include "mock/recorder.h"
#include "mock/reply.h"
#include "mock/request.h"
#include "mock/stream.h"

namespace mock {

// A request to a model as it came.
struct Arrival {
  std::unique_ptr<Exchange> exchange;
  ModelRequest request;  // Where it cannot be read, no more than its dialect and organization.
  std::string request_id;
  base::TimePoint received{};
  Draws draws;
  std::shared_ptr<Ledger> ledger;
  std::optional<Fault> fault{};
  std::unique_ptr<Limits::Admission> admission{};  // Null where nothing is limited.
};

// Answers a request with an error, counts it, and records it where it asked for a stream.
void refuse(Backend& backend, Arrival& arrival, Reply reply);
void refuse(Backend& backend, Arrival& arrival, const ApiError& error, const Headers& more = {});

// Waits for its place, makes the answer, and sends it event by event, or in one piece when its last
// token is due. What was delivered is billed, and a stream's sends are recorded, even where the
// client leaves before the end.
//
// Threads:  the backend's.
// Lifetime: the backend outlives it.
class ModelCall {
 public:
  // REQUIRES: the request was read and let in, and its fault is not a status.
  ModelCall(Backend& backend, Arrival arrival);
  ~ModelCall();
  ModelCall(const ModelCall&) = delete;
  ModelCall& operator=(const ModelCall&) = delete;

  // Gets in line; is refused where the queue is full. `on_end` is called once and destroys the
  // call, perhaps at once.
  void start(std::function<void()> on_end);

 private:
  using Due = std::optional<base::TimePoint>;
  struct FaultySends;

  bool has_fault(Fault::Kind kind) const;
  void enter();
  void schedule(const TokenPace& pace);
  Exchange& exchange() { return *arrival_.exchange; }
  Due act();
  void begin_answer();
  void begin_stream();
  Headers head() const;
  Due send_event();
  Due send_with_fault();
  void note_sent(std::string_view name, std::uint32_t tokens, std::int64_t tokens_made,
                 base::TimePoint sent);
  void produce(std::int64_t tokens, base::TimePoint now);  // So many more.
  Due reply_whole();
  Due end();
  void abandon();
  std::int64_t tokens_due_by(base::TimePoint now) const;
  void settle();

  Backend& backend_;
  Arrival arrival_;
  std::function<void()> on_end_;
  Capacity::Place place_;
  DueQueue::Id task_;
  bool has_waited_ = false;
  base::TimePoint let_in_{};
  PromptCache::Use cache_use_;
  Answer answer_;
  std::optional<TokenPace> pace_;  // Of an answer in one piece, from its beginning.
  base::Duration whole_due_{};
  std::optional<Stream> stream_;
  std::unique_ptr<FaultySends> faulty_;  // Null for almost all.
  StreamRecord record_;
  bool begun_ = false;
  bool complete_ = false;
  std::int64_t produced_ = 0;  // Output tokens.
};

}  // namespace mock
