#include "mock/profile.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "mock/profiles.h"
#include "temporary_file.h"

using namespace std::chrono_literals;

namespace {

constexpr std::string_view kWhole = R"({
  "as_of": "2026-08-22", "source": "measured",
  "ttft": "lognormal:400ms,0.3", "itl": 0.02, "tokens": "uniform:10,20",
  "tokens_per_delta": 3, "thinking_tokens": "constant:50", "prefill_rate": 20000,
  "ping_every": "5s", "tool_share": 0.5, "parallel_share": 0.25,
  "slots": 8, "queue": 16, "slowdown": 2.5})";

std::string refusal(const std::string& json) {
  const auto profile = mock::parse_profile("my.json", json);
  REQUIRE_FALSE(profile);
  return profile.error().message;
}

std::string refusal_of_field(const std::string& field, const nlohmann::json& value) {
  nlohmann::json profile = nlohmann::json::parse(kWhole);
  profile[field] = value;
  return refusal(profile.dump());
}

}  // namespace

TEST_CASE("the profiles that come along are read and say where their figures are from") {
  for (const char* name : {"haiku", "sonnet", "opus", "fast", "loaded"}) {
    const auto profile = mock::find_profile(name);
    REQUIRE(profile);
    CHECK(profile->name == name);
    CHECK(profile->ttft.first() > profile->itl.first());
  }
  CHECK(mock::find_profile("haiku")->slots == 0);
  CHECK(mock::find_profile("loaded")->slots > 0);
  for (const auto& [name, text] : mock::embedded_profiles()) {
    const auto json = nlohmann::json::parse(text);
    CHECK(json["as_of"].get<std::string>().size() == 10);
    CHECK(json["source"].get<std::string>().size() > 20);
  }
}

TEST_CASE("a slip of the keys is answered with the near name") {
  const auto unknown = mock::find_profile("hiaku");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message ==
        "unknown profile \"hiaku\" (did you mean \"haiku\"?); known are fast, haiku, loaded, opus, "
        "sonnet, and files that end with .json");
}

TEST_CASE("a profile's description names its latencies with units, and its capacity") {
  CHECK(mock::describe_profile(*mock::find_profile("haiku")) ==
        "haiku (ttft lognormal:400ms,0.3, itl lognormal:6.70ms,0.25, tokens lognormal:180,0.6)");
  CHECK(mock::describe_profile(*mock::find_profile("loaded")).ends_with(", 32 at once)"));
}

TEST_CASE("a file has every field of a profile, distributions as texts or as numbers") {
  const tests::TemporaryFile file(".json", kWhole);
  const auto profile = mock::find_profile(file.path());
  REQUIRE(profile);
  CHECK(file.path().find(profile->name) != std::string::npos);
  CHECK(profile->ttft.kind() == base::Distribution::Kind::kLognormal);
  CHECK(profile->ttft.first() == Approx(0.4));
  CHECK(profile->itl.first() == Approx(0.02));
  CHECK(profile->tokens.second() == 20);
  CHECK(profile->tokens_per_delta.first() == 3);
  CHECK(profile->thinking_tokens.first() == 50);
  CHECK(profile->prefill_rate == 20000);
  CHECK(profile->ping_every == 5s);
  CHECK(profile->tool_share == 0.5);
  CHECK(profile->parallel_share == 0.25);
  CHECK(profile->slots == 8);
  CHECK(profile->queue == 16);
  CHECK(profile->slowdown == 2.5);
}

TEST_CASE("only the times and the length must be said") {
  const auto profile = mock::parse_profile("a/quick.json", R"({"ttft":1,"itl":0,"tokens":5})");
  REQUIRE(profile);
  CHECK(profile->name == "quick");
  CHECK(profile->tokens_per_delta.first() == 1);
  CHECK(profile->ping_every == 15s);
  CHECK(refusal(R"({"ttft":1,"tokens":5})") == "my.json: itl: missing; every profile has one");
}

TEST_CASE("what is wrong with a file is told with the field") {
  CHECK(refusal("{").starts_with("my.json: not JSON: "));
  CHECK(refusal("[]") == "my.json: expected an object of settings");
  CHECK(refusal_of_field("prefil_rate", 1) ==
        "my.json: unknown field \"prefil_rate\" (did you mean \"prefill_rate\"?)");
  CHECK(refusal_of_field("itl", "5x") ==
        "my.json: itl: expected a duration such as \"30s\", got \"5x\"");
  CHECK(refusal_of_field("tokens", true) ==
        "my.json: tokens: expected a text or a number, got true");
  CHECK(refusal_of_field("slots", 1.5) ==
        "my.json: slots: expected a whole number of zero or more, got \"1.5\"");
  CHECK(refusal_of_field("slowdown", 0.5) ==
        "my.json: slowdown: expected a number of 1 or more, got \"0.5\"");
  CHECK(refusal_of_field("tool_share", 2) ==
        "my.json: tool_share: expected a number from 0 to 1, got \"2\"");
  CHECK(refusal_of_field("ping_every", "0s") ==
        "my.json: ping_every: expected a duration above 0s, got \"0s\"");
  CHECK(mock::find_profile("/none/x.json").error().message ==
        "cannot read the profile \"/none/x.json\"");
}
