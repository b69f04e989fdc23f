#include "mock/freeze.h"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

TEST_CASE("the end of each period is frozen") {
  const mock::Freeze freeze{1s, 5s};
  CHECK(freeze.left(0s) == 0s);
  CHECK(freeze.left(4s - 1ns) == 0s);
  CHECK(freeze.left(4s) == 1s);
  CHECK(freeze.left(4900ms) == 100ms);
  CHECK(freeze.left(5s - 1ns) == 1ns);
  CHECK(freeze.left(5s) == 0s);
  CHECK(freeze.left(24h + 4250ms) == 750ms);
  CHECK(mock::Freeze{}.left(5s) == 0s);
}

TEST_CASE("a freeze is written as its length and its period") {
  const auto freeze = mock::parse_freeze(" 250ms / 1m30s ");
  REQUIRE(freeze);
  CHECK(freeze->length == 250ms);
  CHECK(freeze->period == 90s);
}

TEST_CASE("what is no freeze is refused with what was given") {
  const auto message = [](const char* text) {
    const auto freeze = mock::parse_freeze(text);
    REQUIRE_FALSE(freeze);
    return freeze.error().message;
  };
  CHECK(message("1s") == "expected length/period such as \"1s/5s\", got \"1s\"");
  CHECK(message("1s/x") == "expected a duration such as \"30s\", got \"x\"");
  CHECK(message("5s/5s") ==
        "expected a freeze longer than 0 and shorter than its period, got \"5s/5s\"");
  CHECK(message("0s/5s") ==
        "expected a freeze longer than 0 and shorter than its period, got \"0s/5s\"");
}
