// The results of a message batch, counted line by line as they are downloaded.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "client/context.h"
#include "client/http_call.h"
#include "llm/prices.h"
#include "llm/reply.h"
#include "net/line_parser.h"

namespace client {

// What became of one request of a batch. kOther: a line that cannot be read, or a kind of result
// that the API did not have when this was written.
enum class BatchResult { kSucceeded, kErrored, kCanceled, kExpired, kOther };
inline constexpr std::size_t kBatchResults = 5;

std::string_view to_string(BatchResult result);  // "succeeded" … "other"

struct BatchTotals {
  std::array<std::uint64_t, kBatchResults> counts{};  // By BatchResult.
  llm::Usage usage;                                   // Only what succeeded is billed.
  std::optional<double> cost_usd = 0;  // Nothing where a message's price is not known.

  std::uint64_t count(BatchResult result) const { return counts[static_cast<std::size_t>(result)]; }
};

// Adds up result lines: {"custom_id":…,"result":{"type":"succeeded","message":{…}}}.
// https://docs.claude.com/en/api/retrieving-message-batch-results
class BatchTally {
 public:
  // `model`: what all of the batch's requests asked for, by which they are priced and tagged. ""
  // where that is not one model: then each message's own.
  BatchTally(std::string model, const llm::PriceTable* prices)
      : model_(std::move(model)), prices_(prices) {}

  void add(std::string_view line);
  const BatchTotals& totals() const { return all_; }

  // Counts llm_batch_requests by the tag `result`, the tokens and the cost, with these tags and the
  // model's.
  void record(Context& context, metrics::TagSet tags) const;

 private:
  std::string model_;
  const llm::PriceTable* prices_;
  BatchTotals all_;
  std::map<std::string, BatchTotals, std::less<>> by_model_;
};

struct BatchResultsSpec {
  HttpSpec http;         // Its sink is ours.
  metrics::TagSet tags;  // Of what is recorded of the batch.
  std::string model;     // As BatchTally's.
  bool keep_lines = false;
  // False for results that were recorded before: a batch is billed once, however often it is read.
  bool record = true;
};

// Asks at once; `on_done` comes once, from the loop. What was counted is recorded when all has
// come, or when the call is destroyed unfinished by the test's end; after a failure the script may
// read the results again, so nothing is.
//
// Lifetime: the context outlives the call.
// Cost:     one line's memory, but for keep_lines, which keeps them all until they are taken.
class BatchResults {
 public:
  BatchResults(Context& context, BatchResultsSpec spec, Origin origin,
               std::function<void()> on_done);
  ~BatchResults();
  BatchResults(const BatchResults&) = delete;
  BatchResults& operator=(const BatchResults&) = delete;

  bool done() const { return call_.done(); }
  const BatchTotals& totals() const { return tally_.totals(); }
  const HttpAnswer& answer() { return call_.answer(); }  // Without the lines. REQUIRES: done().
  std::deque<std::string> take_lines() { return std::move(lines_); }

 private:
  HttpSpec with_sink(HttpSpec spec);
  void on_line(std::string_view line);
  void on_answer();
  void record();

  Context& context_;
  metrics::TagSet tags_;
  bool keep_lines_;
  bool record_;
  BatchTally tally_;
  std::deque<std::string> lines_;
  net::LineParser parser_;
  bool line_too_long_ = false;
  std::function<void()> on_done_;
  HttpCall call_;  // Last: it uses all of the above.
};

}  // namespace client
