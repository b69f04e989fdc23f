// Message batches as a state machine on a scaled clock.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "mock/api_error.h"
#include "mock/reply.h"

namespace mock {

struct BatchOptions {
  double speed = 1;  // The batches' clock runs so many times faster, their 24 hours included.
  base::Duration duration = std::chrono::minutes(2);  // Of a batch, drawn around it, before speed.
  double errored_share = 0;
  double expired_share = 0;
};

// POST /v1/messages/batches and what lies below it. in_progress, then canceling where asked, then
// ended; all counts but `processing` stay 0 until the whole batch has ended. The state is computed
// from the clock when somebody asks.
//
// Threads: one. `now` is monotonic, `wall` unix seconds for the stamps in the bodies.
class Batches {
 public:
  // Makes one request's result when its batch has ended: the message as JSON, or its error.
  using Answer = std::function<tl::expected<std::string, ApiError>(const std::string& params_json)>;

  Batches(BatchOptions options, std::uint64_t seed, Answer answer);

  struct Request {
    std::string_view method;
    std::string_view path;  // From "/v1/messages/batches" on.
    std::string_view query;
    std::string_view body;
    std::string base_url;  // For results_url: "http://127.0.0.1:8080".
    std::string request_id;
  };

  Reply handle(const Request& request, base::TimePoint now, std::int64_t wall);

  std::uint64_t count() const;

 private:
  struct Batch;
  BatchOptions options_;
  std::uint64_t seed_;
  Answer answer_;
  std::map<std::string, Batch> batches_;
};

}  // namespace mock
