#include "client/event_log.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "client/llm_call_fixture.h"
#include "llm/timeline_file.h"

using namespace std::chrono_literals;
using namespace tests;
using client::EventLog;
using llm::Content;

namespace {

std::vector<llm::Timeline> timelines_of(EventLog& log) {
  REQUIRE(log.finish());
  auto reader = llm::TimelineReader::open(log.path());
  REQUIRE(reader);
  std::vector<llm::Timeline> timelines;
  while (true) {
    auto timeline = reader->next();
    REQUIRE(timeline);
    if (!*timeline) return timelines;
    timelines.push_back(std::move(**timeline));
  }
}

}  // namespace

TEST_CASE("a request's timeline has its moments, its tokens and all events of its stream") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, kStreamHead + message_start());
    std::this_thread::sleep_for(15ms);
    LoopbackServer::say(fd, delta("Hello") + delta(" world") + message_end(3) + "0\r\n\r\n");
  });
  WorkerFixture worker;
  auto log = EventLog::open_temporary();
  REQUIRE(log);
  worker.context.event_log = log->get();
  client::Origin origin = worker.origin();
  origin.due = worker.loop.now() - 1s;
  run(worker, spec_for(server), origin);

  const std::vector<llm::Timeline> timelines = timelines_of(**log);
  REQUIRE(timelines.size() == 1);
  const llm::Timeline& timeline = timelines[0];
  CHECK(timeline.request_id == "req_011");
  CHECK(timeline.model == "claude-haiku-4-5");
  CHECK(timeline.whole());
  CHECK(timeline.streamed);
  CHECK_FALSE(timeline.retry);
  CHECK(timeline.input_tokens == 12);
  CHECK(timeline.output_tokens == 3);
  CHECK(timeline.usage_final);
  CHECK(timeline.due == origin.due);
  CHECK(timeline.asked <= timeline.start);
  REQUIRE((timeline.sending && timeline.sent && timeline.first_byte && timeline.done));
  CHECK(timeline.start <= *timeline.sending);
  CHECK(*timeline.sending <= *timeline.sent);
  CHECK(*timeline.first_byte <= *timeline.done);

  // message_start, the block's start, two deltas, message_delta, message_stop.
  REQUIRE(timeline.events.size() == 6);
  const auto& events = timeline.events;
  CHECK(events[0].content == Content::kNone);
  CHECK(events[0].of_message);
  CHECK_FALSE(events[1].of_message);
  CHECK(events[2].content == Content::kText);
  CHECK(events[2].text_bytes == 5);
  CHECK(events[3].text_bytes == 6);
  CHECK(events[4].of_message);
  CHECK_FALSE(events[5].of_message);
  CHECK(events[2].arrived - events[0].arrived >= 14ms);
  CHECK(std::chrono::abs(events[5].arrived - *timeline.done) <= 1us);
}

TEST_CASE("a request that fails has a timeline, with its kind and without an end") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 529 \r\nrequest-id: req_012\r\ncontent-length: 2\r\n\r\n{}");
  });
  WorkerFixture worker;
  auto log = EventLog::open_temporary();
  REQUIRE(log);
  worker.context.event_log = log->get();
  run(worker, spec_for(server), worker.origin());
  const std::vector<llm::Timeline> timelines = timelines_of(**log);
  REQUIRE(timelines.size() == 1);
  CHECK(timelines[0].outcome == llm::Outcome::kFailed);
  CHECK(timelines[0].error == llm::ErrorKind::kOverloaded);
  CHECK(timelines[0].request_id == "req_012");
  CHECK_FALSE(timelines[0].done);
  CHECK_FALSE(timelines[0].due);
  CHECK(timelines[0].events.empty());
}

TEST_CASE("a temporary log has no name, and a folder that is none is refused") {
  char folder[] = "/tmp/perigee-log-XXXXXX";
  REQUIRE(mkdtemp(folder) != nullptr);
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before != nullptr ? before : "";
  setenv("TMPDIR", folder, 1);
  CHECK(EventLog::open_temporary());
  CHECK(std::filesystem::is_empty(folder));
  setenv("TMPDIR", "/no/such/folder", 1);
  const auto refused = EventLog::open_temporary();
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::Contains("/no/such/folder"));
  before != nullptr ? setenv("TMPDIR", kept.c_str(), 1) : unsetenv("TMPDIR");
  std::filesystem::remove_all(folder);
  CHECK_FALSE(EventLog::open("/no/such/folder/events"));
}
