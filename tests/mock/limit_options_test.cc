#include "mock/limit_options.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace std::chrono_literals;

namespace {

mock::LimitOptions parse(std::string_view text) {
  const auto options = mock::parse_limits(text);
  INFO((options ? "" : options.error().message));
  REQUIRE(options);
  return *options;
}

std::string refusal_of(std::string_view text) {
  const auto options = mock::parse_limits(text);
  REQUIRE_FALSE(options);
  return options.error().message;
}

}  // namespace

TEST_CASE("limits are read for every class, with what stands beside them") {
  const auto options = parse(
      "rpm=50, itpm=30000,otpm=8000,burst=1s,concurrency=10,"
      "acceleration=58276,spend=0.05,estimate=1.2,exact,otpm-by-max-tokens");
  REQUIRE(options.other);
  CHECK(options.classes.empty());
  CHECK(options.other->requests == 50);
  CHECK(options.other->input_tokens == 30'000);
  CHECK(options.other->output_tokens == 8'000);
  CHECK(options.burst == 1s);
  CHECK(options.concurrency == 10);
  CHECK(options.acceleration_start == 58'276);
  CHECK(options.spend_cap_usd == 0.05);
  CHECK(options.input_estimate == 1.2);
  CHECK(options.exact_headers);
  CHECK(options.output_by_max_tokens);
}

TEST_CASE("presets have the published limits, and settings beside them change every class") {
  const auto start = parse("start");
  CHECK(start.other->requests == 1'000);
  CHECK(start.other->input_tokens == 2e6);
  CHECK(start.classes.at("fable-5").output_tokens == 100e3);
  const auto tier_1 = parse("tier-1,concurrency=4,rpm=7");
  CHECK(tier_1.other->input_tokens == 30e3);
  CHECK(tier_1.other->requests == 7);
  CHECK(tier_1.classes.at("haiku-4-5").input_tokens == 50e3);
  CHECK(tier_1.classes.at("haiku-4-5").requests == 7);
  CHECK(tier_1.concurrency == 4);
  const auto none = parse("none");
  CHECK_FALSE(none.other);
  CHECK(none.classes.empty());
}

TEST_CASE("what is no limit is refused with its place and the mend") {
  CHECK(refusal_of("teir-1") ==
        "expected none, start, build, scale, tier-1, tier-2, tier-3, tier-4, or limits such as "
        "\"rpm=50,itpm=30000,otpm=8000\", got \"teir-1\" (did you mean \"tier-1\"?)");
  CHECK(refusal_of("rmp=50").starts_with("unknown limit \"rmp\" (did you mean \"rpm\"?)"));
  CHECK(refusal_of("rpm=x") == "rpm: expected a number of zero or more, got \"x\"");
  CHECK(refusal_of("rpm") == "rpm: expected a number of zero or more, got \"\"");
  CHECK(refusal_of("burst=0s") == "burst: expected a duration above zero, got \"0s\"");
  CHECK(refusal_of("concurrency=1.5") == "concurrency: expected a whole number, got \"1.5\"");
  CHECK(refusal_of("exact=1") == "exact: expected nothing behind it, got \"1\"");
  CHECK(refusal_of("rpm=1,rpm=2") == "rpm is given twice in \"rpm=1,rpm=2\"");
  CHECK(refusal_of("rpm=1,tier-1").starts_with("unknown limit \"tier-1\""));
  CHECK_FALSE(mock::parse_limits(""));
}

TEST_CASE("the list of limits groups models as the Admin API does") {
  const auto list = nlohmann::json::parse(mock::rate_limits_json(parse("tier-1,otpm=0")));
  CHECK(list["next_page"].is_null());
  std::uint64_t groups_of_haiku = 0;
  for (const auto& group : list["data"]) {
    CHECK(group["type"] == "rate_limit");
    CHECK(group["group_type"] == "model_group");
    const auto& models = group["models"];
    if (std::find(models.begin(), models.end(), "claude-haiku-4-5") == models.end()) continue;
    ++groups_of_haiku;
    CHECK(models == nlohmann::json{"claude-haiku-4-5-20251001", "claude-haiku-4-5"});
    CHECK(group["limits"] == nlohmann::json::parse(
                                 R"([{"type":"requests_per_minute","value":50},
                                     {"type":"input_tokens_per_minute","value":50000}])"));
  }
  CHECK(groups_of_haiku == 1);
  CHECK(nlohmann::json::parse(mock::rate_limits_json({}))["data"].empty());
}
