#include "llm/timeline_file.h"

#include <catch2/catch.hpp>

#include "temporary_file.h"

using namespace std::chrono_literals;
using llm::Content;
using llm::Timeline;

namespace {

base::TimePoint at(base::Duration since_boot) { return base::TimePoint{} + since_boot; }

Timeline full_timeline() {
  Timeline timeline;
  timeline.request_id = "req_011";
  timeline.model = "claude-haiku-4-5";
  timeline.due = at(99s + 1ns);
  timeline.asked = at(99s + 700ns);
  timeline.start = at(100s + 3ns);
  timeline.sending = at(100s + 2ms + 1ns);
  timeline.sent = at(100s + 3ms + 2ns);
  timeline.first_byte = at(100s + 50ms);
  timeline.done = at(101s);
  timeline.ended = at(101s + 5ns);
  timeline.streamed = true;
  timeline.retry = true;
  timeline.input_tokens = 1'000'000;
  timeline.output_tokens = 300;
  timeline.thinking_tokens = 20;
  timeline.usage_final = true;
  const auto event = [&](base::Duration offset, base::Duration lag, Content content,
                         bool of_message, bool blurred, std::uint32_t bytes) {
    timeline.events.push_back({timeline.start + offset, timeline.start + offset + lag, content,
                               of_message, blurred, bytes});
  };
  event(50ms, 40us, Content::kNone, true, false, 0);
  event(60ms, 40us, Content::kThinking, true, false, 200);
  event(60ms, 40us, Content::kText, true, true, 3);
  event(59ms, -7us, Content::kToolInput, true, false, 70'000);  // A clock's step back.
  event(3600s, 10s, Content::kNone, false, false, 0);
  return timeline;
}

Timeline failed_timeline() {
  Timeline timeline;
  timeline.asked = timeline.start = at(5s);
  timeline.ended = at(6s);
  timeline.outcome = llm::Outcome::kFailed;
  timeline.error = llm::ErrorKind::kConnect;
  return timeline;
}

std::string file_of(const std::vector<Timeline>& timelines) {
  std::string bytes(llm::timeline_file_head());
  for (const Timeline& timeline : timelines) llm::append_record(timeline, bytes);
  return bytes;
}

// All that is whole, and the error after it.
struct Contents {
  std::vector<Timeline> timelines;
  std::string error;
  std::optional<llm::MeasuredSpan> measured;
};

Contents read(const std::string& bytes) {
  const tests::TemporaryFile file(".events", bytes);
  Contents contents;
  auto reader = llm::TimelineReader::open(file.path());
  if (!reader) {
    contents.error = reader.error().message;
    return contents;
  }
  while (true) {
    auto timeline = reader->next();
    if (!timeline) contents.error = timeline.error().message;
    if (!timeline || !*timeline) break;
    contents.timelines.push_back(std::move(**timeline));
  }
  contents.measured = reader->measured();
  return contents;
}

}  // namespace

TEST_CASE("what is written is read again") {
  const std::vector<Timeline> written = {full_timeline(), failed_timeline()};
  std::string bytes = file_of(written);
  const llm::MeasuredSpan span{at(98s), at(200s + 1ns)};
  llm::append_record(span, bytes);
  const Contents contents = read(bytes);
  CHECK(contents.error.empty());
  CHECK(contents.timelines == written);
  CHECK(contents.measured == span);
}

TEST_CASE("moments of events are rounded to the microsecond, without drift") {
  Timeline timeline;
  timeline.start = at(7ns);
  for (int i = 1; i <= 1000; ++i) {
    const base::TimePoint arrived = timeline.start + i * 1000333ns;
    timeline.events.push_back({arrived, arrived + 333ns});
  }
  const Contents contents = read(file_of({timeline}));
  REQUIRE(contents.timelines.size() == 1);
  for (std::size_t i = 0; i < 1000; ++i) {
    const auto off = contents.timelines[0].events[i].arrived - timeline.events[i].arrived;
    CHECK(std::chrono::abs(off) <= 500ns);
  }
}

TEST_CASE("an event costs 4 to 6 bytes") {
  const auto size_with = [](int events, base::Duration gap) {
    Timeline timeline;
    for (int i = 0; i < events; ++i) {
      const base::TimePoint arrived = timeline.start + i * gap;
      timeline.events.push_back({arrived, arrived + 120us, Content::kText, true, false, 5});
    }
    return file_of({timeline}).size();
  };
  CHECK((size_with(1010, 20ms) - size_with(10, 20ms)) / 1000.0 <= 6.01);
  CHECK((size_with(1010, 0ms) - size_with(10, 0ms)) / 1000.0 <= 4.01);
}

TEST_CASE("a file cut short yields what is whole, and names the place") {
  const std::string one = file_of({full_timeline()});
  const std::string two = file_of({full_timeline(), full_timeline()});
  for (std::size_t size = one.size() + 1; size < two.size(); ++size) {
    const Contents contents = read(two.substr(0, size));
    CHECK(contents.timelines.size() == 1);
    CHECK_THAT(contents.error, Catch::Contains("cut short in the record that begins at byte " +
                                               std::to_string(one.size())));
  }
}

TEST_CASE("files of another kind or version are refused") {
  CHECK_THAT(read(R"({"request_id":"req_1"})").error, Catch::Contains("is no file that perigee"));
  CHECK_THAT(read("").error, Catch::Contains("is no file that perigee"));
  std::string newer(llm::timeline_file_head());
  newer.back() = 2;
  CHECK_THAT(read(newer).error, Catch::Contains("is of version 2"));
  CHECK_FALSE(llm::TimelineReader::open("/no/such/file"));
}

TEST_CASE("damaged records are named, unknown kinds passed over") {
  std::string bytes = file_of({failed_timeline()});
  const std::size_t begin = bytes.size();
  CHECK(read(bytes + std::string("\x7f\x02xy", 4)).error.empty());
  const std::string senseless = bytes + std::string("\x01\x01\x00", 3);
  CHECK_THAT(read(senseless).error,
             Catch::Contains("damaged: the record that begins at byte " + std::to_string(begin)));
  CHECK_THAT(read(bytes + "\x01\xff\xff\xff\xff\xff\xff\xff\xff").error,
             Catch::Contains("cut short"));
  CHECK_THAT(read(bytes + "\x01\xff\xff\xff\xff\xff\x01").error,
             Catch::Contains("no sensible length"));
}

TEST_CASE("no byte of a record can be changed so that reading it does harm") {
  const std::string bytes = file_of({full_timeline()});
  for (std::size_t i = llm::timeline_file_head().size(); i < bytes.size(); ++i) {
    for (const int flipped : {0x01, 0x40, 0x80, 0xff}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ flipped);
      CHECK(read(damaged).timelines.size() <= 1);
    }
  }
}

TEST_CASE("the measured span is found at the end of the file, or not at all") {
  std::string bytes = file_of({full_timeline()});
  const tests::TemporaryFile without(".events", bytes);
  CHECK(llm::read_measured_span(without.path()).value() == std::nullopt);
  llm::append_record(llm::MeasuredSpan{at(1s), at(2s)}, bytes);
  const tests::TemporaryFile with(".events", bytes);
  CHECK(llm::read_measured_span(with.path()).value() == llm::MeasuredSpan{at(1s), at(2s)});
}
