#include <catch2/catch.hpp>
#include <limits>

#include "metrics/builtin.h"
#include "metrics/threshold.h"

using namespace metrics;

TEST_CASE("times read as durations") {
  CHECK(format_value(1.234, Unit::kTime) == "1.23s");
  CHECK(format_value(0.0456, Unit::kTime) == "45.6ms");
  CHECK(format_value(125, Unit::kTime) == "2m05s");
  CHECK(format_value(0, Unit::kTime) == "0ns");
}

TEST_CASE("shares read as percent") {
  CHECK(format_value(0.0452, Unit::kShare) == "4.52%");
  CHECK(format_value(0.045, Unit::kShare) == "4.5%");
  CHECK(format_value(0, Unit::kShare) == "0%");
  CHECK(format_value(1, Unit::kShare) == "100%");
  CHECK(format_value(2.5, Unit::kShare) == "250%");
}

TEST_CASE("all but all does not read as 100 percent, nor a little as 0") {
  CHECK(format_value(0.999999, Unit::kShare) == "99.9999%");
  CHECK(format_value(0.000001, Unit::kShare) == "0.0001%");
  CHECK(format_value(0.99999, Unit::kShare) == "99.999%");
}

TEST_CASE("numbers have commas between thousands, and decimals only where they need them") {
  for (Unit unit : {Unit::kNone, Unit::kTokens, Unit::kEvents}) {
    CHECK(format_value(0, unit) == "0");
    CHECK(format_value(999, unit) == "999");
    CHECK(format_value(12345, unit) == "12,345");
    CHECK(format_value(1234567, unit) == "1,234,567");
    CHECK(format_value(-12345, unit) == "-12,345");
    CHECK(format_value(1234.5, unit) == "1,234.5");
    CHECK(format_value(1.23456, unit) == "1.235");
    CHECK(format_value(0.00123456, unit) == "0.00123");
    CHECK(format_value(1e15, unit) == "1,000,000,000,000,000");
  }
}

TEST_CASE("data reads in powers of 1000") {
  CHECK(format_value(0, Unit::kBytes) == "0 B");
  CHECK(format_value(999, Unit::kBytes) == "999 B");
  CHECK(format_value(999.9, Unit::kBytes) == "1 kB");
  CHECK(format_value(1234, Unit::kBytes) == "1.23 kB");
  CHECK(format_value(999'700, Unit::kBytes) == "1 MB");
  CHECK(format_value(45.6e6, Unit::kBytes) == "45.6 MB");
  CHECK(format_value(1.5e9, Unit::kBytes) == "1.5 GB");
  CHECK(format_value(1.5e13, Unit::kBytes) == "15,000 GB");
}

TEST_CASE("dollars have two decimals, four below one dollar, more where else none would show") {
  CHECK(format_value(0, Unit::kUsd) == "$0.00");
  CHECK(format_value(1.234, Unit::kUsd) == "$1.23");
  CHECK(format_value(12, Unit::kUsd) == "$12.00");
  CHECK(format_value(1234.5, Unit::kUsd) == "$1,234.50");
  CHECK(format_value(0.0123, Unit::kUsd) == "$0.0123");
  CHECK(format_value(0.5, Unit::kUsd) == "$0.5000");
  CHECK(format_value(0.0000123, Unit::kUsd) == "$0.000012");
  CHECK(format_value(-2, Unit::kUsd) == "-$2.00");
}

TEST_CASE("rates of tokens have three digits") {
  CHECK(format_value(61.23, Unit::kTokensPerSecond) == "61.2 tokens/s");
  CHECK(format_value(1234.5, Unit::kTokensPerSecond) == "1,234 tokens/s");
  CHECK(format_value(0, Unit::kTokensPerSecond) == "0 tokens/s");
}

TEST_CASE("what is not finite is still text") {
  CHECK(format_value(std::numeric_limits<double>::infinity(), Unit::kUsd) == "inf");
  CHECK(format_value(std::numeric_limits<double>::quiet_NaN(), Unit::kShare) == "nan");
}

TEST_CASE("what a threshold measured reads in its unit") {
  const Registry registry;
  const auto format = [&registry](std::string_view text, const Estimate& measured) {
    return format_measured(parse_threshold(text, registry).value(), measured, registry);
  };
  CHECK(format("llm_ttft p(95) < 2s", {1.5}) == "1.50s");
  CHECK(format("llm_ttft p(95) < 2s", {1.5, true}) == "≥ 1.50s");
  CHECK(format("llm_ttft count > 2", {1500}) == "1,500");
  CHECK(format("checks rate > 2%", {0.5}) == "50%");
  CHECK(format("checks count > 2", {5}) == "5");
  CHECK(format("llm_cost count < 2", {0.5}) == "$0.5000");
  CHECK(format("data_sent rate > 2", {5000}) == "5 kB/s");
  CHECK(format("iterations rate > 2", {12.5}) == "12.5/s");
  CHECK(format("llm_output_tokens rate > 2", {61.23}) == "61.2 tokens/s");
}
