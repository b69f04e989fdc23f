// What a worker's requests need to run and to be counted.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/random.h"
#include "client/budget.h"
#include "client/event_log.h"
#include "llm/prices.h"
#include "metrics/objective.h"
#include "metrics/shard.h"
#include "net/event_loop.h"
#include "net/http_client.h"

namespace client {

class RequestLog;

// One per worker.
struct Context {
  net::EventLoop& loop;
  net::HttpClient& http;
  metrics::Shard& shard;
  EventLog* event_log = nullptr;                     // Null where events are not logged.
  RequestLog* request_log = nullptr;                 // Null where requests are not.
  std::span<const metrics::Objective> objectives{};  // Of the run; outlive the context.
  const llm::PriceTable* prices = nullptr;           // Outlives the context; never null in use.
  Budget* budget = nullptr;                          // Null where the run has none.
  bool needs_prices = false;                         // A model without a price may not be used.
  base::RandomStream random{0};                      // For what no script draws: back-off.

  // What is counted now is no part of the run's results: setup, warm-up, teardown.
  bool apart = true;
  bool load_over = false;  // Only hooks are to come: nobody ends those that wait for money.

  std::set<std::string> unpriced_models{};  // Models that were used and have no known price.
  std::uint64_t kernel_stamped_reads = 0;
  std::uint64_t other_reads = 0;
  std::uint64_t hidden_retries = 0;  // Requests that curl sent again by itself.

  // Unfinished requests that are destroyed now were left by their script, which goes on, and not
  // cut off by the test's end: they count as cancelled, not as censored.
  bool left_by_script = false;
};

// While it lives, its context's left_by_script is set.
class LeftByScript {
 public:
  explicit LeftByScript(Context& context)
      : flag_(context.left_by_script), before_(std::exchange(flag_, true)) {}
  ~LeftByScript() { flag_ = before_; }
  LeftByScript(const LeftByScript&) = delete;
  LeftByScript& operator=(const LeftByScript&) = delete;

 private:
  bool& flag_;
  bool before_;
};

// Counts a read of the socket: how late it was handled, and by what it was stamped.
void note_read(Context& context, const net::BodyPart& part);

// Whose request it is.
struct Origin {
  metrics::TagsId tags = 0;  // Of the iteration: scenario, user, task.
  // When the iteration was due, for its first request only: what its user has waited since.
  std::optional<base::TimePoint> due;
  base::Duration start_lag{};  // Of that iteration: the part of the wait that is our own.
};

}  // namespace client
