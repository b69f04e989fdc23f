#include "llm/prices.h"

#include <catch2/catch.hpp>
#include <vector>

#include "base/random.h"

namespace {

using llm::cost_usd;
using llm::Price;
using llm::PriceTable;
using llm::Usage;
using llm::worst_case_usd;

constexpr std::uint64_t kMillion = 1'000'000;

const std::vector<std::string> kIds = {"claude-fable-5",
                                       "claude-mythos-5",
                                       "claude-opus-5",
                                       "claude-opus-4-8",
                                       "claude-opus-4-7",
                                       "claude-opus-4-6",
                                       "claude-opus-4-5-20251101",
                                       "claude-sonnet-5",
                                       "claude-sonnet-4-6",
                                       "claude-haiku-4-5-20251001",
                                       "claude-sonnet-4-5-20250929",
                                       "claude-opus-4-1-20250805",
                                       "claude-opus-4-20250514",
                                       "claude-sonnet-4-20250514",
                                       "claude-3-7-sonnet-20250219",
                                       "claude-3-opus-20240229",
                                       "claude-3-5-haiku-20241022",
                                       "claude-3-haiku-20240307"};

Price price_of(std::string_view model) {
  const PriceTable table;
  const Price* price = table.find(model);
  INFO(model);
  REQUIRE(price != nullptr);
  return *price;
}

bool same(const Price& a, const Price& b) {
  return a.input == b.input && a.cache_write_5m == b.cache_write_5m &&
         a.cache_write_1h == b.cache_write_1h && a.cache_read == b.cache_read &&
         a.output == b.output && a.fast_input == b.fast_input && a.fast_output == b.fast_output &&
         a.us_only_factor == b.us_only_factor;
}

Usage usage_of(std::uint64_t input, std::uint64_t output) {
  Usage usage;
  usage.input_tokens = input;
  usage.output_tokens = output;
  return usage;
}

}  // namespace

TEST_CASE("every model has a price, by its id and by its alias") {
  for (const std::string& id : kIds) CHECK(price_of(id).input > 0);
  const auto [alias, id] = GENERATE(table<std::string, std::string>({
      {"claude-opus-4-5", "claude-opus-4-5-20251101"},
      {"claude-sonnet-4-5", "claude-sonnet-4-5-20250929"},
      {"claude-haiku-4-5", "claude-haiku-4-5-20251001"},
      {"claude-opus-4-1", "claude-opus-4-1-20250805"},
      {"claude-opus-4-0", "claude-opus-4-20250514"},
      {"claude-sonnet-4-0", "claude-sonnet-4-20250514"},
      {"claude-3-7-sonnet-latest", "claude-3-7-sonnet-20250219"},
      {"claude-3-5-haiku-latest", "claude-3-5-haiku-20241022"},
      {"claude-3-opus-latest", "claude-3-opus-20240229"},
  }));
  CAPTURE(alias);
  CHECK(same(price_of(alias), price_of(id)));
}

TEST_CASE("other platforms' names of a model are found") {
  const auto [name, id] = GENERATE(table<std::string, std::string>({
      {"claude-haiku-4-5@20251001", "claude-haiku-4-5"},
      {"claude-opus-4-6@default", "claude-opus-4-6"},
      {"publishers/anthropic/models/claude-opus-4-1@20250805", "claude-opus-4-1"},
      {"claude-3-5-haiku", "claude-3-5-haiku-latest"},
      {"anthropic.claude-opus-5", "claude-opus-5"},
      {"anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"},
      {"us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5"},
      {"global.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"},
      {"anthropic.claude-3-haiku-20240307-v1:0:200k", "claude-3-haiku-20240307"},
      {"arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0",
       "claude-3-haiku-20240307"},
      {"anthropic/claude-haiku-4-5", "claude-haiku-4-5"},
      {"anthropic/claude-haiku-4.5", "claude-haiku-4-5"},
      {"anthropic/claude-3.5-haiku:beta", "claude-3-5-haiku-latest"},
      {"anthropic/claude-opus-4", "claude-opus-4-0"},
      {"bedrock/us.anthropic.claude-sonnet-4-20250514-v1:0", "claude-sonnet-4-0"},
      {"vertex_ai/claude-sonnet-4-5@20250929", "claude-sonnet-4-5"},
  }));
  CAPTURE(name);
  CHECK(same(price_of(name), price_of(id)));
}

