#include "llm/prices.h"

#include <algorithm>
#include <array>
#include <utility>

namespace llm {
namespace {

struct Row {
  std::string_view id;
  std::string_view alias;  // "" for none.
  Price price;
};

constexpr double kUsOnly = 1.1;      // Of models from 4.6 on.
constexpr double kWebSearch = 0.01;  // Each.

// Source: https://docs.claude.com/en/about-claude/pricing, on kPricesAsOf.
// Retired models stay: gateways and other clouds serve them longer.
constexpr auto kPrices = std::to_array<Row>({
    // id, alias, {input, 5m write, 1h write, cache read, output, fast input, fast output, US only}
    {"claude-fable-5", "", {10, 12.50, 20, 1.00, 50, {}, {}, kUsOnly}},
    {"claude-mythos-5", "", {10, 12.50, 20, 1.00, 50, {}, {}, kUsOnly}},
    {"claude-opus-5", "", {5, 6.25, 10, 0.50, 25, 10, 50, kUsOnly}},
    {"claude-opus-4-8", "", {5, 6.25, 10, 0.50, 25, 10, 50, kUsOnly}},
    {"claude-opus-4-7", "", {5, 6.25, 10, 0.50, 25, {}, {}, kUsOnly}},
    {"claude-opus-4-6", "", {5, 6.25, 10, 0.50, 25, {}, {}, kUsOnly}},
    {"claude-opus-4-5-20251101", "claude-opus-4-5", {5, 6.25, 10, 0.50, 25}},
    {"claude-sonnet-5", "", {2, 2.50, 4, 0.20, 10, {}, {}, kUsOnly}},
    {"claude-sonnet-4-6", "", {3, 3.75, 6, 0.30, 15, {}, {}, kUsOnly}},
    {"claude-sonnet-4-5-20250929", "claude-sonnet-4-5", {3, 3.75, 6, 0.30, 15}},
    {"claude-haiku-4-5-20251001", "claude-haiku-4-5", {1, 1.25, 2, 0.10, 5}},
    {"claude-opus-4-1-20250805", "claude-opus-4-1", {15, 18.75, 30, 1.50, 75}},
    {"claude-opus-4-20250514", "claude-opus-4-0", {15, 18.75, 30, 1.50, 75}},
    {"claude-sonnet-4-20250514", "claude-sonnet-4-0", {3, 3.75, 6, 0.30, 15}},
    {"claude-3-7-sonnet-20250219", "claude-3-7-sonnet-latest", {3, 3.75, 6, 0.30, 15}},
    {"claude-3-5-haiku-20241022", "claude-3-5-haiku-latest", {0.80, 1.00, 1.60, 0.08, 4}},
    {"claude-3-opus-20240229", "claude-3-opus-latest", {15, 18.75, 30, 1.50, 75}},
    {"claude-3-haiku-20240307", "", {0.25, 0.30, 0.50, 0.03, 1.25}},
});

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Without an ending such as "-20251001".
std::string_view without_date(std::string_view id) {
  const std::size_t dash = id.rfind('-');
  const bool is_dated =
      dash != std::string_view::npos && id.size() - dash == 9 && is_digits(id.substr(dash + 1));
  return is_dated ? id.substr(0, dash) : id;
}

// The provider's own name for what another platform calls, say,
// "us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5@20251001" or
// "anthropic/claude-haiku-4.5".
std::string own_name(std::string_view model) {
  model.remove_prefix(model.rfind('/') + 1);  // npos + 1 is 0.
  constexpr std::string_view kBedrock = "anthropic.";
  if (const std::size_t at = model.find(kBedrock); at != std::string_view::npos) {
    model.remove_prefix(at + kBedrock.size());
  }
  model = model.substr(0, model.find(':'));
  const std::size_t version = model.rfind("-v");
  if (version != std::string_view::npos && is_digits(model.substr(version + 2))) {
    model = model.substr(0, version);
  }
  if (model.ends_with("@default")) model.remove_suffix(std::string_view("@default").size());
  std::string name(model);
  std::ranges::replace_if(
      name, [](char c) { return c == '@' || c == '.'; }, '-');
  return name;
}

// What the provider asks of a request in a mode. The price of what the cache stores or serves is a
// multiple of the input's.
Price price_in(const Price& standard, bool fast, bool us_only) {
  Price price = standard;
  if (fast && standard.fast_input && standard.input > 0) {
    const double factor = *standard.fast_input / standard.input;
    price.input = *standard.fast_input;
    price.cache_write_5m *= factor;
    price.cache_write_1h *= factor;
    price.cache_read *= factor;
  }
  if (fast) price.output = standard.fast_output.value_or(standard.output);
  if (!us_only) return price;
  for (double* part : {&price.input, &price.cache_write_5m, &price.cache_write_1h,
                       &price.cache_read, &price.output}) {
    *part *= standard.us_only_factor;
  }
  return price;
}

double dollars(std::uint64_t tokens, double per_million) {
  return static_cast<double>(tokens) * per_million / 1e6;
}

// Where a text stands in a JSON body as a whole string, a key or a value: inside of another string
// its quotes are escaped.
std::size_t find_string(std::string_view body, std::string_view text, std::size_t from = 0) {
  return body.find('"' + std::string(text) + '"', from);
}

bool has_string(std::string_view body, std::string_view text) {
  return find_string(body, text) != std::string_view::npos;
}

std::uint64_t count_values(std::string_view body, std::string_view text) {
  std::uint64_t count = 0;
  for (std::size_t at = find_string(body, text); at != std::string_view::npos;) {
    const std::size_t end = at + text.size() + 2;
    const std::size_t next = body.find_first_not_of(" \t\r\n", end);
    if (next == std::string_view::npos || body[next] != ':') ++count;
    at = find_string(body, text, end);
  }
  return count;
}

// The types of an image in the dialects: one that is held by the body can cost more than its bytes
// too, where it compressed well.
constexpr auto kImageTypes = std::to_array<std::string_view>({"image", "image_url", "input_image"});

// What an image and the hidden prompt of tools can come to, whatever the model.
constexpr std::uint64_t kImageTokens = 5'000;
constexpr std::uint64_t kToolsTokens = 1'000;

// Of the body, were each of its bytes a token, and of what it stands for without holding it.
std::uint64_t most_input_tokens(std::string_view body) {
  std::uint64_t tokens = body.size();
  for (const std::string_view type : kImageTypes) tokens += count_values(body, type) * kImageTokens;
  return tokens + (has_string(body, "tools") ? kToolsTokens : 0);
}

double dearest_input_price(const Price& price, std::string_view body) {
  if (!has_string(body, "cache_control")) return price.input;
  return std::max(price.input,
                  has_string(body, "1h") ? price.cache_write_1h : price.cache_write_5m);
}

}  // namespace

PriceTable::PriceTable() {
  for (const Row& row : kPrices) {
    prices_.emplace(row.id, row.price);
    prices_.emplace(without_date(row.id), row.price);
    if (!row.alias.empty()) prices_.emplace(row.alias, row.price);
  }
}

void PriceTable::set(std::string model, Price price) {
  prices_.insert_or_assign(std::move(model), price);
}

const Price* PriceTable::find(std::string_view model) const {
  auto found = prices_.find(model);
  if (found == prices_.end()) found = prices_.find(own_name(model));
  return found == prices_.end() ? nullptr : &found->second;
}

double cost_usd(const Price& price, const Usage& usage) {
  const Price paid = price_in(price, usage.fast, usage.us_only);
  // A server that reports only the sum, or the part alone, must not make the rest negative.
  const std::uint64_t write_1h = std::min(usage.cache_write_1h_tokens, usage.cache_write_tokens);
  const std::uint64_t write_5m = usage.cache_write_tokens - write_1h;
  return dollars(usage.input_tokens, paid.input) + dollars(write_5m, paid.cache_write_5m) +
         dollars(write_1h, paid.cache_write_1h) +
         dollars(usage.cache_read_tokens, paid.cache_read) +
         dollars(usage.output_tokens, paid.output) +
         static_cast<double>(usage.web_searches) * kWebSearch;
}

double worst_case_usd(const Price& price, std::string_view body, std::uint64_t max_output_tokens) {
  const bool fast = has_string(body, "speed") && has_string(body, "fast");
  const bool us_only = has_string(body, "inference_geo") && has_string(body, "us");
  const Price paid = price_in(price, fast, us_only);
  return dollars(most_input_tokens(body), dearest_input_price(paid, body)) +
         dollars(max_output_tokens, paid.output);
}

}  // namespace llm
