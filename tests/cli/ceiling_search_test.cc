#include "cli/ceiling_search.h"

#include <catch2/catch.hpp>
#include <vector>

using cli::StepOutcome;

namespace {

// A machine that holds up to so much, and remembers what it was asked.
struct Machine {
  std::uint64_t holds = 0;
  StepOutcome beyond = StepOutcome::kClientGaveIn;
  std::vector<std::uint64_t> asked{};

  base::Result<StepOutcome> operator()(std::uint64_t amount) {
    asked.push_back(amount);
    return amount <= holds ? StepOutcome::kHeld : beyond;
  }
};

cli::Ceiling search(const cli::SearchRange& range, Machine& machine) {
  const auto found = cli::find_ceiling(range, std::ref(machine));
  REQUIRE(found);
  return *found;
}

using Amounts = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a ceiling is doubled to, then the gap is halved") {
  Machine machine{.holds = 1100};
  const auto ceiling = search({.first = 100, .most = 20000}, machine);
  CHECK(machine.asked == Amounts{100, 200, 400, 800, 1600, 1600, 1200, 1000, 1100});
  CHECK(ceiling.held == 1100);
  CHECK(ceiling.end == StepOutcome::kClientGaveIn);
}

TEST_CASE("a gap of an eighth is near enough") {
  Machine machine{.holds = 900};
  CHECK(search({.held = 900, .first = 1000, .most = 20000}, machine).held == 900);
  CHECK(machine.asked == Amounts{1000, 1000});
}

TEST_CASE("the end of the range is measured, and no more") {
  Machine machine{.holds = 1000};
  const auto ceiling = search({.first = 25, .most = 60}, machine);
  CHECK(machine.asked == Amounts{25, 50, 60});
  CHECK(ceiling.held == 60);
  CHECK(ceiling.end == StepOutcome::kHeld);
  Machine unasked;
  CHECK(search({.held = 60, .first = 120, .most = 60}, unasked).held == 60);
  CHECK(unasked.asked.empty());
}

TEST_CASE("below the first step is looked as well") {
  Machine machine{.holds = 30};
  CHECK(search({.first = 100, .most = 200}, machine).held == 25);
  Machine none{.holds = 0};
  CHECK(search({.first = 1, .most = 200}, none).held == 0);
}

TEST_CASE("a server that gave in is asked once, and said") {
  Machine machine{.holds = 100, .beyond = StepOutcome::kServerGaveIn};
  const auto ceiling = search({.first = 100, .most = 1000}, machine);
  CHECK(machine.asked == Amounts{100, 200, 150, 125, 112});
  CHECK(ceiling.held == 100);
  CHECK(ceiling.end == StepOutcome::kServerGaveIn);
}

TEST_CASE("a client that gave in once and held the second time held") {
  int asked = 0;
  const auto found = cli::find_ceiling({.first = 100, .most = 200}, [&asked](std::uint64_t) {
    return base::Result<StepOutcome>(++asked == 1 ? StepOutcome::kClientGaveIn
                                                  : StepOutcome::kHeld);
  });
  REQUIRE(found);
  CHECK(found->held == 200);
  CHECK(asked == 3);
}

TEST_CASE("when the time is up, what held stands") {
  Machine machine{.holds = 100, .beyond = StepOutcome::kTimeUp};
  const auto ceiling = search({.first = 100, .most = 1000}, machine);
  CHECK(ceiling.held == 100);
  CHECK(ceiling.end == StepOutcome::kTimeUp);
  // While halving, the reason is that of the step that failed.
  int asked = 0;
  const auto late = cli::find_ceiling({.first = 100, .most = 1000}, [&](std::uint64_t amount) {
    ++asked;
    if (amount == 100) return base::Result<StepOutcome>(StepOutcome::kHeld);
    return base::Result<StepOutcome>(asked == 2 ? StepOutcome::kServerGaveIn
                                                : StepOutcome::kTimeUp);
  });
  REQUIRE(late);
  CHECK(late->held == 100);
  CHECK(late->end == StepOutcome::kServerGaveIn);
}

TEST_CASE("an error ends the search") {
  const auto found = cli::find_ceiling(
      {.first = 1, .most = 2},
      [](std::uint64_t) -> base::Result<StepOutcome> { return base::fail("broken"); });
  REQUIRE_FALSE(found);
  CHECK(found.error().message == "broken");
}

TEST_CASE("the peak is where more users bring no more") {
  Amounts asked;
  const auto saturate_at = [&asked](double most) {
    return [&asked, most](std::uint64_t users) -> base::Result<std::optional<double>> {
      asked.push_back(users);
      return std::min(most, 100.0 * static_cast<double>(users));
    };
  };
  const auto flat = cli::find_peak(5000, saturate_at(5000)).value();
  CHECK(flat.rate == 5000);
  CHECK_FALSE(flat.grew_last);
  CHECK(asked == Amounts{16, 64, 256});
  asked.clear();
  const auto growing = cli::find_peak(100, saturate_at(1e9)).value();
  CHECK(growing.rate == 10000);
  CHECK(growing.grew_last);
  CHECK(asked == Amounts{16, 64, 100});
  const auto nothing = [](std::uint64_t) -> base::Result<std::optional<double>> {
    return std::optional<double>();
  };
  CHECK(cli::find_peak(100, nothing).value().rate == 0);
}
