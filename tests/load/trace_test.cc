#include "load/trace.h"

#include <catch2/catch.hpp>

#include "temporary_file.h"

namespace {

using namespace std::chrono_literals;
using base::Duration;
using tests::TemporaryFile;
using Arrivals = std::vector<std::pair<Duration, std::uint64_t>>;

Arrivals arrivals_of(std::string_view suffix, std::string_view text) {
  const TemporaryFile file(suffix, text);
  const auto trace = load::read_trace(file.path());
  REQUIRE((trace ? "" : trace.error().message) == "");
  Arrivals arrivals;
  for (const load::TracedArrival& arrival : (*trace)->arrivals) {
    arrivals.emplace_back(arrival.due, arrival.row);
  }
  return arrivals;
}

// What reading says, without the file's path.
std::string error_of(std::string_view suffix, std::string_view text) {
  const TemporaryFile file(suffix, text);
  const auto trace = load::read_trace(file.path());
  REQUIRE_FALSE(trace);
  REQUIRE(trace.error().message.starts_with(file.path()));
  return trace.error().message.substr(file.path().size());
}

TEST_CASE("A Mooncake trace counts milliseconds from its first arrival") {
  CHECK(arrivals_of(".jsonl", R"({"timestamp": 1000, "input_length": 600, "hash_ids": [1, 2]})"
                              "\n"
                              R"({"timestamp": 4000.5, "input_length": 9, "hash_ids": [3]})"
                              "\n") == Arrivals{{0ns, 0}, {3000500us, 1}});
}

TEST_CASE("An Azure trace has dates") {
  CHECK(arrivals_of(".csv",
                    "TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
                    "2023-11-16 23:59:59.9805900,374,44\r\n"
                    "2023-11-17 00:00:00.0066290,396,109\r\n") == Arrivals{{0ns, 0}, {26039us, 1}});
}

TEST_CASE("Times are seconds or durations, in JSON and in CSV") {
  const Arrivals expected = {{0ns, 0}, {1500ms, 1}, {2min, 2}};
  CHECK(arrivals_of(".jsonl", "{\"time\":0}\n{\"time\":1.5}\n{\"time\":\"2m\"}\n") == expected);
  CHECK(arrivals_of(".json", R"([{"at":"0"},{"at":"1500ms"},{"at":120}])") == expected);
  CHECK(arrivals_of(".csv", "n,at\n1,0\n2,1.5\n3,2m\n") == expected);
  CHECK(arrivals_of(".trace", "{\"at\":0}\n{\"at\":1.5}\n{\"at\":\"2m\"}\n") == expected);
}

TEST_CASE("A timestamp may be a date") {
  CHECK(arrivals_of(".jsonl",
                    "{\"timestamp\":\"2024-05-10T00:00:00Z\"}\n"
                    "{\"timestamp\":\"2024-05-10T02:00:01+02:00\"}\n") ==
        Arrivals{{0ns, 0}, {1s, 1}});
}

TEST_CASE("Of several time fields the first known one counts") {
  CHECK(arrivals_of(".csv", "at,timestamp\n9,0\n5,2000\n") == Arrivals{{0ns, 0}, {2s, 1}});
}

TEST_CASE("Arrivals are sorted, and of one time they keep the file's order") {
  CHECK(arrivals_of(".jsonl", "{\"at\":5}\n{\"at\":3}\n{\"at\":5}\n{\"at\":-1}\n") ==
        Arrivals{{0ns, 3}, {4s, 1}, {6s, 0}, {6s, 2}});
}

TEST_CASE("Unix times in milliseconds keep their microseconds") {
  CHECK(arrivals_of(".jsonl", "{\"timestamp\":1700000000000}\n{\"timestamp\":1700000000000.25}\n")
            .back()
            .first == 250us);
}

TEST_CASE("The rows of a trace are at hand for what else they say") {
  const TemporaryFile file(".csv", "at,tokens\n1,7\n0,8\n");
  const auto trace = *load::read_trace(file.path());
  REQUIRE(trace->arrivals.size() == 2);
  CHECK(*trace->rows->fields(trace->arrivals[0].row) == std::vector<std::string>{"0", "8"});
}

TEST_CASE("A row without a time is refused with its line and what was expected") {
  CHECK_THAT(error_of(".jsonl", "{\"at\":1}\n\n{\"when\":1}\n"),
             Catch::StartsWith(":3: no time: expected timestamp (in milliseconds"));
  CHECK_THAT(error_of(".csv", "when,tokens\n1,2\n"),
             Catch::StartsWith(": no time: expected timestamp") &&
                 Catch::EndsWith("; the columns are when, tokens"));
  CHECK(error_of(".jsonl", "{\"at\":1}\n[1]\n") == ":2: expected a JSON object");
  CHECK(error_of(".jsonl", "{\"at\":1}\nat\n") == ":2: expected a JSON object");
  CHECK(error_of(".csv", "at,n\n1,2\n3\n") ==
        ":3: expected 2 fields, as many as the header has, got 1");
}

TEST_CASE("A time that cannot be read is refused with its line and what was expected") {
  CHECK(error_of(".jsonl", "{\"at\":\"soon\"}\n") ==
        ":1: at: expected seconds or a duration such as \"250ms\", got \"soon\"");
  CHECK(error_of(".csv", "timestamp\n5\nsoon\n") ==
        ":3: timestamp: expected milliseconds or a date such as \"2023-11-16 18:15:46.68\", got "
        "\"soon\"");
  CHECK(error_of(".csv", "TIMESTAMP\n5\n") ==
        ":2: TIMESTAMP: expected a date such as \"2023-11-16 18:15:46.68\", got 5");
  CHECK_THAT(error_of(".jsonl", "{\"at\":null}\n"), Catch::EndsWith("neither a number nor a text"));
  CHECK_THAT(error_of(".jsonl", "{\"at\":1e300}\n"), Catch::EndsWith("got 1e+300"));
  CHECK_THAT(error_of(".csv", "at\nnan\n"), Catch::EndsWith("got nan"));
}

TEST_CASE("A trace that cannot be opened is refused") {
  CHECK(error_of(".jsonl", "") == ": the file is empty");
  CHECK(load::read_trace("/no/such/trace.jsonl").error().message ==
        "/no/such/trace.jsonl: No such file or directory");
}

}  // namespace
