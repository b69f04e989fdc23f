// The endpoints of message batches: https://docs.claude.com/en/build-with-claude/batch-processing
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/clock.h"
#include "mock/api_error.h"
#include "mock/message_batch.h"
#include "mock/reply.h"

namespace mock {

// POST /v1/messages/batches and what lies below it. An organization sees its own batches. All
// counts but `processing` stay 0 until a whole batch has ended.
//
// Threads: one. `now` is monotonic, `wall` unix seconds for the stamps in the bodies.
// Cost:    a batch is kept as text. When it has ended, all of its requests are answered in one go
//          to count what became of them, and once more whenever its results are asked for.
class Batches {
 public:
  Batches(const BatchOptions& options, std::uint64_t seed, BatchAnswer answer);

  struct Request {
    std::string_view method;
    std::string_view path;  // From "/v1/messages/batches" on.
    std::string_view query;
    std::string_view body;
    std::string base_url;  // For results_url: "http://127.0.0.1:8080".
    std::string request_id;
    std::string organization{};
  };

  // The reply has the API's own headers.
  Reply handle(const Request& request, base::TimePoint now, std::int64_t wall);

  // Answers the requests of batches that have ended since; handle() does so too.
  void settle(base::TimePoint now);

  std::uint64_t count() const { return created_; }  // Created so far.

 private:
  using Body = tl::expected<std::string, ApiError>;
  Body route(const Request& request, base::TimePoint now, std::int64_t wall);
  Body create(const Request& request, base::TimePoint now, std::int64_t wall);
  Body list(const Request& request, base::TimePoint now) const;
  Body cancel(MessageBatch& batch, const Request& request, base::TimePoint now);
  Body results(const MessageBatch& batch, base::TimePoint now) const;
  Body remove(const std::string& id, base::TimePoint now);
  MessageBatch* find(const Request& request, std::string_view id);

  BatchOptions options_;
  std::uint64_t seed_;
  BatchAnswer answer_;
  std::vector<MessageBatch> batches_;  // Oldest first.
  std::uint64_t created_ = 0;
  std::uint64_t requests_ = 0;  // Of all batches so far.
};

}  // namespace mock
