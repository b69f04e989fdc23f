// What the mock serves at which path.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "mock/api_error.h"
#include "mock/backend.h"
#include "mock/batches.h"
#include "mock/exchange.h"
#include "mock/model_calls.h"
#include "mock/options.h"
#include "mock/recorder.h"
#include "mock/reply.h"
#include "mock/request.h"
#include "net/event_loop.h"

namespace mock {

//   POST /v1/messages                  streamed and not
//   POST /v1/messages/count_tokens
//        /v1/messages/batches…         see batches.h
//   POST /v1/projects/…                Claude on Vertex AI, see vertex.h
//   POST /v1/chat/completions          OpenAI's
//   POST /v1/responses                 OpenAI's
//   GET  /v1/models[/ID]               of either, by the kind of key
//   GET  /v1/organizations/rate_limits
//   GET  /health
//        /__mock/…                     see control_api.h
//        /echo, /status/…, /delay/…    see echo.h
//
// Lifetime: every exchange it was given is over before it goes.
class Service {
 public:
  // recorder may be null.
  Service(net::EventLoop& loop, Options options, Recorder* recorder);

  void handle(std::unique_ptr<Exchange> exchange);

 private:
  // What an endpoint has to say, before it has the form of an answer.
  using Body = tl::expected<std::string, ApiError>;

  void route(std::unique_ptr<Exchange> exchange, base::TimePoint received);
  void route_at(base::TimePoint due, std::unique_ptr<Exchange> exchange, base::TimePoint received);
  void reply_at(base::TimePoint due, std::unique_ptr<Exchange> exchange, Reply reply);
  std::optional<Reply> answer_api(const Exchange& exchange);
  Reply answer_models(const Exchange& exchange);
  Reply answer_count(const Exchange& exchange);
  Reply answer_rate_limits(const Exchange& exchange);
  Reply answer_batches(const Exchange& exchange);
  Body answer_batched(const BatchJob& job);
  Reply refuse_method(const Exchange& exchange, Dialect dialect, std::string_view allowed);
  Reply finish(const Exchange& exchange, Dialect dialect, const Body& body);
  std::string next_request_id();

  Backend backend_;
  ModelCalls calls_;
  Batches batches_;
  std::uint64_t other_requests_ = 0;
};

}  // namespace mock
