#include "mock/bill.h"

#include <algorithm>
#include <array>

#include "mock/models.h"

namespace mock {
namespace {

struct PriceRow {
  std::string_view id;
  ModelPrice price;
  bool fast = false;
};

constexpr auto kPrices = std::to_array<PriceRow>({
    {"claude-fable-5", {10, 12.50, 20, 1.00, 50}},
    {"claude-mythos-5", {10, 12.50, 20, 1.00, 50}},
    {"claude-opus-5", {5, 6.25, 10, 0.50, 25}},
    {"claude-opus-5", {10, 12.50, 20, 1.00, 50}, true},
    {"claude-opus-4-8", {5, 6.25, 10, 0.50, 25}},
    {"claude-opus-4-8", {10, 12.50, 20, 1.00, 50}, true},
    {"claude-opus-4-7", {5, 6.25, 10, 0.50, 25}},
    {"claude-opus-4-6", {5, 6.25, 10, 0.50, 25}},
    {"claude-opus-4-5-20251101", {5, 6.25, 10, 0.50, 25}},
    {"claude-sonnet-5", {2, 2.50, 4, 0.20, 10}},
    {"claude-sonnet-4-6", {3, 3.75, 6, 0.30, 15}},
    {"claude-sonnet-4-5-20250929", {3, 3.75, 6, 0.30, 15}},
    {"claude-haiku-4-5-20251001", {1, 1.25, 2, 0.10, 5}},
    {"claude-opus-4-1-20250805", {15, 18.75, 30, 1.50, 75}},
    {"claude-opus-4-20250514", {15, 18.75, 30, 1.50, 75}},
    {"claude-sonnet-4-20250514", {3, 3.75, 6, 0.30, 15}},
    {"claude-3-7-sonnet-20250219", {3, 3.75, 6, 0.30, 15}},
    {"claude-3-5-haiku-20241022", {0.80, 1.00, 1.60, 0.08, 4}},
    {"claude-3-opus-20240229", {15, 18.75, 30, 1.50, 75}},
    {"claude-3-haiku-20240307", {0.25, 0.30, 0.50, 0.03, 1.25}},
});

constexpr double kBatchShare = 0.5;

void add_usage(Usage& total, const Usage& usage) {
  total.input_tokens += usage.input_tokens;
  total.cache.read_tokens += usage.cache.read_tokens;
  total.cache.write_5m_tokens += usage.cache.write_5m_tokens;
  total.cache.write_1h_tokens += usage.cache.write_1h_tokens;
  total.output_tokens += usage.output_tokens;
  total.thinking_tokens += usage.thinking_tokens;
}

}  // namespace

const ModelPrice* find_model_price(std::string_view model, bool fast) {
  const std::string_view id = resolve_model(model);
  const auto row = std::find_if(kPrices.begin(), kPrices.end(), [&](const PriceRow& known) {
    return known.id == id && known.fast == fast;
  });
  return row == kPrices.end() ? nullptr : &row->price;
}

double price_usd(const ModelPrice& price, const Usage& usage, bool in_batch) {
  const auto part = [](std::int64_t tokens, double per_million) {
    return static_cast<double>(tokens) * per_million;
  };
  const double millionths = part(usage.input_tokens, price.input) +
                            part(usage.cache.write_5m_tokens, price.cache_write_5m) +
                            part(usage.cache.write_1h_tokens, price.cache_write_1h) +
                            part(usage.cache.read_tokens, price.cache_read) +
                            part(usage.output_tokens, price.output);
  return millionths * (in_batch ? kBatchShare : 1) / 1e6;
}

double Bill::add(const std::string& model, const Usage& usage, bool in_batch, bool fast) {
  const ModelPrice* price = find_model_price(model, fast);
  const double usd = price == nullptr ? 0 : price_usd(*price, usage, in_batch);
  BillEntry& entry = entries_[model];
  ++entry.requests;
  add_usage(entry.usage, usage);
  entry.usd += usd;
  usd_ += usd;
  return usd;
}

}  // namespace mock
