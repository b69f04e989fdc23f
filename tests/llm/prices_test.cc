#include "llm/prices.h"

#include <catch2/catch.hpp>
#include <set>

namespace {

const llm::Price& price_of(std::string_view model) {
  const llm::Price* price = llm::find_price(model);
  REQUIRE(price != nullptr);
  return *price;
}

}  // namespace

TEST_CASE("a model is found by its id and by its alias") {
  for (const llm::Price& price : llm::prices()) {
    INFO(price.model);
    CHECK(llm::find_price(price.model) == &price);
    if (!price.alias.empty()) CHECK(llm::find_price(price.alias) == &price);
  }
  CHECK(price_of("claude-haiku-4-5").model == "claude-haiku-4-5-20251001");
}

TEST_CASE("a model that the table does not know has no price") {
  for (const char* model : {"", "claude", "claude-haiku-3-5", "claude-haiku-4-5-", "gpt-5",
                            "Claude-Opus-5", "claude-opus-5-20260101"}) {
    INFO(model);
    CHECK(llm::find_price(model) == nullptr);
  }
}

TEST_CASE("no two rows share a name") {
  std::set<std::string_view> names;
  for (const llm::Price& price : llm::prices()) {
    CHECK(names.insert(price.model).second);
    if (!price.alias.empty()) CHECK(names.insert(price.alias).second);
  }
}

TEST_CASE("cache prices follow the published multipliers of the input price") {
  for (const llm::Price& price : llm::prices()) {
    INFO(price.model);
    CHECK(price.cache_write_1h == Approx(2 * price.input));
    CHECK(price.output == Approx(5 * price.input));
    if (price.model == "claude-3-haiku-20240307") continue;  // Published rounded to cents.
    CHECK(price.cache_write_5m == Approx(1.25 * price.input));
    CHECK(price.cache_read == Approx(0.1 * price.input));
  }
}

TEST_CASE("each kind of token is paid at its own price") {
  const llm::Price& haiku = price_of("claude-haiku-4-5");
  llm::Usage usage;
  CHECK(llm::cost_usd(haiku, usage) == 0);

  usage.input_tokens = 656;
  usage.output_tokens = 74;
  CHECK(llm::cost_usd(haiku, usage) == Approx(0.001026).epsilon(1e-12));

  usage = {};
  usage.cache_read_tokens = 1'000'000;
  CHECK(llm::cost_usd(haiku, usage) == Approx(0.10));

  usage = {};
  usage.cache_write_tokens = 1'000'000;
  CHECK(llm::cost_usd(haiku, usage) == Approx(1.25));
  usage.cache_write_1h_tokens = 400'000;
  CHECK(llm::cost_usd(haiku, usage) == Approx(0.6 * 1.25 + 0.4 * 2));

  // The part can be known only of a sum: it never makes the rest negative.
  usage.cache_write_1h_tokens = 3'000'000;
  CHECK(llm::cost_usd(haiku, usage) == Approx(2));
}

TEST_CASE("thinking tokens are part of the output and are not paid twice") {
  llm::Usage usage;
  usage.output_tokens = 1'000'000;
  usage.thinking_tokens = 900'000;
  CHECK(llm::cost_usd(price_of("claude-opus-5"), usage) == Approx(25));
}
