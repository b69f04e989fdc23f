#include "llm/stream_times.h"

#include <catch2/catch.hpp>
#include <utility>

using llm::Content;
using std::chrono::microseconds;
using std::chrono::milliseconds;

namespace {

base::TimePoint at(base::Duration since_start) {
  return base::TimePoint(std::chrono::hours(1)) + since_start;
}

llm::Arrival sharp(base::Duration time) { return {at(time), at(time)}; }

llm::StreamTimes times_of(const std::vector<std::pair<Content, milliseconds>>& events) {
  llm::StreamTimes times;
  for (const auto& [content, time] : events) times.on_event(content, sharp(time));
  return times;
}

llm::Reply reply_of(std::uint64_t output_tokens) {
  llm::Reply reply;
  reply.usage.output_tokens = output_tokens;
  reply.usage.final = true;
  return reply;
}

}  // namespace

TEST_CASE("each first is the first of its own kind") {
  const llm::StreamTimes times = times_of({{Content::kNone, milliseconds(100)},
                                           {Content::kNone, milliseconds(110)},
                                           {Content::kThinking, milliseconds(200)},
                                           {Content::kToolInput, milliseconds(250)},
                                           {Content::kText, milliseconds(300)},
                                           {Content::kText, milliseconds(320)},
                                           {Content::kNone, milliseconds(400)}});
  CHECK(times.first_event() == at(milliseconds(100)));
  CHECK(times.first_token() == at(milliseconds(200)));
  CHECK(times.first_thinking() == at(milliseconds(200)));
  CHECK(times.first_tool_input() == at(milliseconds(250)));
  CHECK(times.last_tool_input() == at(milliseconds(250)));
  CHECK(times.first_text() == at(milliseconds(300)));
  CHECK(times.last_text() == at(milliseconds(320)));
  CHECK(times.last_token() == at(milliseconds(320)));
}

TEST_CASE("thinking lasts until the first text or tool input after it") {
  CHECK(times_of({{Content::kThinking, milliseconds(100)},
                  {Content::kThinking, milliseconds(150)},
                  {Content::kNone, milliseconds(200)},
                  {Content::kText, milliseconds(300)},
                  {Content::kToolInput, milliseconds(400)}})
            .thinking_duration() == base::Duration(milliseconds(200)));
  CHECK(
      times_of({{Content::kThinking, milliseconds(100)}, {Content::kToolInput, milliseconds(130)}})
          .thinking_duration() == base::Duration(milliseconds(30)));
  CHECK(times_of({{Content::kText, milliseconds(50)},
                  {Content::kThinking, milliseconds(100)},
                  {Content::kText, milliseconds(170)}})
            .thinking_duration() == base::Duration(milliseconds(70)));
}

TEST_CASE("without shown thinking, or without what follows it, thinking has no duration") {
  CHECK_FALSE(times_of({}).thinking_duration());
  CHECK_FALSE(times_of({{Content::kText, milliseconds(1)}}).thinking_duration());
  CHECK_FALSE(
      times_of({{Content::kThinking, milliseconds(1)}, {Content::kThinking, milliseconds(2)}})
          .thinking_duration());
  CHECK_FALSE(times_of({{Content::kText, milliseconds(1)}, {Content::kThinking, milliseconds(2)}})
                  .thinking_duration());
}

TEST_CASE("text and tool input last from their first event to their last") {
  const llm::StreamTimes times = times_of({{Content::kText, milliseconds(100)},
                                           {Content::kToolInput, milliseconds(120)},
                                           {Content::kText, milliseconds(160)},
                                           {Content::kThinking, milliseconds(170)},
                                           {Content::kToolInput, milliseconds(200)}});
  CHECK(times.text_duration() == base::Duration(milliseconds(60)));
  CHECK(times.tool_input_duration() == base::Duration(milliseconds(80)));
  const llm::StreamTimes single =
      times_of({{Content::kText, milliseconds(100)}, {Content::kToolInput, milliseconds(120)}});
  CHECK_FALSE(single.text_duration());
  CHECK_FALSE(single.tool_input_duration());
}

TEST_CASE("a phase whose last stamp is behind its first has no negative duration") {
  llm::StreamTimes times;
  times.on_event(Content::kThinking, sharp(microseconds(21)));
  times.on_event(Content::kText, sharp(microseconds(20)));
  times.on_event(Content::kText, sharp(microseconds(19)));
  CHECK(times.thinking_duration() == base::Duration::zero());
  CHECK(times.text_duration() == base::Duration::zero());
}

TEST_CASE("a stream without content has an event but no token") {
  const llm::StreamTimes times = times_of({{Content::kNone, milliseconds(1)}});
  CHECK(times.first_event() == at(milliseconds(1)));
  CHECK_FALSE(times.first_token());
  CHECK_FALSE(times.first_text());
  CHECK_FALSE(times.last_token());
}

