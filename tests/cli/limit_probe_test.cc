#include "cli/limit_probe.h"

#include <catch2/catch.hpp>

using cli::views_of;
using nlohmann::json;

namespace {

json sample(double at, double remaining, double reset) {
  return {
      {"at", at},
      {"ok", true},
      {"input_tokens", 8},
      {"requests",
       {{"limit", 50}, {"remaining", remaining}, {"used", 1 - remaining / 50}, {"reset", reset}}}};
}

}  // namespace

TEST_CASE("headers show a bucket at its lowest, and what came back by the clock") {
  const json samples = {sample(10, 49, 2), sample(10, 48, 3), sample(10, 30, 24),
                        sample(22, 39, 13)};
  const auto views = views_of(samples);
  REQUIRE(views.size() == 1);
  CHECK(views[0].name == "requests");
  CHECK(views[0].limit == 50);
  CHECK(views[0].remaining == 30);
  CHECK(views[0].reset_s.value() == 24);
  CHECK(views[0].refill_by_reset.value() == Approx(50));
  // 30, and 40 twelve seconds later, of which the last request took one.
  CHECK(views[0].refill_by_clock.value() == Approx(50));
}

TEST_CASE("a bucket that was full again does not tell its refill") {
  const auto views = views_of({sample(10, 49, 2), sample(10, 45, 6), sample(30, 49, 2)});
  REQUIRE(views.size() == 1);
  CHECK_FALSE(views[0].refill_by_clock);
}

TEST_CASE("a reset of a second or two says nothing of the refill") {
  const auto views = views_of({sample(10, 49, 2), sample(10, 48, 2), sample(11, 47, 3)});
  REQUIRE(views.size() == 1);
  CHECK_FALSE(views[0].refill_by_reset);
}

TEST_CASE("without headers there is nothing to see") {
  CHECK(views_of({{{"at", 1}, {"ok", true}, {"input_tokens", 8}},
                  {{"at", 2}, {"ok", true}, {"input_tokens", 8}}})
            .empty());
}