TEST_CASE("a model that the table does not know has no price") {
  const PriceTable table;
  for (const char* model :
       {"", "/", "@", "anthropic.", "claude", "claude-haiku-3-5", "claude-haiku-4-5-", "gpt-5",
        "openai/gpt-5", "Claude-Opus-5", "claude-opus-5-20260101", "claude-haiku-4-5@20250101",
        "claude-haiku-4-5-v", "us.anthropic.claude-v2:1"}) {
    INFO(model);
    CHECK(table.find(model) == nullptr);
  }
}

TEST_CASE("a price that is set counts for its name alone") {
  PriceTable table;
  const Price mine{.input = 7, .output = 8};
  table.set("claude-haiku-4-5", mine);
  table.set("gpt-5", mine);
  table.set("anthropic/claude-opus-5", mine);
  CHECK(same(*table.find("claude-haiku-4-5"), mine));
  CHECK(same(*table.find("gpt-5"), mine));
  CHECK(same(*table.find("anthropic/claude-opus-5"), mine));
  CHECK(table.find("claude-haiku-4-5-20251001")->input == 1);
  CHECK(table.find("claude-opus-5")->input == 5);
  CHECK(PriceTable().find("gpt-5") == nullptr);
}

TEST_CASE("cache and output prices follow the published multipliers of the input price") {
  for (const std::string& id : kIds) {
    INFO(id);
    const Price price = price_of(id);
    CHECK(price.cache_write_1h == Approx(2 * price.input));
    CHECK(price.output == Approx(5 * price.input));
    if (id == "claude-3-haiku-20240307") continue;  // Published rounded to cents.
    CHECK(price.cache_write_5m == Approx(1.25 * price.input));
    CHECK(price.cache_read == Approx(0.1 * price.input));
  }
}

TEST_CASE("each kind of token is paid at its own price") {
  const Price haiku = price_of("claude-haiku-4-5");
  CHECK(cost_usd(haiku, Usage{}) == 0);
  CHECK(cost_usd(haiku, usage_of(656, 74)) == Approx(0.001026).epsilon(1e-12));

  Usage usage;
  usage.cache_read_tokens = kMillion;
  CHECK(cost_usd(haiku, usage) == Approx(0.10));

  usage = {};
  usage.cache_write_tokens = kMillion;
  CHECK(cost_usd(haiku, usage) == Approx(1.25));
  usage.cache_write_1h_tokens = 400'000;
  CHECK(cost_usd(haiku, usage) == Approx(0.6 * 1.25 + 0.4 * 2));

  // The part can be known only of a sum: it never makes the rest negative.
  usage.cache_write_1h_tokens = 3 * kMillion;
  CHECK(cost_usd(haiku, usage) == Approx(2));
}

TEST_CASE("thinking tokens are part of the output and are not paid twice") {
  Usage usage = usage_of(0, kMillion);
  usage.thinking_tokens = 900'000;
  CHECK(cost_usd(price_of("claude-opus-5"), usage) == Approx(25));
}

TEST_CASE("web searches are paid one by one") {
  Usage usage = usage_of(0, 0);
  usage.web_searches = 1000;
  CHECK(cost_usd(price_of("claude-opus-5"), usage) == Approx(10));
  usage.us_only = true;
  CHECK(cost_usd(price_of("claude-opus-5"), usage) == Approx(10));
}

TEST_CASE("fast mode has its own prices, the cache's in proportion") {
  Usage usage = usage_of(kMillion, kMillion);
  usage.fast = true;
  for (const char* model : {"claude-opus-5", "claude-opus-4-8"}) {
    CHECK(cost_usd(price_of(model), usage) == Approx(60));
  }
  CHECK(cost_usd(price_of("claude-opus-4-7"), usage) == Approx(30));  // Has none.

  usage = {};
  usage.fast = true;
  usage.cache_read_tokens = kMillion;
  usage.cache_write_tokens = 2 * kMillion;
  usage.cache_write_1h_tokens = kMillion;
  CHECK(cost_usd(price_of("claude-opus-5"), usage) == Approx(1 + 12.50 + 20));
}

TEST_CASE("inference in the US alone costs a tenth more, from 4.6 on") {
  Usage usage = usage_of(kMillion, kMillion);
  usage.us_only = true;
  CHECK(cost_usd(price_of("claude-sonnet-4-6"), usage) == Approx(19.80));
  CHECK(cost_usd(price_of("claude-sonnet-4-5"), usage) == Approx(18));
  usage.fast = true;
  CHECK(cost_usd(price_of("claude-opus-5"), usage) == Approx(66));
}

