#include "base/timestamp.h"

#include <catch2/catch.hpp>

namespace {

using namespace std::chrono_literals;
using base::Duration;
using base::parse_timestamp;

TEST_CASE("Dates are read with decimals and zones") {
  CHECK(parse_timestamp("1970-01-01 00:00:00") == Duration(0ns));
  CHECK(parse_timestamp("1970-01-02T00:00:01Z") == Duration(24h + 1s));
  CHECK(parse_timestamp("1970-01-01 00:00:00.1234567891") == Duration(123456789ns));
  CHECK(parse_timestamp("1970-01-01 01:30:00+01:30") == Duration(0ns));
  CHECK(parse_timestamp("1970-01-01 00:00:00.5-0100") == Duration(1h + 500ms));
  CHECK(parse_timestamp("1970-01-01 02:00:00+02") == Duration(0ns));
  CHECK(parse_timestamp("2024-02-29 00:00:00") == Duration(std::chrono::seconds(1709164800)));
}

TEST_CASE("What is no date is not read") {
  for (const char* text :
       {"", "2024-02-29", "2023-02-29 00:00:00", "2024-13-01 00:00:00", "2024-01-01 24:00:00",
        "2024-01-01 00:60:00", "2024-01-01 00:00", "2024-01-01 00:00:00.", "2024-1-1 00:00:00",
        "2024-01-01 00:00:00 ", "2024-01-01 00:00:00+1", "2024-01-01 00:00:00Zx",
        "9999-01-01 00:00:00"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_timestamp(text));
  }
}

}  // namespace
