// What tokens cost. Data with a date, not code.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "llm/reply.h"

namespace llm {

// US dollars per million tokens.
struct Price {
  double input = 0;
  double cache_write_5m = 0;
  double cache_write_1h = 0;
  double cache_read = 0;
  double output = 0;
  // Of fast mode, where the model has one. There the cache's prices grow as the input's does.
  std::optional<double> fast_input{};
  std::optional<double> fast_output{};
  double us_only_factor = 1;  // For inference in the US alone.
};

// The day on which the built-in table was read from the provider's price page.
inline constexpr std::string_view kPricesAsOf = "2026-08-22";

// What a request costs in a batch, against one on its own.
inline constexpr double kBatchFactor = 0.5;

// Threads: read by all, changed by none once the run begins.
class PriceTable {
 public:
  // With the built-in prices, which has every model of the provider's page by id and by alias.
  PriceTable();

  // In place of what is known, for this name alone.
  void set(std::string model, Price price);

  // Null for a model that the table does not know. Names of other platforms for the same models are
  // found too: "claude-haiku-4-5@20251001" (Vertex), "us.anthropic.claude-…-v1:0" (Bedrock),
  // "anthropic/claude-haiku-4.5" (gateways). The price is the provider's own: regional endpoints
  // of Vertex and Bedrock cost 10 % more.
  const Price* find(std::string_view model) const;

 private:
  std::map<std::string, Price, std::less<>> prices_;
};

// What a request cost by its reported usage. Web searches cost 0.01 USD each.
double cost_usd(const Price& price, const Usage& usage);

// The most that a request can cost before it is sent: every byte of the body as an input token at
// the dearest rate that the body asks for (cache_control: the write's, by its ttl; fast mode;
// inference in the US alone), what a body can stand for without holding it (an image by URL, the
// hidden prompt of tools) on top, and all of max_output_tokens. Leaves out what the server may add
// by itself: its own tools with their results, and the pages of documents that are given by URL or
// compressed.
//
// Cost: a few searches of the body.
double worst_case_usd(const Price& price, std::string_view body, std::uint64_t max_output_tokens);

}  // namespace llm
