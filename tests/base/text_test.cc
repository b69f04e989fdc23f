#include "base/text.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>

namespace {

using Names = std::vector<std::string>;

TEST_CASE("Splitting keeps empty parts and trims each") {
  CHECK(base::split("a,b,c", ',') == Names{"a", "b", "c"});
  CHECK(base::split(" a , b c ", ',') == Names{"a", "b c"});
  CHECK(base::split(",a,,", ',') == Names{"", "a", "", ""});
  CHECK(base::split("", ',') == Names{""});
  CHECK(base::split("a;b", ',') == Names{"a;b"});
}

TEST_CASE("Joining puts the separator between") {
  CHECK(base::join({"a", "b", "c"}, ", ") == "a, b, c");
  CHECK(base::join({"a"}, ", ") == "a");
  CHECK(base::join({}, ", ") == "");
}

TEST_CASE("Trimming takes white space from both ends only") {
  CHECK(base::trim(" \t a b\r\n") == "a b");
  CHECK(base::trim("a") == "a");
  CHECK(base::trim(" \n ") == "");
  CHECK(base::trim("") == "");
}

TEST_CASE("Lower case is for ASCII and leaves other bytes alone") {
  CHECK(base::to_lower("Retry-After") == "retry-after");
  CHECK(base::to_lower("GRÖßE") == "grÖße");
}

TEST_CASE("A slip of the keys finds the name that was meant") {
  const Names options = {"vus", "duration", "iterations", "stages", "thresholds", "spawn_rate"};
  CHECK(base::nearest_name("durration", options) == "duration");
  CHECK(base::nearest_name("duratoin", options) == "duration");
  CHECK(base::nearest_name("Stages", options) == "stages");
  CHECK(base::nearest_name("spawnrate", options) == "spawn_rate");
  CHECK(base::nearest_name("vu", options) == "vus");
  CHECK(base::nearest_name("treshholds", options) == "thresholds");
}

TEST_CASE("What is not near any name finds none") {
  CHECK(base::nearest_name("cat", {"vus", "duration"}) == "");
  CHECK(base::nearest_name("timeout", {"vus", "duration", "stages"}) == "");
  CHECK(base::nearest_name("", {"vu"}) == "");
  CHECK(base::nearest_name("xy", {"ab"}) == "");  // Every letter differs.
  CHECK(base::nearest_name("vus", {}) == "");
}

TEST_CASE("Among equally near names the first is offered") {
  CHECK(base::nearest_name("llm_x", {"llm_a", "llm_b"}) == "llm_a");
}

TEST_CASE("A suggestion is ready to stand in a message") {
  CHECK(base::did_you_mean("durration", {"vus", "duration"}) == " (did you mean \"duration\"?)");
  CHECK(base::did_you_mean("cat", {"vus", "duration"}) == "");
}

TEST_CASE("Globs match with stars and question marks") {
  CHECK(base::matches_glob("claude-*", "claude-haiku-4-5"));
  CHECK(base::matches_glob("*haiku*", "claude-haiku-4-5"));
  CHECK(base::matches_glob("gpt-?", "gpt-5"));
  CHECK(base::matches_glob("*", ""));
  CHECK(base::matches_glob("**", "a"));
  CHECK(base::matches_glob("", ""));
  CHECK(base::matches_glob("a*b*c", "aXbYbZc"));
  CHECK(base::matches_glob("*ab", "aab"));
  CHECK_FALSE(base::matches_glob("claude-*", "claude"));
  CHECK_FALSE(base::matches_glob("gpt-?", "gpt-"));
  CHECK_FALSE(base::matches_glob("gpt-?", "gpt-55"));
  CHECK_FALSE(base::matches_glob("", "a"));
  CHECK_FALSE(base::matches_glob("a*b", "abc"));
  CHECK_FALSE(base::matches_glob("Claude", "claude"));
}

TEST_CASE("A glob of many stars is answered without trying every split") {
  std::string pattern;
  for (int i = 0; i < 30; ++i) pattern += "*a";
  CHECK_FALSE(base::matches_glob(pattern + "b", std::string(5'000, 'a')));
}

TEST_CASE("Counts have a comma at every thousand") {
  CHECK(base::format_count(0) == "0");
  CHECK(base::format_count(999) == "999");
  CHECK(base::format_count(1'000) == "1,000");
  CHECK(base::format_count(1'234'567) == "1,234,567");
  CHECK(base::format_count(std::numeric_limits<std::uint64_t>::max()) ==
        "18,446,744,073,709,551,615");
}

}  // namespace

TEST_CASE("control characters do not reach a terminal, lines and tabs do") {
  CHECK(base::without_controls("a\x1b[31mred\r\b\x7f") == "a?[31mred???");
  CHECK(base::without_controls("one\n\ttwo \xc3\xa9") == "one\n\ttwo \xc3\xa9");
}
