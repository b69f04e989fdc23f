#include "client/batch_results.h"

#include <algorithm>
#include <utility>

#include "llm/json_reader.h"
#include "llm/usage_json.h"
#include "metrics/builtin.h"

namespace client {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kMaxLine = 32 * 1024 * 1024;
constexpr std::array kResults = {BatchResult::kSucceeded, BatchResult::kErrored,
                                 BatchResult::kCanceled, BatchResult::kExpired};

// What is billed of a message.
struct Message {
  std::string model;
  llm::Usage usage;
};

struct ResultLine {
  BatchResult result = BatchResult::kOther;
  std::optional<Message> message;  // Of one that succeeded.
};

std::optional<Message> read_message(ondemand::object& result) {
  std::optional<ondemand::object> message = llm::object_at(result, "message");
  if (!message) return {};
  Message read;
  read.model = llm::string_at(*message, "model");
  const std::optional<ondemand::object> usage = llm::object_at(*message, "usage");
  if (!usage || !llm::read_anthropic_usage(*usage, read.usage)) return {};
  return read;
}

ResultLine read_line(std::string_view line) {
  std::optional<ondemand::object> object = llm::json_reader().read_object(line);
  std::optional<ondemand::object> result;
  if (object) result = llm::object_at(*object, "result");
  if (!result) return {};
  const std::string_view type = llm::string_at(*result, "type");
  const auto known = std::find_if(kResults.begin(), kResults.end(),
                                  [&](BatchResult kind) { return to_string(kind) == type; });
  if (known == kResults.end()) return {};
  if (*known != BatchResult::kSucceeded) return {*known, {}};
  std::optional<Message> message = read_message(*result);
  if (!message) return {};
  return {*known, std::move(message)};
}

void add(llm::Usage& sum, const llm::Usage& usage) {
  sum.input_tokens += usage.input_tokens;
  sum.output_tokens += usage.output_tokens;
  sum.cache_read_tokens += usage.cache_read_tokens;
  sum.cache_write_tokens += usage.cache_write_tokens;
  sum.cache_write_1h_tokens += usage.cache_write_1h_tokens;
  sum.web_searches += usage.web_searches;
  if (usage.thinking_tokens) {
    sum.thinking_tokens = sum.thinking_tokens.value_or(0) + *usage.thinking_tokens;
  }
}

const llm::Price* find_price(const llm::PriceTable* prices, std::string_view asked,
                             std::string_view answered) {
  if (prices == nullptr) return nullptr;
  const llm::Price* price = prices->find(asked);
  return price != nullptr ? price : prices->find(answered);
}

void add_message(BatchTotals& totals, const llm::Usage& usage, const llm::Price* price) {
  add(totals.usage, usage);
  if (price == nullptr) {
    totals.cost_usd.reset();
  } else if (totals.cost_usd) {
    *totals.cost_usd += llm::cost_usd(*price, usage) * llm::kBatchFactor;
  }
}

}  // namespace

std::string_view to_string(BatchResult result) {
  switch (result) {
    case BatchResult::kSucceeded:
      return "succeeded";
    case BatchResult::kErrored:
      return "errored";
    case BatchResult::kCanceled:
      return "canceled";
    case BatchResult::kExpired:
      return "expired";
    case BatchResult::kOther:
      break;
  }
  return "other";
}

void BatchTally::add(std::string_view line) {
  const ResultLine read = read_line(line);
  const std::string& model = read.message && model_.empty() ? read.message->model : model_;
  const llm::Price* price = nullptr;
  if (read.message) price = find_price(prices_, model_, read.message->model);
  for (BatchTotals* totals : {&all_, &by_model_[model]}) {
    ++totals->counts[static_cast<std::size_t>(read.result)];
    if (read.message) add_message(*totals, read.message->usage, price);
  }
}

void BatchTally::record(Context& context, metrics::TagSet tags) const {
  for (const auto& [model, totals] : by_model_) {
    tags.set("model", model);
    const metrics::TagsId id = context.shard.intern(tags);
    const auto add = [&](metrics::Builtin metric, double value) {
      if (value > 0) context.shard.add(metric, id, value);
    };
    add(metrics::kLlmInputTokens, static_cast<double>(totals.usage.input_tokens));
    add(metrics::kLlmOutputTokens, static_cast<double>(totals.usage.output_tokens));
    add(metrics::kLlmCacheReadTokens, static_cast<double>(totals.usage.cache_read_tokens));
    add(metrics::kLlmCacheWriteTokens, static_cast<double>(totals.usage.cache_write_tokens));
    add(metrics::kLlmCost, totals.cost_usd.value_or(0));
    if (!totals.cost_usd && !model.empty()) context.unpriced_models.insert(model);
    metrics::TagSet with_result = tags;
    for (std::size_t i = 0; i < kBatchResults; ++i) {
      if (totals.counts[i] == 0) continue;
      with_result.set("result", to_string(static_cast<BatchResult>(i)));
      context.shard.add(metrics::kLlmBatchRequests, context.shard.intern(with_result),
                        static_cast<double>(totals.counts[i]));
    }
  }
}

BatchResults::BatchResults(Context& context, BatchResultsSpec spec, Origin origin,
                           std::function<void()> on_done)
    : context_(context),
      tags_(join_tags(context, origin, spec.tags, "")),
      keep_lines_(spec.keep_lines),
      record_(spec.record),
      tally_(std::move(spec.model), context.prices),
      parser_([this](const net::SseEvent& line) { on_line(line.data); }, kMaxLine),
      on_done_(std::move(on_done)),
      call_(context, with_sink(std::move(spec.http)), origin, [this] { on_answer(); }) {}

BatchResults::~BatchResults() {
  if (!done() && !context_.left_by_script) record();
}

HttpSpec BatchResults::with_sink(HttpSpec spec) {
  spec.body_sink = [this](std::string_view bytes) {
    line_too_long_ = !parser_.feed(bytes);
    return !line_too_long_;
  };
  return spec;
}

void BatchResults::on_line(std::string_view line) {
  tally_.add(line);
  if (keep_lines_) lines_.emplace_back(line);
}

void BatchResults::on_answer() {
  HttpAnswer& answer = call_.answer();
  if (line_too_long_) answer.error_message = "a line of the results is longer than 32 MB";
  if (!answer.error) {
    parser_.end();
    record();
  }
  on_done_();
}

void BatchResults::record() {
  if (record_) tally_.record(context_, tags_);
}

}  // namespace client
