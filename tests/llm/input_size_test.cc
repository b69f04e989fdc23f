#include "llm/input_size.h"

#include <catch2/catch.hpp>

using llm::input_size;

TEST_CASE("the size of an input is one of three classes, or unknown") {
  CHECK(input_size(0).empty());
  CHECK(input_size(1) == "<1k");
  CHECK(input_size(999) == "<1k");
  CHECK(input_size(1'000) == "1k-10k");
  CHECK(input_size(9'999) == "1k-10k");
  CHECK(input_size(10'000) == ">=10k");
}
