#include "base/duration.h"

#include <catch2/catch.hpp>

namespace {

using namespace std::chrono_literals;
using base::Duration;
using base::format_duration;
using base::parse_duration;

TEST_CASE("Durations are read with any unit") {
  CHECK(parse_duration("100ns") == Duration(100ns));
  CHECK(parse_duration("10us") == Duration(10us));
  CHECK(parse_duration("10µs") == Duration(10us));
  CHECK(parse_duration("250ms") == Duration(250ms));
  CHECK(parse_duration("30s") == Duration(30s));
  CHECK(parse_duration("5m") == Duration(5min));
  CHECK(parse_duration("1.5h") == Duration(90min));
  CHECK(parse_duration(".5s") == Duration(500ms));
  CHECK(parse_duration("0s") == Duration(0s));
}

TEST_CASE("Durations add up their parts") {
  CHECK(parse_duration("1m30s") == Duration(90s));
  CHECK(parse_duration("1h2m3s4ms") == Duration(1h + 2min + 3s + 4ms));
}

TEST_CASE("A bare number is seconds") {
  CHECK(parse_duration("30") == Duration(30s));
  CHECK(parse_duration("0.25") == Duration(250ms));
  CHECK(parse_duration("0") == Duration(0s));
}

TEST_CASE("Small durations are exact") {
  CHECK(parse_duration("0.1us") == Duration(100ns));
  CHECK(parse_duration("0.3ms") == Duration(300us));
  CHECK(parse_duration("86399.999999999s") == Duration(24h - 1ns));
}

TEST_CASE("What is not a duration is refused with an example") {
  for (const char* text : {"",     "s",    ".",    "30x",   "30 s",  " 30s",   "30s ",
                           "-30s", "+30s", "1m30", "30s5",  "1..5s", "1.2.3s", "5min",
                           "1e3s", "inf",  "nan",  "0x10s", "1,5s",  "infs",   "10000000000s"}) {
    const auto duration = parse_duration(text);
    CAPTURE(text);
    REQUIRE_FALSE(duration);
    CHECK(duration.error().message ==
          "expected a duration such as \"30s\", got \"" + std::string(text) + "\"");
  }
}

TEST_CASE("Durations are written with about three digits and one unit") {
  CHECK(format_duration(0ns) == "0ns");
  CHECK(format_duration(950ns) == "950ns");
  CHECK(format_duration(12'345ns) == "12.3us");
  CHECK(format_duration(4'560us) == "4.56ms");
  CHECK(format_duration(456ms) == "456ms");
  CHECK(format_duration(1'234ms) == "1.23s");
  CHECK(format_duration(12s) == "12.0s");
  CHECK(format_duration(125s) == "2m05s");
  CHECK(format_duration(1h + 2min) == "1h02m");
  CHECK(format_duration(100h) == "100h00m");
}

TEST_CASE("Rounding moves on to the next form instead of one digit more") {
  CHECK(format_duration(999ns) == "999ns");
  CHECK(format_duration(1us) == "1.00us");
  CHECK(format_duration(9'996ns) == "10.0us");
  CHECK(format_duration(99'960ns) == "100us");
  CHECK(format_duration(999'600ns) == "1.00ms");
  CHECK(format_duration(999'600us) == "1.00s");
  CHECK(format_duration(59'940ms) == "59.9s");
  CHECK(format_duration(59'960ms) == "1m00s");
  CHECK(format_duration(119'600ms) == "2m00s");
  CHECK(format_duration(1h - 400ms) == "1h00m");
}

TEST_CASE("Negative durations have a sign, down to the lowest") {
  CHECK(format_duration(-1'500ms) == "-1.50s");
  CHECK(format_duration(Duration::max()) == "2562047h47m");
  CHECK(format_duration(Duration::min()) == "-2562047h47m");
}

TEST_CASE("What is written up to a minute can be read again to three digits") {
  for (std::int64_t ns = 1; ns < 59'000'000'000; ns = ns * 3 + 1) {
    const auto read = parse_duration(format_duration(Duration(ns)));
    REQUIRE(read);
    CHECK(static_cast<double>(read->count()) == Approx(static_cast<double>(ns)).epsilon(0.005));
  }
}

}  // namespace
