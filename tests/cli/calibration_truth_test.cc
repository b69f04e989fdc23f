#include "cli/calibration_truth.h"

#include <catch2/catch.hpp>

#include "llm/timeline_file.h"
#include "temporary_file.h"

using Catch::Matchers::Contains;
using tests::TemporaryFile;

namespace {

// Two streams of 20 ms gaps, and one that the client broke off.
constexpr const char* kRecord =
    R"({"request_id":"a","received_ns":900,"events":[{"name":"message_start","sent_ns":1000,"tokens":0},{"name":"content_block_delta","sent_ns":2000,"tokens":1},{"name":"content_block_delta","sent_ns":20002000,"tokens":1},{"name":"content_block_delta","sent_ns":40002000,"tokens":1}],"output_tokens":3,"status":200,"closed_early":false}
{"request_id":"b","received_ns":900,"events":[{"name":"content_block_delta","sent_ns":3000,"tokens":1}],"output_tokens":1,"status":200,"closed_early":false}
{"request_id":"c","received_ns":900,"events":[{"name":"content_block_delta","sent_ns":3000,"tokens":1}],"output_tokens":1,"status":200,"closed_early":true}
)";
base::TimePoint at(std::int64_t ns) { return base::TimePoint(base::Duration(ns)); }

std::string client_events() {
  std::string file(llm::timeline_file_head());
  const auto add = [&file](const char* id, std::int64_t sending,
                           std::vector<std::int64_t> arrived) {
    llm::Timeline timeline;
    timeline.request_id = id;
    timeline.sending = at(sending);
    // What opens a message is no content, and not counted.
    timeline.events.push_back({at(sending), at(sending), llm::Content::kNone, true});
    for (const std::int64_t ns : arrived) {
      timeline.events.push_back({at(ns), at(ns + 100), llm::Content::kText, true});
    }
    llm::append_record(timeline, file);
  };
  add("b", 1000, {3500});
  add("a", 500, {2500, 20002500, 40002500});
  add("c", 500, {});
  add("d", 500, {2500});
  return file;
}

}  // namespace

TEST_CASE("streams are joined by their requests' ids") {
  const TemporaryFile record(".jsonl", kRecord);
  const TemporaryFile events(".events", client_events());
  const auto truth = cli::read_truth({record.path()}, events.path());
  REQUIRE(truth);
  CHECK(truth->streams == 2);
  CHECK(truth->unmatched == 2);
  REQUIRE(truth->gaps.size() == 2);
  CHECK(truth->gaps[0] == Approx(0.02));
  REQUIRE(truth->ttfts.size() == 2);
  CHECK(truth->ttfts[0] == Approx(1.5e-6));
  CHECK(truth->ttfts[1] == Approx(2e-6));
  // One event in the middle 20 ms.
  CHECK(truth->events_per_second == Approx(50).margin(1e-3));
}

TEST_CASE("what cannot be read is named") {
  const TemporaryFile record(".jsonl", "{\"request_id\":\n");
  const TemporaryFile events(".events", client_events());
  const auto broken = cli::read_truth({record.path()}, events.path());
  REQUIRE_FALSE(broken);
  CHECK_THAT(broken.error().message, Contains(record.path()));
  const auto missing = cli::read_truth({record.path()}, "/nonexistent");
  REQUIRE_FALSE(missing);
  CHECK_THAT(missing.error().message, Contains("/nonexistent"));
}