TEST_CASE("gaps lie between content events, over whatever comes between them") {
  llm::StreamTimes times;
  CHECK_FALSE(times.on_event(Content::kNone, sharp(milliseconds(10))));
  CHECK_FALSE(times.on_event(Content::kText, sharp(milliseconds(20))));
  CHECK_FALSE(times.on_event(Content::kNone, sharp(milliseconds(25))));
  const auto gap = times.on_event(Content::kText, sharp(milliseconds(50)));
  REQUIRE(gap);
  CHECK(gap->length == milliseconds(30));
  CHECK_FALSE(gap->blurred);
}

TEST_CASE("a gap is blurred where either end's interval is wide") {
  const auto wide = [](milliseconds time) {
    return llm::Arrival{at(time - milliseconds(5)), at(time)};
  };
  llm::StreamTimes times;
  times.on_event(Content::kText, sharp(milliseconds(20)));
  const auto to_wide = times.on_event(Content::kText, wide(milliseconds(40)));
  REQUIRE(to_wide);
  CHECK(to_wide->blurred);
  CHECK(to_wide->length == milliseconds(20));
  const auto from_wide = times.on_event(Content::kText, sharp(milliseconds(60)));
  REQUIRE(from_wide);
  CHECK(from_wide->blurred);
  const auto after = times.on_event(Content::kText, sharp(milliseconds(80)));
  REQUIRE(after);
  CHECK_FALSE(after->blurred);
}

TEST_CASE("a gap that is known to a fifth of the stream's pace is uncertain, but not blurred") {
  llm::StreamTimes times;
  times.on_event(Content::kText, sharp(milliseconds(20)));
  const auto gap = times.on_event(Content::kText, {at(milliseconds(76)), at(milliseconds(80))});
  REQUIRE(gap);
  CHECK_FALSE(gap->blurred);
  CHECK(gap->error == milliseconds(4));
  // A burst: next to nothing between two events, in a stream of 20 ms and more.
  const auto burst = times.on_event(Content::kText, {at(milliseconds(79)), at(milliseconds(83))});
  REQUIRE(burst);
  CHECK(burst->length == milliseconds(3));
  CHECK_FALSE(burst->blurred);
  const auto lost = times.on_event(Content::kText, {at(milliseconds(84)), at(milliseconds(95))});
  REQUIRE(lost);
  CHECK(lost->blurred);  // 11 ms, where the mean gap is 25.
}

TEST_CASE("the errors of a stream's ends are those of its phases and of its time per token") {
  llm::StreamTimes times;
  times.on_event(Content::kThinking, {at(milliseconds(9)), at(milliseconds(10))});
  times.on_event(Content::kText, {at(milliseconds(28)), at(milliseconds(30))});
  times.on_event(Content::kText, {at(milliseconds(47)), at(milliseconds(50))});
  CHECK(times.thinking_error() == milliseconds(3));
  CHECK(times.text_error() == milliseconds(5));
  CHECK(times.tool_input_error() == base::Duration::zero());
  llm::Reply reply = reply_of(5);
  reply.usage.thinking_tokens = 3;
  CHECK(time_per_output_token(times, reply)->error == milliseconds(5));
}

TEST_CASE("an interval of exactly the narrow width is the server's own burst") {
  const auto interval = [](base::Duration width) {
    return llm::Arrival{at(milliseconds(50)) - width, at(milliseconds(50))};
  };
  llm::StreamTimes narrow;
  narrow.on_event(Content::kText, sharp(milliseconds(50)));
  CHECK_FALSE(narrow.on_event(Content::kText, interval(llm::StreamTimes::kNarrow))->blurred);
  llm::StreamTimes wide;
  wide.on_event(Content::kText, sharp(milliseconds(50)));
  const auto width = llm::StreamTimes::kNarrow + base::Duration(1);
  CHECK(wide.on_event(Content::kText, interval(width))->blurred);
}

TEST_CASE("an event without content does not blur the gap around it") {
  llm::StreamTimes times;
  times.on_event(Content::kText, sharp(milliseconds(20)));
  times.on_event(Content::kNone, {at(milliseconds(20)), at(milliseconds(30))});
  CHECK_FALSE(times.on_event(Content::kText, sharp(milliseconds(40)))->blurred);
}

TEST_CASE("a stamp behind the one before it makes a gap of zero, not a negative one") {
  llm::StreamTimes times;
  times.on_event(Content::kText, sharp(microseconds(20)));
  CHECK(times.on_event(Content::kText, sharp(microseconds(19)))->length == base::Duration::zero());
}

