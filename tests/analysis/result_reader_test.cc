#include "analysis/result_reader.h"

#include <catch2/catch.hpp>

#include "metrics/builtin.h"
#include "temporary_file.h"

using analysis::read_result;
using nlohmann::json;

namespace {

json histogram(std::initializer_list<int> deltas, std::initializer_list<int> counts, double sum) {
  int count = 0;
  for (const int bucket : counts) count += bucket;
  return {{"count", count},         {"sum", sum},      {"min", 0.1},        {"max", 0.4},
          {"stddev", 0.109},        {"zeros", 0},      {"out_of_range", 0}, {"scale", 7},
          {"index_deltas", deltas}, {"counts", counts}};
}

// The values 0.1, 0.2, 0.2 and 0.4 s, as in docs/result-file.md, a counter and a rate.
json small_file() {
  json ttft = {{"name", "llm_ttft"}, {"type", "trend"}, {"unit", "s"}, {"of", ""}};
  ttft["series"] = json::array({{{"tags", {{"task", "simple"}}},
                                 {"values", histogram({-426, 128, 128}, {1, 2, 1}, 0.9)},
                                 {"lower_bounds", histogram({}, {}, 0)}}});
  json own = {{"name", "my_count"}, {"type", "counter"}, {"unit", ""}, {"of", ""}};
  own["series"] = json::array({{{"tags", json::object()}, {"sum", 7}}});
  json file = {{"schema", "perigee-result"}, {"schema_version", 1}, {"tags_overflowed", 3}};
  file["metrics"] = json::array({ttft, own});
  file["apart"] = json::array({own});
  return file;
}

std::string refusal(const json& file) {
  const auto run = read_result(file.dump(), "run.json");
  REQUIRE_FALSE(run);
  return run.error().message;
}

}  // namespace

TEST_CASE("a file's series are in the store again") {
  const auto run = read_result(small_file().dump(), "run.json");
  REQUIRE(run);
  const metrics::Trend ttft = run->store->trend(metrics::kLlmTtft);
  CHECK(ttft.count() == 4);
  CHECK(ttft.quantile(0.5).value == Approx(0.2).epsilon(0.003));
  CHECK(ttft.values.max() == 0.4);
  CHECK(ttft.values.stddev() == Approx(0.109));
  CHECK(run->store->tag_values(metrics::kLlmTtft, "task") == std::vector<std::string>{"simple"});
  const auto own = run->registry->find("my_count");
  REQUIRE(own);
  CHECK(run->store->counter(*own) == 7);
  CHECK(run->apart->counter(*own) == 7);
  CHECK(run->store->tags_overflowed() == 3);
}

TEST_CASE("what is no result file of this version is refused") {
  CHECK_THAT(read_result("{", "run.json").error().message,
             Catch::Equals("run.json: is not JSON, or is cut short"));
  CHECK_THAT(refusal(json::array()), Catch::Contains("run.json: is no result file"));
  CHECK_THAT(refusal({{"schema", "another"}}), Catch::Contains("is no result file"));
  json file = small_file();
  file["schema_version"] = 3;
  CHECK_THAT(refusal(file), Catch::Equals("run.json: is of schema version 3, and this perigee "
                                          "reads up to version 2"));
  CHECK_THAT(analysis::read_result_file("/no/such/file").error().message,
             Catch::Contains("cannot read /no/such/file"));
}

TEST_CASE("damage is named") {
  json file = small_file();
  file["metrics"][0]["series"][0]["values"]["count"] = 5;
  CHECK_THAT(refusal(file), Catch::Contains("do not add up"));
  file = small_file();
  file["metrics"][0]["series"][0]["values"]["index_deltas"][1] = 0;
  CHECK_THAT(refusal(file), Catch::Contains("out of order or out of range"));
  file = small_file();
  file["metrics"][0]["series"][0]["values"]["index_deltas"][0] = 1 << 30;
  CHECK_THAT(refusal(file), Catch::Contains("out of order or out of range"));
  file = small_file();
  file["metrics"][1]["series"][0].erase("sum");
  CHECK_THAT(refusal(file), Catch::Contains("sum"));
  file = small_file();
  file["metrics"][1]["type"] = "heap";
  CHECK_THAT(refusal(file), Catch::Contains("unknown type of metric \"heap\""));
  file = small_file();
  file.erase("apart");
  CHECK_THAT(refusal(file), Catch::Contains("apart"));
}
