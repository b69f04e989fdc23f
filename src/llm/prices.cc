#include "llm/prices.h"

#include <algorithm>
#include <array>

namespace llm {
namespace {

// Retired models stay: gateways and other clouds serve them longer.
constexpr auto kPrices = std::to_array<Price>({
    // model, alias, input, 5m write, 1h write, cache read, output
    {"claude-fable-5", "", 10, 12.50, 20, 1.00, 50},
    {"claude-mythos-5", "", 10, 12.50, 20, 1.00, 50},
    {"claude-opus-5", "", 5, 6.25, 10, 0.50, 25},
    {"claude-opus-4-8", "", 5, 6.25, 10, 0.50, 25},
    {"claude-opus-4-7", "", 5, 6.25, 10, 0.50, 25},
    {"claude-opus-4-6", "", 5, 6.25, 10, 0.50, 25},
    {"claude-opus-4-5-20251101", "claude-opus-4-5", 5, 6.25, 10, 0.50, 25},
    {"claude-sonnet-5", "", 2, 2.50, 4, 0.20, 10},
    {"claude-sonnet-4-6", "", 3, 3.75, 6, 0.30, 15},
    {"claude-sonnet-4-5-20250929", "claude-sonnet-4-5", 3, 3.75, 6, 0.30, 15},
    {"claude-haiku-4-5-20251001", "claude-haiku-4-5", 1, 1.25, 2, 0.10, 5},
    {"claude-opus-4-1-20250805", "claude-opus-4-1", 15, 18.75, 30, 1.50, 75},
    {"claude-opus-4-20250514", "claude-opus-4-0", 15, 18.75, 30, 1.50, 75},
    {"claude-sonnet-4-20250514", "claude-sonnet-4-0", 3, 3.75, 6, 0.30, 15},
    {"claude-3-7-sonnet-20250219", "claude-3-7-sonnet-latest", 3, 3.75, 6, 0.30, 15},
    {"claude-3-5-haiku-20241022", "claude-3-5-haiku-latest", 0.80, 1.00, 1.60, 0.08, 4},
    {"claude-3-opus-20240229", "claude-3-opus-latest", 15, 18.75, 30, 1.50, 75},
    {"claude-3-haiku-20240307", "", 0.25, 0.30, 0.50, 0.03, 1.25},
});

}  // namespace

std::span<const Price> prices() { return kPrices; }

const Price* find_price(std::string_view model) {
  if (model.empty()) return nullptr;
  const auto found = std::find_if(kPrices.begin(), kPrices.end(), [&](const Price& price) {
    return price.model == model || price.alias == model;
  });
  return found == kPrices.end() ? nullptr : &*found;
}

double cost_usd(const Price& price, const Usage& usage) {
  // A server that reports only the sum, or the part alone, must not make the rest negative.
  const std::uint64_t write_1h = std::min(usage.cache_write_1h_tokens, usage.cache_write_tokens);
  const std::uint64_t write_5m = usage.cache_write_tokens - write_1h;
  const auto dollars = [](std::uint64_t tokens, double per_million) {
    return static_cast<double>(tokens) * per_million;
  };
  return (dollars(usage.input_tokens, price.input) + dollars(write_5m, price.cache_write_5m) +
          dollars(write_1h, price.cache_write_1h) +
          dollars(usage.cache_read_tokens, price.cache_read) +
          dollars(usage.output_tokens, price.output)) /
         1e6;
}

}  // namespace llm
