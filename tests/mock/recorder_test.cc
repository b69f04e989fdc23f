#include "mock/recorder.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace std::chrono_literals;

namespace {

mock::StreamRecord small_record(const std::string& id) {
  mock::StreamRecord record;
  record.request_id = id;
  record.received = base::TimePoint(1000ns);
  record.events = {{base::TimePoint(2000ns), 0, "message_start"},
                   {base::TimePoint(3000ns), 4, "content_block_delta"}};
  record.output_tokens = 4;
  return record;
}

struct ScratchFile {
  ScratchFile() { close(mkstemp(path.data())); }
  ~ScratchFile() { unlink(path.c_str()); }
  std::string path = "/tmp/perigee_record_XXXXXX";
};

}  // namespace

TEST_CASE("a record is one line of JSON") {
  fmt::memory_buffer out;
  mock::format_record(small_record("req_1"), out);
  CHECK(fmt::to_string(out) == R"({"request_id":"req_1","received_ns":1000,"events":[)"
                               R"({"name":"message_start","sent_ns":2000,"tokens":0},)"
                               R"({"name":"content_block_delta","sent_ns":3000,"tokens":4}],)"
                               R"("output_tokens":4,"status":200,"closed_early":false})"
                               "\n");
}

TEST_CASE("a request that failed has a record without events") {
  mock::StreamRecord record;
  record.request_id = "req_2";
  record.status = 529;
  fmt::memory_buffer out;
  mock::format_record(record, out);
  const auto json = nlohmann::json::parse(fmt::to_string(out));
  CHECK(json["events"].empty());
  CHECK(json["status"] == 529);
}

TEST_CASE("everything recorded is in the file when the recorder is gone, in order") {
  const ScratchFile file;
  {
    const auto recorder = mock::Recorder::open(file.path);
    REQUIRE(recorder);
    for (int i = 0; i < 5000; ++i) (*recorder)->record(small_record(std::to_string(i)));
  }
  std::ifstream in(file.path);
  std::string line;
  int lines = 0;
  while (std::getline(in, line)) {
    REQUIRE(nlohmann::json::parse(line)["request_id"] == std::to_string(lines));
    ++lines;
  }
  CHECK(lines == 5000);
}

TEST_CASE("the last lines are read back, whole ones alone") {
  const ScratchFile file;
  const auto recorder = mock::Recorder::open(file.path);
  REQUIRE(recorder);
  CHECK((*recorder)->tail().lines.empty());
  std::ofstream writer(file.path);
  const std::string line(999'999, 'x');
  for (int i = 0; i < 3; ++i) writer << line << '\n';
  writer << "half a line" << std::flush;
  CHECK((*recorder)->tail().lines.size() == 3'000'000);
  CHECK_FALSE((*recorder)->tail().is_cut);
  for (int i = 0; i < 30; ++i) writer << line << '\n';
  writer.flush();
  const auto tail = (*recorder)->tail();
  CHECK(tail.is_cut);
  CHECK(tail.lines.size() == 16'000'000);
}

TEST_CASE("a pipe is not read back") {
  const auto recorder = mock::Recorder::open("/dev/null");
  REQUIRE(recorder);
  CHECK((*recorder)->tail().lines.empty());
}

TEST_CASE("a file that cannot be written is an error that names it") {
  const auto recorder = mock::Recorder::open("/nonexistent/record.jsonl");
  REQUIRE_FALSE(recorder);
  CHECK(recorder.error().message ==
        "cannot write the record file \"/nonexistent/record.jsonl\": No such file or directory");
}