TEST_CASE("a free input has no part in fast mode") {
  Usage usage = usage_of(kMillion, kMillion);
  usage.fast = true;
  CHECK(cost_usd({.output = 1, .fast_input = 4, .fast_output = 2}, usage) == Approx(2));
}

TEST_CASE("at worst every byte is a token and all of the output comes") {
  const Price haiku = price_of("claude-haiku-4-5");
  CHECK(worst_case_usd(haiku, "", 0) == 0);
  CHECK(worst_case_usd(haiku, std::string(kMillion, 'x'), 0) == Approx(1));
  CHECK(worst_case_usd(haiku, "", kMillion) == Approx(5));
}

// Input prices of one million bytes that have `text` in them, in dollars per million tokens.
double worst_price(std::string_view model, std::string text) {
  text.resize(kMillion, ' ');
  return worst_case_usd(price_of(model), text, 0);
}

TEST_CASE("at worst the body is paid at the dearest rate that it asks for") {
  CHECK(worst_price("claude-opus-5", R"({"cache_control":{"type":"ephemeral"}})") == Approx(6.25));
  CHECK(worst_price("claude-opus-5", R"({"cache_control":{"type":"ephemeral","ttl":"5m"}})") ==
        Approx(6.25));
  CHECK(worst_price("claude-opus-5", R"({"cache_control": {"ttl": "1h"}})") == Approx(10));
  CHECK(worst_price("claude-opus-5", R"({"speed":"fast"})") == Approx(10));
  CHECK(worst_price("claude-opus-5", R"({"inference_geo":"us"})") == Approx(5.5));
  CHECK(worst_price("claude-opus-5",
                    R"({"speed":"fast","inference_geo":"us","cache_control":{"ttl":"1h"}})") ==
        Approx(22));
}

TEST_CASE("words of a prompt do not make it dearer") {
  for (const char* text :
       {R"({"content":"cache_control for 1h"})", R"({"content":"say \"cache_control\""})",
        R"({"content":"an \"image\", \"tools\""})", R"({"ttl":"1h"})", R"({"speed":"standard"})",
        R"({"inference_geo":"global"})", R"({"image":1,"image_url" : 2})"}) {
    INFO(text);
    CHECK(worst_price("claude-opus-5", text) == Approx(5));
  }
}

TEST_CASE("at worst an image costs five thousand tokens and tools a thousand") {
  const auto more = [](const std::string& body) {
    return worst_price("claude-haiku-4-5", body) * kMillion - kMillion;
  };
  const std::string by_url =
      R"({"type":"image","source":{"type":"url","url":"https://example.com/a.png"}})";
  CHECK(more(by_url) == Approx(5000));
  CHECK(more("[" + by_url + "," + by_url + "]") == Approx(10'000));
  CHECK(more(R"({"type":"image_url","image_url":{"url":"https://example.com/a.png"}})") ==
        Approx(5000));
  CHECK(more(R"({"type": "input_image", "image_url" : "https://example.com/a.png"})") ==
        Approx(5000));
  CHECK(more(R"({"tools":[]})") == Approx(1000));
  CHECK(more(R"({"tools":[],"messages":[)" + by_url + "]}") == Approx(6000));
  CHECK(worst_case_usd(price_of("claude-haiku-4-5"), R"("image")", 0) == Approx(5007 / 1e6));
}

TEST_CASE("a request never costs more than its worst case") {
  base::RandomStream random(7);
  for (int i = 0; i < 2000; ++i) {
    const Price price = price_of(kIds[random.below(kIds.size())]);
    Usage usage;
    std::string body = R"({"x":1)";
    if (random.below(2) == 0) {
      body += R"(,"cache_control":{"type":"ephemeral"})";
      usage.cache_write_tokens = random.below(20'000);
      if (random.below(2) == 0) {
        body += R"(,"ttl":"1h")";
        usage.cache_write_1h_tokens = random.below(usage.cache_write_tokens + 1);
      }
    }
    if ((usage.fast = random.below(2) == 0)) body += R"(,"speed":"fast")";
    if ((usage.us_only = random.below(2) == 0)) body += R"(,"inference_geo":"us")";
    usage.input_tokens = random.below(20'000);
    usage.cache_read_tokens = random.below(20'000);
    usage.output_tokens = random.below(4096);
    body.resize(body.size() + usage.all_input(), ' ');
    CHECK(cost_usd(price, usage) <= worst_case_usd(price, body, 4096));
  }
}
