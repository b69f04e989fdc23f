#include "load/alarms.h"

#include <catch2/catch.hpp>
#include <map>
#include <vector>

#include "base/random.h"

namespace {

using load::Alarms;

base::TimePoint at(std::int64_t ns) { return base::TimePoint(base::Duration(ns)); }

std::vector<std::size_t> drain(Alarms& alarms) {
  std::vector<std::size_t> slots;
  while (!alarms.empty()) {
    slots.push_back(alarms.slot());
    alarms.cancel(alarms.slot());
  }
  return slots;
}

TEST_CASE("Alarms come by time, and equal ones by slot") {
  Alarms alarms(5);
  alarms.set(4, at(10));
  alarms.set(2, at(30));
  alarms.set(3, at(10));
  alarms.set(0, at(20));
  CHECK(alarms.time() == at(10));
  CHECK(drain(alarms) == std::vector<std::size_t>{3, 4, 0, 2});
}

TEST_CASE("A slot has one alarm, which can move both ways or go") {
  Alarms alarms(3);
  for (std::size_t slot = 0; slot < 3; ++slot) alarms.set(slot, at(10));
  alarms.set(2, at(5));
  alarms.set(0, at(50));
  alarms.cancel(1);
  alarms.cancel(1);
  CHECK(drain(alarms) == std::vector<std::size_t>{2, 0});
}

TEST_CASE("Alarms agree with an ordered map under random changes") {
  constexpr std::size_t kSlots = 50;
  Alarms alarms(kSlots);
  std::map<std::size_t, base::TimePoint> expected;
  base::RandomStream random(7);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t choice = random.below(4);
    const bool take_first = choice == 0 && !alarms.empty();
    const std::size_t slot = take_first ? alarms.slot() : random.below(kSlots);
    if (choice <= 1) {
      alarms.cancel(slot);
      expected.erase(slot);
    } else {
      const auto time = at(static_cast<std::int64_t>(random.below(1000)));
      alarms.set(slot, time);
      expected[slot] = time;
    }
    REQUIRE(alarms.empty() == expected.empty());
    if (expected.empty()) continue;
    const auto first =
        std::min_element(expected.begin(), expected.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    REQUIRE(alarms.slot() == first->first);
    REQUIRE(alarms.time() == first->second);
  }
}

}  // namespace
