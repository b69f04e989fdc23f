// What the mock serves at which path.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "mock/exchange.h"
#include "mock/options.h"
#include "mock/pacer.h"
#include "mock/recorder.h"
#include "net/event_loop.h"

namespace mock {

// Lifetime: every exchange it was given is over before it goes.
class Service {
 public:
  // recorder may be null.
  Service(net::EventLoop& loop, Options options, Recorder* recorder);

  void handle(std::unique_ptr<Exchange> exchange);

 private:
  void route(std::unique_ptr<Exchange> exchange, base::TimePoint received);
  void route_at(base::TimePoint due, std::unique_ptr<Exchange> exchange, base::TimePoint received);
  void answer_messages(std::unique_ptr<Exchange> exchange, base::TimePoint received);
  void answer_models(Exchange& exchange);
  void reply_at(std::unique_ptr<Exchange> exchange, base::TimePoint due,
                std::function<Reply()> make_reply);
  void start_stream(std::unique_ptr<Exchange> exchange, StreamScript script, StreamRecord record);
  std::string next_request_id();

  net::EventLoop& loop_;
  Options options_;
  Recorder* recorder_;
  Pacer pacer_;
  std::uint64_t messages_ = 0;
  std::uint64_t other_requests_ = 0;
};

}  // namespace mock