TEST_CASE("the longest gap is the longest of those that are not blurred") {
  llm::StreamTimes times;
  CHECK_FALSE(times.longest_gap());
  times.on_event(Content::kText, sharp(milliseconds(0)));
  CHECK_FALSE(times.longest_gap());
  times.on_event(Content::kThinking, sharp(milliseconds(30)));
  times.on_event(Content::kText, sharp(milliseconds(50)));
  CHECK(times.longest_gap() == base::Duration(milliseconds(30)));
  times.on_event(Content::kText, {at(milliseconds(120)), at(milliseconds(150))});
  CHECK(times.longest_gap() == base::Duration(milliseconds(30)));
}

TEST_CASE("time per output token leaves the first token out") {
  const auto times = times_of({{Content::kText, milliseconds(2000)},
                               {Content::kText, milliseconds(2500)},
                               {Content::kText, milliseconds(3980)}});
  CHECK(time_per_output_token(times, reply_of(100))->time == milliseconds(20));
}

TEST_CASE("time per output token needs two tokens, two events and final usage") {
  const auto times =
      times_of({{Content::kText, milliseconds(0)}, {Content::kText, milliseconds(9)}});
  CHECK(time_per_output_token(times, reply_of(2))->time == milliseconds(9));
  CHECK_FALSE(time_per_output_token(times, reply_of(1)));
  CHECK_FALSE(time_per_output_token(times, reply_of(0)));
  CHECK_FALSE(time_per_output_token(times_of({{Content::kText, milliseconds(5)}}), reply_of(9)));
  CHECK_FALSE(time_per_output_token(times_of({}), reply_of(9)));
  llm::Reply reply = reply_of(9);
  reply.usage.final = false;
  CHECK_FALSE(time_per_output_token(times, reply));
}

TEST_CASE("hidden thinking takes no part in time per output token") {
  const auto times =
      times_of({{Content::kText, milliseconds(3900)}, {Content::kText, milliseconds(4080)}});
  llm::Reply reply = reply_of(1010);
  reply.thought = true;
  CHECK_FALSE(time_per_output_token(times, reply));  // How many of the 1010 were shown?
  reply.usage.thinking_tokens = 1000;
  CHECK(time_per_output_token(times, reply)->time == milliseconds(20));
  reply.usage.thinking_tokens = 1009;
  CHECK_FALSE(time_per_output_token(times, reply));
  reply.usage.thinking_tokens = 2000;
  CHECK_FALSE(time_per_output_token(times, reply));
}

TEST_CASE("shown thinking takes no part in time per output token, nor does its time") {
  const auto times = times_of({{Content::kThinking, milliseconds(500)},
                               {Content::kThinking, milliseconds(3000)},
                               {Content::kText, milliseconds(4000)},
                               {Content::kText, milliseconds(4180)}});
  llm::Reply reply = reply_of(1010);
  CHECK_FALSE(time_per_output_token(times, reply));
  reply.usage.thinking_tokens = 1000;
  CHECK(time_per_output_token(times, reply)->time == milliseconds(20));
}

TEST_CASE("thinking between two visible phases is left out as well") {
  const auto times = times_of({{Content::kThinking, milliseconds(0)},
                               {Content::kText, milliseconds(1000)},
                               {Content::kText, milliseconds(1050)},
                               {Content::kThinking, milliseconds(2000)},
                               {Content::kToolInput, milliseconds(9000)},
                               {Content::kToolInput, milliseconds(9050)}});
  llm::Reply reply = reply_of(111);
  reply.usage.thinking_tokens = 100;
  CHECK(times.visible_time() == base::Duration(milliseconds(100)));
  CHECK(time_per_output_token(times, reply)->time == milliseconds(10));
}

TEST_CASE(
    "an event that may have come earlier makes its moment and its gaps uncertain by as much") {
  llm::StreamTimes times;
  times.on_event(Content::kNone, sharp(milliseconds(90)));
  times.on_event(Content::kText, {at(microseconds(99'600)), at(milliseconds(100))});
  CHECK(times.first_token_error() == microseconds(400));
  CHECK(times.first_text_error() == microseconds(400));
  const auto gap = times.on_event(Content::kText, sharp(milliseconds(120)));
  REQUIRE(gap);
  CHECK(gap->length == milliseconds(20));
  CHECK(gap->error == microseconds(400));
  CHECK_FALSE(gap->blurred);
}

TEST_CASE("an event did not come before those of an earlier read") {
  llm::StreamTimes times;
  times.on_event(Content::kText, sharp(milliseconds(100)));
  const auto gap = times.on_event(Content::kText, {base::TimePoint{}, at(microseconds(100'300))});
  REQUIRE(gap);
  CHECK(gap->error == microseconds(300));
  CHECK_FALSE(gap->blurred);
}
