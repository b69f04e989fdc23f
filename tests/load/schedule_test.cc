#include "load/schedule.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

namespace {

using namespace std::chrono_literals;
using load::assign_user_classes;
using load::ExecutorKind;
using load::Scenario;
using load::Span;
using load::Stage;
using load::wanted_spans;
using Spans = std::vector<Span>;

Scenario ramp(double start_vus, std::vector<Stage> stages) {
  Scenario scenario;
  scenario.executor = ExecutorKind::kRampingVus;
  scenario.start_vus = start_vus;
  scenario.stages = std::move(stages);
  return scenario;
}

TEST_CASE("Constant VUs all begin at once without a spawn rate") {
  Scenario scenario{.executor = ExecutorKind::kConstantVus, .vus = 3, .duration = 10s};
  for (std::uint64_t slot = 0; slot < 3; ++slot) {
    CHECK(wanted_spans(scenario, slot) == Spans{{0s, 10s}});
  }
  CHECK(wanted_spans(scenario, 3).empty());
}

TEST_CASE("A spawn rate starts VU k after k / rate seconds and all end together") {
  Scenario scenario{
      .executor = ExecutorKind::kConstantVus, .vus = 100, .spawn_rate = 3, .duration = 2s};
  CHECK(wanted_spans(scenario, 0) == Spans{{0s, 2s}});
  CHECK(wanted_spans(scenario, 1) == Spans{{333'333'333ns, 2s}});
  CHECK(wanted_spans(scenario, 3) == Spans{{1s, 2s}});
  CHECK(wanted_spans(scenario, 5) == Spans{{1'666'666'667ns, 2s}});
  CHECK(wanted_spans(scenario, 6).empty());  // It would begin as the test ends.
}

TEST_CASE("Shared iterations want every VU until max_duration") {
  Scenario scenario{.executor = ExecutorKind::kSharedIterations, .vus = 2, .max_duration = 5min};
  CHECK(wanted_spans(scenario, 1) == Spans{{0s, 5min}});
  CHECK(wanted_spans(scenario, 2).empty());
}

TEST_CASE("Iterations of each VU want every VU until max_duration") {
  Scenario scenario{.executor = ExecutorKind::kPerVuIterations, .vus = 2, .max_duration = 5min};
  CHECK(wanted_spans(scenario, 1) == Spans{{0s, 5min}});
  CHECK(wanted_spans(scenario, 2).empty());
}

TEST_CASE("A ramp from 0 to 10 over 10 s starts a VU each second") {
  const Scenario scenario = ramp(0, {{10s, 10}, {5s, 10}});
  for (std::uint64_t slot = 0; slot < 10; ++slot) {
    CHECK(wanted_spans(scenario, slot) == Spans{{std::chrono::seconds(slot + 1), 15s}});
  }
  CHECK(wanted_spans(scenario, 10).empty());
}

TEST_CASE("VUs of start_vus are wanted from the very start") {
  const Scenario scenario = ramp(5, {{10s, 7}});
  CHECK(wanted_spans(scenario, 0) == Spans{{0s, 10s}});
  CHECK(wanted_spans(scenario, 4) == Spans{{0s, 10s}});
  CHECK(wanted_spans(scenario, 5) == Spans{{5s, 10s}});
  CHECK(wanted_spans(scenario, 6).empty());  // The line gets there as the ramp ends.
}

TEST_CASE("A ramp down takes the highest slot first, when the line is a whole VU lower") {
  const Scenario scenario = ramp(4, {{10s, 4}, {4s, 0}, {6s, 0}});
  CHECK(wanted_spans(scenario, 3) == Spans{{0s, 11s}});
  CHECK(wanted_spans(scenario, 2) == Spans{{0s, 12s}});
  CHECK(wanted_spans(scenario, 1) == Spans{{0s, 13s}});
  CHECK(wanted_spans(scenario, 0) == Spans{{0s, 14s}});
}

TEST_CASE("A ramp that turns back at its top has the top VU") {
  const Scenario scenario = ramp(0, {{10s, 10}, {10s, 0}});
  for (std::uint64_t slot = 0; slot < 10; ++slot) {
    const auto from_top = std::chrono::seconds(9 - slot);
    CHECK(wanted_spans(scenario, slot) == Spans{{10s - from_top, 11s + from_top}});
  }
}

TEST_CASE("A line that does not reach a VU's level does not start it") {
  const Scenario scenario = ramp(0, {{3s, 2.99}, {3s, 0}});
  CHECK(wanted_spans(scenario, 1).size() == 1);
  CHECK(wanted_spans(scenario, 2).empty());
}

TEST_CASE("A ramp down that stops between two levels keeps the VU between them") {
  const Scenario scenario = ramp(3, {{1s, 1.5}, {5s, 1.5}, {1s, 3}});
  CHECK(wanted_spans(scenario, 1) == Spans{{0s, 7s}});
  CHECK(wanted_spans(scenario, 2) == Spans{{0s, 666'666'667ns}});
}

TEST_CASE("A line that comes down by a whole VU and rises again starts another") {
  const Scenario scenario = ramp(2, {{1s, 1}, {1s, 2}, {1s, 2}});
  CHECK(wanted_spans(scenario, 0) == Spans{{0s, 3s}});
  CHECK(wanted_spans(scenario, 1) == Spans{{0s, 1s}, {2s, 3s}});
}

TEST_CASE("A slot has a span for each time the line is high enough") {
  const Scenario scenario = ramp(0, {{4s, 4}, {4s, 0}, {4s, 4}, {4s, 4}});
  CHECK(wanted_spans(scenario, 1) == Spans{{2s, 7s}, {10s, 16s}});
}

TEST_CASE("Stages of no duration are jumps") {
  const Scenario scenario = ramp(0, {{0s, 3}, {5s, 3}, {0s, 1}, {5s, 1}});
  CHECK(wanted_spans(scenario, 0) == Spans{{0s, 10s}});
  CHECK(wanted_spans(scenario, 2) == Spans{{0s, 5s}});
  CHECK(wanted_spans(scenario, 3).empty());
}

TEST_CASE("Spans that touch are one") {
  const Scenario scenario = ramp(2, {{5s, 2}, {0s, 0}, {0s, 2}, {5s, 2}});
  CHECK(wanted_spans(scenario, 1) == Spans{{0s, 10s}});
}

TEST_CASE("A start that a jump at zero takes away wants no VU") {
  const Scenario scenario = ramp(5, {{0s, 2}, {5s, 2}});
  CHECK(wanted_spans(scenario, 1) == Spans{{0s, 5s}});
  CHECK(wanted_spans(scenario, 4).empty());
}

TEST_CASE("Whole levels survive the rounding of fractions") {
  const Scenario scenario = ramp(0, {{3s, 0.1 * 3 * 10}, {1s, 0.3 * 10}});
  CHECK(scenario.most_vus() == 3);
  CHECK(wanted_spans(scenario, 2) == Spans{{3s, 4s}});
}

TEST_CASE("A ramp over a day is exact to a microsecond") {
  constexpr std::uint64_t kVus = 86'400'000 / 7;
  const Scenario scenario = ramp(0, {{24h, kVus}, {24h, kVus}});
  for (const std::uint64_t slot : {std::uint64_t{0}, std::uint64_t{6'000'000}, kVus - 2}) {
    const long double exact = 86'400e9L * static_cast<long double>(slot + 1) / kVus;
    const auto begin = wanted_spans(scenario, slot).at(0).begin;
    CHECK(std::abs(static_cast<long double>(begin.count()) - exact) < 1000);
  }
}

TEST_CASE("The number of wanted VUs is the line rounded down going up, and up going down") {
  const Scenario scenario = ramp(3.5, {{7s, 11.25}, {0s, 2}, {3s, 2}, {5s, 8}, {4s, 0.5}});
  std::vector<Spans> all;
  for (std::uint64_t slot = 0; slot < scenario.most_vus(); ++slot) {
    all.push_back(wanted_spans(scenario, slot));
  }
  const auto expected = [](double t) {
    if (t < 7) return std::floor(3.5 + 7.75 * t / 7);
    if (t < 10) return 2.0;
    if (t < 15) return std::floor(2 + 6 * (t - 10) / 5);
    return std::ceil(8 - 7.5 * (t - 15) / 4);
  };
  for (double t = 0.0005; t < 19; t += 0.001) {
    const auto time = base::from_seconds(t);
    const auto wanted = std::count_if(all.begin(), all.end(), [time](const Spans& spans) {
      return std::any_of(spans.begin(), spans.end(),
                         [time](const Span& s) { return s.begin <= time && time < s.end; });
    });
    if (expected(t - 1e-6) != expected(t + 1e-6)) continue;  // On a boundary either is right.
    CAPTURE(t);
    REQUIRE(static_cast<double>(wanted) == expected(t));
  }
}

TEST_CASE("Weights 5:3:1 are kept in every prefix") {
  const std::vector<load::UserClass> classes = {{"simple", 5}, {"medium", 3}, {"complex", 1}};
  const auto assigned = assign_user_classes(classes, 900);
  REQUIRE(assigned.size() == 900);
  CHECK(std::vector(assigned.begin(), assigned.begin() + 9) ==
        std::vector<std::size_t>{0, 1, 0, 2, 0, 1, 0, 1, 0});
  std::vector<double> given(3);
  for (std::size_t i = 0; i < assigned.size(); ++i) {
    ++given[assigned[i]];
    for (std::size_t c = 0; c < 3; ++c) {
      const double share = static_cast<double>(i + 1) * classes[c].weight / 9;
      REQUIRE(std::abs(given[c] - share) < 1);
    }
  }
  CHECK(given == std::vector<double>{500, 300, 100});
}

TEST_CASE("Equal weights take turns in the order of the classes") {
  const std::vector<load::UserClass> classes = {{"a", 0.1}, {"b", 0.1}, {"c", 0.1}};
  CHECK(assign_user_classes(classes, 7) == std::vector<std::size_t>{0, 1, 2, 0, 1, 2, 0});
}

TEST_CASE("Classes of a fixed count have the first slots and the others share the rest") {
  const std::vector<load::UserClass> classes = {
      {"a", 1}, {.name = "b", .fixed_count = 2}, {"c", 1}, {.name = "d", .fixed_count = 1}};
  CHECK(assign_user_classes(classes, 7) == std::vector<std::size_t>{1, 1, 3, 0, 2, 0, 2});
  CHECK(assign_user_classes(classes, 1) == std::vector<std::size_t>{1});
}

TEST_CASE("Where fixed counts exceed the slots the later classes get none") {
  const std::vector<load::UserClass> classes = {{.name = "a", .fixed_count = 2},
                                                {.name = "b", .fixed_count = 5}};
  CHECK(assign_user_classes(classes, 2) == std::vector<std::size_t>{0, 0});
  CHECK(assign_user_classes(classes, 3) == std::vector<std::size_t>{0, 0, 1});
}

TEST_CASE("Where every class has a fixed count the slots beyond them go by weight") {
  const std::vector<load::UserClass> classes = {{.name = "a", .weight = 1, .fixed_count = 1},
                                                {.name = "b", .weight = 2, .fixed_count = 1}};
  CHECK(assign_user_classes(classes, 5) == std::vector<std::size_t>{0, 1, 1, 0, 1});
}

TEST_CASE("A class without weight never gets a turn") {
  load::ClassTurns turns({0, 1, 0});
  for (int i = 0; i < 10; ++i) CHECK(turns.next() == 1);
}

TEST_CASE("One class gets every slot, and no slots get none") {
  CHECK(assign_user_classes({{"only", 0.001}}, 3) == std::vector<std::size_t>{0, 0, 0});
  CHECK(assign_user_classes({{"only", 1}}, 0).empty());
}

}  // namespace
