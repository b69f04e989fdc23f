#include "cli/interventions.h"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using cli::Interventions;

TEST_CASE("a run that nobody touched has nothing to tell") {
  CHECK(Interventions().warnings(10s).empty());
}

TEST_CASE("pauses are told with their spans, and one that was not over ends with the run") {
  Interventions hand;
  hand.pause(2s);
  CHECK(hand.paused());
  hand.resume(5s);
  CHECK_FALSE(hand.paused());
  hand.pause(8s);
  const auto warnings = hand.warnings(10s);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].rfind("the run was paused by hand from 2.00s to 5.00s, from 8.00s to 10.0s, "
                          "5.00s in all: no iteration began",
                          0) == 0);
}

TEST_CASE("changes of the users are told once for each scenario") {
  Interventions hand;
  hand.change_users("a", 10, 11, 2s);
  hand.change_users("b", 5, 4, 3s);
  hand.change_users("a", 11, 12, 4s);
  CHECK(hand.warnings(10s) ==
        std::vector<std::string>{"the users of scenario \"a\" were changed by hand in 2 steps from "
                                 "2.00s to 4.00s, from 10 to 12",
                                 "the users of scenario \"b\" were changed by hand at 3.00s, from "
                                 "5 to 4"});
}
