// What the tests of client/llm_call.h share: a model's answers as bytes, and ways to run a call.
#pragma once

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "client/llm_call.h"
#include "client/worker_fixture.h"
#include "net/loopback_server.h"

namespace tests {

constexpr const char* kStreamHead =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    "request-id: req_011\r\ntransfer-encoding: chunked\r\n\r\n";

inline std::string chunk(const std::string& text) {
  return fmt::format("{:x}\r\n{}\r\n", text.size(), text);
}

inline std::string sse_event(const std::string& name, const std::string& data) {
  return chunk("event: " + name + "\ndata: " + data + "\n\n");
}

inline std::string message_start() {
  return sse_event("message_start",
                   R"({"type":"message_start","message":{"model":"claude-haiku-4-5-20251001",)"
                   R"("id":"msg_1","type":"message","role":"assistant","content":[],)"
                   R"("stop_reason":null,"usage":{"input_tokens":12,"output_tokens":1}}})") +
         sse_event("content_block_start", R"({"type":"content_block_start","index":0,)"
                                          R"("content_block":{"type":"text","text":""}})");
}

inline std::string delta(const std::string& text) {
  return sse_event("content_block_delta", R"({"type":"content_block_delta","index":0,"delta":)"
                                          R"({"type":"text_delta","text":")" +
                                              text + R"("}})");
}

inline std::string message_end(int output_tokens) {
  return sse_event("message_delta", R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},)"
                                    R"("usage":{"output_tokens":)" +
                                        std::to_string(output_tokens) + "}}") +
         sse_event("message_stop", R"({"type":"message_stop"})");
}

inline client::LlmSpec spec_for(const LoopbackServer& server, bool stream = true) {
  client::LlmSpec spec;
  spec.request.method = "POST";
  spec.request.url = server.url("/v1/messages");
  spec.request.body = std::make_shared<const std::string>("{}");
  spec.request.total_timeout = std::chrono::seconds(10);
  spec.model = "claude-haiku-4-5";
  spec.tags.set("name", "messages");
  spec.stream = stream;
  return spec;
}

// Runs a call to its end.
inline client::LlmAnswer run(WorkerFixture& worker, client::LlmSpec spec, client::Origin origin) {
  std::unique_ptr<client::LlmCall> call;
  call = std::make_unique<client::LlmCall>(worker.context, std::move(spec), origin, [&] {
    if (call->done()) worker.loop.stop();
  });
  worker.loop.run([] {});
  return call->answer();
}

inline double requests(const metrics::Store& store, const std::string& selector) {
  return store.counter(metrics::kLlmRequests, *metrics::parse_selector(selector));
}

inline client::LlmSpec custom_spec(const LoopbackServer& server,
                                   const std::string& content_pointer) {
  client::LlmSpec spec = spec_for(server);
  spec.dialect = client::Dialect::kCustom;
  spec.rules.content_pointer = content_pointer;
  if (!content_pointer.empty()) spec.rules.content = llm::CustomRules::ContentRule::kPointer;
  return spec;
}

// A call that the test goes on with from within the loop, outside of network callbacks, as a script
// does.
class DrivenCall {
 public:
  DrivenCall(WorkerFixture& worker, client::LlmSpec spec,
             std::function<void(client::LlmCall&)> on_news)
      : worker_(worker), wake_(worker.loop, [this, on_news = std::move(on_news)] {
          if (!call_->done()) on_news(*call_);
          if (call_->done()) worker_.loop.stop();
        }) {
    call_ = std::make_unique<client::LlmCall>(worker.context, std::move(spec), worker.origin(),
                                              [this] { wake_.arm_after(base::Duration::zero()); });
  }

  const client::LlmAnswer& run() {
    worker_.loop.run([] {});
    return call_->answer();
  }

 private:
  WorkerFixture& worker_;
  net::EventLoop::Timer wake_;
  std::unique_ptr<client::LlmCall> call_;
};

inline void check_cancelled(const client::LlmAnswer& answer, const metrics::Store& store) {
  CHECK(answer.outcome == client::Outcome::kCompleted);
  CHECK(answer.cancelled);
  CHECK_FALSE(answer.reply.failure);
  CHECK(answer.reply.stop_reason == "cancelled");
  CHECK_FALSE(answer.tpot);
  CHECK(requests(store, "outcome=completed") == 1);
  CHECK(store.counter(metrics::kLlmCancelled) == 1);
  CHECK(store.rate(metrics::kLlmRequestFailed).total == 1);
  CHECK(store.rate(metrics::kLlmRequestFailed).trues == 0);
  CHECK(store.trend(metrics::kLlmRequestDuration).count() == 0);
  CHECK(store.trend(metrics::kLlmTpot).count() == 0);
  CHECK(store.counter(metrics::kHttpReqs) == 1);
  CHECK(store.rate(metrics::kHttpReqFailed).total == 1);
  CHECK(store.rate(metrics::kHttpReqFailed).trues == 0);
  CHECK(store.trend(metrics::kHttpReqDuration).count() == 0);
  CHECK(store.trend(metrics::kHttpReqReceiving).count() == 0);
}

}  // namespace tests
