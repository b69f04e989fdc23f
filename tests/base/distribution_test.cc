#include "base/distribution.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

namespace {

using base::Distribution;
using base::parse_distribution;
using Kind = base::Distribution::Kind;

constexpr int kDraws = 200'000;

std::vector<double> draws(const Distribution& distribution) {
  base::RandomStream random(42);
  std::vector<double> values(kDraws);
  std::generate(values.begin(), values.end(), [&] { return distribution.sample(random); });
  return values;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + kDraws / 2, values.end());
  return values[kDraws / 2];
}

double deviation(const std::vector<double>& values) {
  const double middle = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - middle) * (value - middle);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

Distribution seconds(std::string_view text) {
  const auto distribution = parse_distribution(text, base::parse_seconds);
  REQUIRE(distribution);
  return *distribution;
}

std::string complaint(std::string_view text) {
  const auto distribution = parse_distribution(text, base::parse_seconds);
  REQUIRE_FALSE(distribution);
  return distribution.error().message;
}

TEST_CASE("A bare value is a constant") {
  const Distribution constant = seconds("200ms");
  CHECK(constant.kind() == Kind::kConstant);
  CHECK(constant.first() == Approx(0.2));
}

TEST_CASE("Every form is read with its values") {
  CHECK(seconds("constant:2s").kind() == Kind::kConstant);
  const Distribution uniform = seconds("uniform:100ms, 1s");
  CHECK(uniform.kind() == Kind::kUniform);
  CHECK(uniform.first() == Approx(0.1));
  CHECK(uniform.second() == Approx(1));
  const Distribution normal = seconds("normal:20ms,4ms");
  CHECK(normal.kind() == Kind::kNormal);
  CHECK(normal.second() == Approx(0.004));
  CHECK(seconds("exponential:1.5s").kind() == Kind::kExponential);
  const auto tokens = parse_distribution("uniform:100,200", base::parse_number);
  REQUIRE(tokens);
  CHECK(tokens->second() == 200);
}

TEST_CASE("A lognormal's sigma is a bare number whatever the values' unit") {
  const Distribution lognormal = seconds("lognormal:400ms,0.5");
  CHECK(lognormal.kind() == Kind::kLognormal);
  CHECK(lognormal.first() == Approx(0.4));
  CHECK(lognormal.second() == 0.5);
  CHECK(complaint("lognormal:400ms,50ms") ==
        "lognormal:median,sigma: expected a number of zero or more, got \"50ms\"");
}

TEST_CASE("What is wrong with a distribution is said") {
  CHECK(complaint("unifrom:1s,2s") ==
        "unknown distribution \"unifrom\" (did you mean \"uniform\"?); known are constant, "
        "uniform, normal, lognormal, exponential");
  CHECK(complaint("pareto:1s").substr(0, 40) == "unknown distribution \"pareto\"; known are");
  CHECK(complaint("uniform:1s") == "expected uniform:low,high, got \"uniform:1s\"");
  CHECK(complaint("exponential:1s,2s") == "expected exponential:mean, got \"exponential:1s,2s\"");
  CHECK(complaint("uniform:2s,1s") ==
        "expected uniform:low,high with low <= high, got \"uniform:2s,1s\"");
  CHECK(complaint("normal:1x,2s") ==
        "normal:mean,sd: expected a duration such as \"30s\", got \"1x\"");
  CHECK(complaint("fast") == "expected a duration such as \"30s\", got \"fast\"");
  CHECK(complaint("constant:") == "constant:value: expected a duration such as \"30s\", got \"\"");
}

TEST_CASE("Numbers of zero or more are plain decimal numbers") {
  CHECK(base::parse_number("0") == 0);
  CHECK(base::parse_number("2.5") == 2.5);
  CHECK(base::parse_number("1e3") == 1000);
  for (const char* text : {"", " 1", "1 ", "-1", "nan", "inf", "0x10", "1,5", "ten", "1e999"}) {
    CAPTURE(text);
    const auto number = base::parse_number(text);
    REQUIRE_FALSE(number);
    CHECK(number.error().message ==
          "expected a number of zero or more, got \"" + std::string(text) + "\"");
  }
}

TEST_CASE("Draws have the distribution's mean and spread") {
  CHECK(deviation(draws(Distribution::constant(3))) == 0);

  const auto uniform = draws(Distribution::uniform(2, 6));
  CHECK(mean(uniform) == Approx(4).epsilon(0.01));
  CHECK(deviation(uniform) == Approx(4 / std::sqrt(12)).epsilon(0.01));
  CHECK(*std::min_element(uniform.begin(), uniform.end()) >= 2);
  CHECK(*std::max_element(uniform.begin(), uniform.end()) <= 6);

  const auto normal = draws(Distribution::normal(100, 5));
  CHECK(mean(normal) == Approx(100).epsilon(0.01));
  CHECK(deviation(normal) == Approx(5).epsilon(0.02));

  const auto lognormal = draws(Distribution::lognormal(4, 0.5));
  CHECK(median(lognormal) == Approx(4).epsilon(0.02));
  CHECK(mean(lognormal) == Approx(4 * std::exp(0.125)).epsilon(0.02));

  const auto exponential = draws(Distribution::exponential(7));
  CHECK(mean(exponential) == Approx(7).epsilon(0.02));
  CHECK(median(exponential) == Approx(7 * std::log(2)).epsilon(0.02));
}

TEST_CASE("A draw below zero becomes zero") {
  CHECK(mean(draws(Distribution::constant(-1))) == 0);
  const auto normal = draws(Distribution::normal(0, 1));
  CHECK(*std::min_element(normal.begin(), normal.end()) == 0);
  const auto zeros = std::count(normal.begin(), normal.end(), 0.0);
  CHECK(static_cast<double>(zeros) == Approx(kDraws / 2).epsilon(0.02));
}

}  // namespace
