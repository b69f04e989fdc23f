#include "base/random_text.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <cmath>
#include <set>

namespace {

using base::random_text;

// Each word and each punctuation mark is a token.
double words_and_marks(const std::string& text) {
  return 1 + static_cast<double>(std::count_if(text.begin(), text.end(), [](char c) {
           return c == ' ' || c == '.' || c == ',';
         }));
}

double tokens_by_bytes(const std::string& text) {
  return std::ceil(static_cast<double>(text.size()) / 3.5);
}

TEST_CASE("A random text has about as many tokens as it was asked for") {
  for (const std::uint64_t seed : {0, 1, 2, 3, 4, 1000}) {
    for (const std::uint64_t tokens : {20, 100, 1000, 20'000}) {
      const std::string text = random_text(tokens, seed);
      CAPTURE(seed, tokens, text.substr(0, 200));
      CHECK(tokens_by_bytes(text) == Approx(tokens).epsilon(0.05));
      if (tokens >= 1000) CHECK(words_and_marks(text) == Approx(0.94 * tokens).epsilon(0.05));
    }
  }
}

TEST_CASE("A random text is the same for the same seed, and another for another") {
  CHECK(random_text(500, 7) == random_text(500, 7));
  std::set<std::string> beginnings;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) beginnings.insert(random_text(20, seed));
  CHECK(beginnings.size() == 1000);
}

TEST_CASE("A longer random text begins with each shorter one of its seed") {
  const std::string longest = random_text(600, 3);
  for (std::uint64_t tokens = 0; tokens < 600; ++tokens) {
    const std::string text = random_text(tokens, 3);
    REQUIRE(longest.starts_with(text));
    REQUIRE(text.size() <= longest.size());
  }
}

TEST_CASE("A random text has a word at least and nothing that JSON would escape") {
  CHECK_FALSE(random_text(0, 1).empty());
  const std::string text = random_text(5000, 9);
  CHECK(std::isupper(static_cast<unsigned char>(text.front())) != 0);
  CHECK(std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalpha(c) != 0 || c == ' ' || c == '.' || c == ',';
  }));
}

}  // namespace
