#include "mock/bill.h"

#include <catch2/catch.hpp>

namespace {

mock::Usage usage_of(std::int64_t input, std::int64_t read, std::int64_t write_5m,
                     std::int64_t write_1h, std::int64_t output) {
  mock::Usage usage;
  usage.input_tokens = input;
  usage.cache = {read, write_5m, write_1h};
  usage.output_tokens = output;
  return usage;
}

}  // namespace

TEST_CASE("prices are found by id and by alias, and not for what has none") {
  REQUIRE(mock::find_model_price("claude-haiku-4-5"));
  CHECK(mock::find_model_price("claude-haiku-4-5") ==
        mock::find_model_price("claude-haiku-4-5-20251001"));
  CHECK(mock::find_model_price("claude-opus-4-20250514")->input == 15);
  CHECK(mock::find_model_price("claude-opus-4-8")->input == 5);
  CHECK_FALSE(mock::find_model_price("gpt-5"));
  CHECK_FALSE(mock::find_model_price(""));
}

TEST_CASE("the cache's prices follow from the input's") {
  for (const char* model : {"claude-fable-5", "claude-mythos-5", "claude-opus-5", "claude-opus-4-7",
                            "claude-sonnet-5", "claude-sonnet-4-6", "claude-haiku-4-5",
                            "claude-3-5-haiku-20241022", "claude-opus-4-1-20250805"}) {
    const mock::ModelPrice* price = mock::find_model_price(model);
    INFO(model);
    REQUIRE(price);
    CHECK(price->cache_write_5m == Approx(1.25 * price->input));
    CHECK(price->cache_write_1h == Approx(2 * price->input));
    CHECK(price->cache_read == Approx(0.1 * price->input));
    CHECK(price->output == Approx(5 * price->input));
  }
}

TEST_CASE("every kind of token has its own price") {
  const mock::ModelPrice& price = *mock::find_model_price("claude-haiku-4-5");
  constexpr std::int64_t kMillion = 1'000'000;
  CHECK(mock::price_usd(price, usage_of(kMillion, 0, 0, 0, 0), false) == 1);
  CHECK(mock::price_usd(price, usage_of(0, kMillion, 0, 0, 0), false) == 0.10);
  CHECK(mock::price_usd(price, usage_of(0, 0, kMillion, 0, 0), false) == 1.25);
  CHECK(mock::price_usd(price, usage_of(0, 0, 0, kMillion, 0), false) == 2);
  CHECK(mock::price_usd(price, usage_of(0, 0, 0, 0, kMillion), false) == 5);
}

TEST_CASE("a batch costs half, of all kinds of tokens") {
  const mock::ModelPrice& price = *mock::find_model_price("claude-opus-4-8");
  const mock::Usage usage = usage_of(1000, 2000, 300, 400, 500);
  // 1000 × 5 + 2000 × 0.5 + 300 × 6.25 + 400 × 10 + 500 × 25 millionths.
  CHECK(mock::price_usd(price, usage, false) == Approx(0.024375).epsilon(1e-12));
  CHECK(mock::price_usd(price, usage, true) == mock::price_usd(price, usage, false) / 2);
}

TEST_CASE("thinking is part of the output and not billed twice") {
  mock::Usage usage = usage_of(0, 0, 0, 0, 1000);
  usage.thinking_tokens = 900;
  CHECK(mock::price_usd(*mock::find_model_price("claude-sonnet-5"), usage, false) ==
        Approx(0.01).epsilon(1e-12));
}

TEST_CASE("fast mode has its own price where a model has it") {
  CHECK(mock::find_model_price("claude-opus-5", true)->output == 50);
  CHECK(mock::find_model_price("claude-opus-5")->output == 25);
  CHECK_FALSE(mock::find_model_price("claude-sonnet-5", true));
}

TEST_CASE("a bill adds up by model, exactly, however many small parts it has") {
  mock::Bill bill;
  constexpr int kRequests = 100'000;
  for (int i = 0; i < kRequests; ++i) {
    bill.add("claude-haiku-4-5-20251001", usage_of(7, 3, 0, 0, 11), false);
    bill.add("claude-3-haiku-20240307", usage_of(1, 0, 0, 0, 1), true);
  }
  // (7 × 1 + 3 × 0.1 + 11 × 5) and half of (0.25 + 1.25) millionths each.
  CHECK(bill.usd() == Approx(kRequests * (62.3 + 0.75) / 1e6).epsilon(1e-9));
  const auto& haiku = bill.entries().at("claude-haiku-4-5-20251001");
  CHECK(haiku.requests == kRequests);
  CHECK(haiku.usage.input_tokens == 7 * kRequests);
  CHECK(haiku.usage.cache.read_tokens == 3 * kRequests);
  CHECK(haiku.usage.output_tokens == 11 * kRequests);
  CHECK(haiku.usd == Approx(6.23).epsilon(1e-9));
}

TEST_CASE("what is not priced is counted at no cost") {
  mock::Bill bill;
  CHECK(bill.add("gpt-5", usage_of(100, 0, 0, 0, 100), false) == 0);
  CHECK(bill.usd() == 0);
  CHECK(bill.entries().at("gpt-5").usage.output_tokens == 100);
}
