#include "mock/options.h"

#include <catch2/catch.hpp>

TEST_CASE("the named profiles exist and a slip of the keys is answered with the near name") {
  for (const char* name : {"haiku", "sonnet", "opus"}) {
    const auto profile = mock::find_profile(name);
    REQUIRE(profile);
    CHECK(profile->name == name);
    CHECK(profile->ttft.first() > profile->itl.first());
  }
  const auto unknown = mock::find_profile("hiaku");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message ==
        "unknown profile \"hiaku\" (did you mean \"haiku\"?); known are haiku, sonnet, opus");
}

TEST_CASE("a profile's description names its latencies with units") {
  CHECK(mock::describe_profile(*mock::find_profile("haiku")) ==
        "haiku (ttft lognormal:400ms,0.3, itl lognormal:6.70ms,0.25, tokens lognormal:180,0.6)");
}

TEST_CASE("fail rules are read as percentages and as fractions") {
  const auto rules = mock::parse_fail_rules("429=5%, 529=0.01");
  REQUIRE(rules);
  REQUIRE(rules->size() == 2);
  CHECK((*rules)[0].status == 429);
  CHECK((*rules)[0].share == Approx(0.05));
  CHECK((*rules)[1].status == 529);
  CHECK((*rules)[1].share == Approx(0.01));
}

TEST_CASE("no fail rules are a valid choice, and so is failing everything") {
  CHECK(mock::parse_fail_rules("")->empty());
  CHECK(mock::parse_fail_rules("500=100%")->front().share == 1.0);
}

TEST_CASE("bad fail rules are refused with the part that is wrong") {
  const auto message = [](const char* text) {
    const auto rules = mock::parse_fail_rules(text);
    REQUIRE_FALSE(rules);
    return rules.error().message;
  };
  CHECK(message("429") == "expected status=share such as \"429=5%\", got \"429\"");
  CHECK(message("200=5%") == "expected an error status from 400 to 599, got \"200\"");
  CHECK(message("4x9=5%") == "expected an error status from 400 to 599, got \"4x9\"");
  CHECK(message("429=101%") ==
        "429: expected a share such as \"5%\" or \"0.05\", at most 100%, got \"101%\"");
  CHECK(message("429=") ==
        "429: expected a share such as \"5%\" or \"0.05\", at most 100%, got \"\"");
  CHECK(message("429=-1%") ==
        "429: expected a share such as \"5%\" or \"0.05\", at most 100%, got \"-1%\"");
  CHECK(message("429=1%,429=2%") == "status 429 is given twice in \"429=1%,429=2%\"");
  CHECK(message("429=60%,529=60%") ==
        "the shares add up to 120%, more than all requests, in \"429=60%,529=60%\"");
}
