#include "script/shared.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <thread>

#include "temporary_file.h"

namespace {

using script::DataSet;
using script::Shared;
using tests::TemporaryFile;
using Format = base::RowFile::Format;
using Rows = std::vector<std::size_t>;

constexpr int kThreads = 4;

TemporaryFile numbers(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += std::to_string(i) + "\n";
  return {".txt", text};
}

// What four threads get from as many calls of `work` at once, together and sorted.
template <typename Work>
Rows on_four_threads(Work work) {
  std::array<Rows, kThreads> got;
  {
    std::vector<std::jthread> threads;
    for (Rows& rows : got) threads.emplace_back([&rows, &work] { work(rows); });
  }
  Rows all;
  for (const Rows& rows : got) all.insert(all.end(), rows.begin(), rows.end());
  std::sort(all.begin(), all.end());
  return all;
}

Rows up_to(std::size_t count) {
  Rows rows(count);
  for (std::size_t i = 0; i < count; ++i) rows[i] = i;
  return rows;
}

TEST_CASE("Each unique row is handed out once, whichever thread asks") {
  constexpr std::size_t kRows = 20'000;
  const TemporaryFile file = numbers(kRows);
  Shared shared;
  DataSet& set = **shared.data_set(file.path(), Format::kLines);
  const Rows got = on_four_threads([&](Rows& rows) {
    while (const auto row = set.next_unique()) rows.push_back(*row);
  });
  CHECK(got == up_to(kRows));
  CHECK_FALSE(set.next_unique());
}

TEST_CASE("Sequential rows go round, each as often as the others") {
  constexpr std::size_t kRows = 1000;
  constexpr int kRounds = 3;  // Of each thread.
  const TemporaryFile file = numbers(kRows);
  Shared shared;
  DataSet& set = **shared.data_set(file.path(), Format::kLines);
  const Rows got = on_four_threads([&](Rows& rows) {
    for (std::size_t i = 0; i < kRows * kRounds; ++i) rows.push_back(set.next_sequential());
  });
  REQUIRE(got.size() == kRows * kRounds * kThreads);
  for (std::size_t i = 0; i < got.size(); ++i) REQUIRE(got[i] == i / (kRounds * kThreads));
}

TEST_CASE("Sequential rows come in order, and from the first again") {
  const TemporaryFile file = numbers(3);
  Shared shared;
  DataSet& set = **shared.data_set(file.path(), Format::kLines);
  for (const std::size_t expected : {0, 1, 2, 0, 1}) CHECK(set.next_sequential() == expected);
}

TEST_CASE("Instances of one run hand out all rows between them") {
  const TemporaryFile file = numbers(5);
  Shared first(0, 2);
  Shared second(1, 2);
  DataSet& of_first = **first.data_set(file.path(), Format::kLines);
  DataSet& of_second = **second.data_set(file.path(), Format::kLines);
  for (const std::size_t expected : {0, 2, 4}) CHECK(of_first.next_unique() == expected);
  CHECK_FALSE(of_first.next_unique());
  for (const std::size_t expected : {1, 3}) CHECK(of_second.next_unique() == expected);
  CHECK_FALSE(of_second.next_unique());
  for (const std::size_t expected : {0, 2, 4, 1, 3, 0}) {
    CHECK(of_first.next_sequential() == expected);
  }
  for (const std::size_t expected : {1, 3, 0, 2, 4, 1}) {
    CHECK(of_second.next_sequential() == expected);
  }
}

TEST_CASE("A data file is opened once, also under another spelling of its path") {
  const TemporaryFile file = numbers(3);
  Shared shared;
  DataSet* set = *shared.data_set(file.path(), Format::kLines);
  CHECK(*shared.data_set(file.path(), Format::kLines) == set);
  const std::filesystem::path path = file.path();
  const auto roundabout = path.parent_path() / "." / path.filename();
  CHECK(*shared.data_set(roundabout.string(), Format::kLines) == set);
  CHECK(*shared.data_set(file.path(), Format::kJsonLines) != set);
}

TEST_CASE("A data file that cannot be opened is no data set, this time and the next") {
  Shared shared;
  for (int i = 0; i < 2; ++i) {
    const auto set = shared.data_set("/no/such/file.csv", Format::kCsv);
    REQUIRE_FALSE(set);
    CHECK(set.error().message == "/no/such/file.csv: No such file or directory");
  }
}

TEST_CASE("A counter adds up what all threads add") {
  Shared shared;
  CHECK(shared.counter("orders") == 0);
  on_four_threads([&](Rows& /*rows*/) {
    for (int i = 0; i < 1000; ++i) shared.counter("orders").fetch_add(0.5);
  });
  CHECK(shared.counter("orders") == 2000);
  CHECK(shared.counter("others") == 0);
}

TEST_CASE("Declared options keep their order, and each is declared once") {
  Shared shared;
  CHECK(shared.declare({"users", "number", "5", "how many"}));
  CHECK(shared.declare({"name", "string", "", "who"}));
  CHECK(shared.declare({"users", "number", "5", "how many"}));
  const auto declared = shared.declared();
  REQUIRE(declared.size() == 2);
  CHECK(declared[0].name == "users");
  CHECK(declared[1].name == "name");
  const auto other = shared.declare({"users", "number", "6", "how many"});
  REQUIRE_FALSE(other);
  CHECK(other.error().message ==
        "option \"users\": declared twice, as number with the default \"5\" and as number with "
        "\"6\"");
}

}  // namespace
