#include "analysis/definitions.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "analysis/timelines.h"
#include "llm/timeline_file.h"
#include "temporary_file.h"

using analysis::Definition;
using analysis::Profile;
using llm::Content;
using llm::Timeline;
using tests::add_content;
using tests::add_frame;
using tests::add_ping;
using tests::add_text;
using tests::ms;
using tests::stream;

namespace {

Definition define(Profile profile, const std::vector<Timeline>& timelines,
                  const analysis::RunFacts& facts = {}) {
  return analysis::define(profile, timelines, facts);
}

const analysis::Figure& figure(const Definition& definition, const std::string& name) {
  const auto found = std::find_if(definition.figures.begin(), definition.figures.end(),
                                  [&](const analysis::Figure& f) { return f.name == name; });
  INFO(name);
  REQUIRE(found != definition.figures.end());
  return *found;
}

// In the figure's unit, times in milliseconds.
double value(const Definition& definition, const std::string& name, const std::string& statistic) {
  const analysis::Figure& found = figure(definition, name);
  const auto& statistics = definition.statistics;
  const auto column = std::find(statistics.begin(), statistics.end(), statistic);
  REQUIRE(column != statistics.end());
  REQUIRE(found.values.size() == statistics.size());
  const double scale = found.unit == metrics::Unit::kTime ? 1e3 : 1;
  return found.values[static_cast<std::size_t>(column - statistics.begin())] * scale;
}

double value(const Definition& definition, const std::string& name) {
  const analysis::Figure& found = figure(definition, name);
  REQUIRE(found.single);
  REQUIRE(found.values.size() == 1);
  return found.values[0];
}

bool notes_say(const Definition& definition, const std::string& text) {
  return std::any_of(definition.notes.begin(), definition.notes.end(),
                     [&](const auto& note) { return note.find(text) != std::string::npos; });
}

// A role at 50 ms, text at 200, 220 and 240 ms, a ping between, the finish at 250, the end at 260:
// three tokens. Another one 1 s later, with twice the times.
std::vector<Timeline> two_streams() {
  std::vector<Timeline> timelines;
  for (const int times : {1, 2}) {
    const double begin = 1000.0 * (times - 1);
    const auto at = [&](double offset) { return begin + times * offset; };
    Timeline timeline = stream(begin);
    timeline.first_byte = ms(at(40));
    add_frame(timeline, at(50));
    add_text(timeline, {at(200), at(220)});
    add_ping(timeline, at(230));
    add_text(timeline, {at(240)});
    add_frame(timeline, at(250));
    tests::finish(timeline, at(260), 3);
    timelines.push_back(timeline);
  }
  return timelines;
}

// Thinking at 100 and 120 ms, text at 200 and 240 ms: 6 tokens, 4 of them thinking.
Timeline thinking_stream() {
  Timeline timeline = stream(0);
  add_frame(timeline, 50);
  add_content(timeline, Content::kThinking, 100);
  add_content(timeline, Content::kThinking, 120);
  add_text(timeline, {200, 240});
  add_frame(timeline, 250);
  tests::finish(timeline, 260, 6);
  timeline.thinking_tokens = 4;
  return timeline;
}

Timeline failed_stream(llm::ErrorKind kind, bool began) {
  Timeline timeline = stream(0);
  if (began) {
    add_frame(timeline, 50);
    add_text(timeline, {100});
  }
  timeline.ended = ms(150);
  timeline.outcome = llm::Outcome::kFailed;
  timeline.error = kind;
  return timeline;
}

}  // namespace

TEST_CASE("names of tools are read, once each, in the order given") {
  const auto profiles = analysis::parse_profiles({"k6,vllm", "vllm", "inference-perf"});
  REQUIRE(profiles);
  CHECK(*profiles == std::vector{Profile::kK6, Profile::kVllm, Profile::kInferencePerf});
  CHECK_THAT(analysis::parse_profiles({"vlm"}).error().message,
             Catch::Contains("unknown tool \"vlm\" (did you mean \"vllm\"?); known are vllm, "));
  CHECK_FALSE(analysis::parse_profiles({""}));
}

TEST_CASE("vLLM: a role counts as the first token and in the gaps") {
  const Definition vllm = define(Profile::kVllm, two_streams());
  CHECK(vllm.statistics == std::vector<std::string>{"mean", "median", "p99"});
  CHECK(value(vllm, "TTFT", "mean") == Approx(75));   // 50 and 100
  CHECK(value(vllm, "TTFT", "p99") == Approx(99.5));  // numpy: 50 + 0.99 · 50
  CHECK(value(vllm, "E2EL", "mean") == Approx(375));  // 250 and 500
  CHECK(value(vllm, "TPOT", "mean") == Approx(150));  // 200 / 2 and 400 / 2
  CHECK(figure(vllm, "ITL").count == 8);              // 150 20 20 10, and twice that
  CHECK(value(vllm, "ITL", "mean") == Approx(75));
  CHECK(value(vllm, "ITL", "median") == Approx(30));  // 10 20 20 20 | 40 40 150 300
  CHECK(value(vllm, "Successful requests") == 2);
  // From the first start to the last end: 1.52 s.
  CHECK(value(vllm, "Request throughput (req/s)") == Approx(2 / 1.52));
  CHECK(value(vllm, "Output token throughput (tok/s)") == Approx(6 / 1.52));
  CHECK(value(vllm, "Total token throughput (tok/s)") == Approx(26 / 1.52));
}

TEST_CASE("vLLM: throughput is over the whole measured time") {
  const analysis::RunFacts facts{.measured = llm::MeasuredSpan{ms(0), ms(4000)}, .iterations = {}};
  CHECK(value(define(Profile::kVllm, two_streams(), facts), "Request throughput (req/s)") ==
        Approx(0.5));
}

TEST_CASE("vLLM: a stream that breaks off is a success, one that never began is none") {
  const Definition vllm = define(Profile::kVllm, {failed_stream(llm::ErrorKind::kTruncated, true),
                                                  failed_stream(llm::ErrorKind::kStreamError, true),
                                                  failed_stream(llm::ErrorKind::kTruncated, false),
                                                  failed_stream(llm::ErrorKind::kReset, true)});
  CHECK(value(vllm, "Successful requests") == 2);
  CHECK(value(vllm, "E2EL", "mean") == Approx(100));
  CHECK(notes_say(vllm, "though they broke off: 2"));
}

TEST_CASE("vLLM: an answer of one token has no TPOT; one that is no stream is left out") {
  Timeline one = stream(0);
  add_text(one, {100});
  tests::finish(one, 110, 1);
  Timeline whole = one;
  whole.streamed = false;
  whole.events.clear();
  const Definition vllm = define(Profile::kVllm, {one, whole});
  CHECK(figure(vllm, "TPOT").values.empty());
  CHECK(value(vllm, "Successful requests") == 1);
  CHECK(notes_say(vllm, "streams alone: 1"));
}

TEST_CASE("AIPerf: content alone, thinking included, and one ITL a request") {
  const Definition aiperf = define(Profile::kAiperf, two_streams());
  CHECK(value(aiperf, "Time to First Token", "avg") == Approx(300));  // 200 and 400
  CHECK(value(aiperf, "Time to Second Token", "avg") == Approx(30));  // 20 and 40
  CHECK(value(aiperf, "Request Latency", "avg") == Approx(360));      // 240 and 480
  CHECK(value(aiperf, "Inter Token Latency", "avg") == Approx(30));   // 40/2 and 80/2
  CHECK(figure(aiperf, "Inter Token Latency").count == 2);
  CHECK(figure(aiperf, "Inter Chunk Latency").count == 4);
  CHECK(value(aiperf, "Inter Chunk Latency", "p50") == Approx(30));                 // 20 20 40 40
  CHECK(value(aiperf, "Output Token Throughput Per User", "avg") == Approx(37.5));  // 50 and 25
  CHECK(value(aiperf, "Output Sequence Length", "avg") == Approx(3));
  // From the first request to the last response, which is the finish chunk at 1.5 s.
  CHECK(value(aiperf, "Request Throughput (requests/s)") == Approx(2 / 1.5));

  const Definition thinking = define(Profile::kAiperf, {thinking_stream()});
  CHECK(value(thinking, "Time to First Token", "avg") == Approx(100));
  CHECK(value(thinking, "Time to First Output Token", "avg") == Approx(200));
  CHECK(value(thinking, "Inter Token Latency", "avg") == Approx(140 / 5.0));
}

TEST_CASE("AIPerf: failed requests are in no line") {
  const Definition aiperf =
      define(Profile::kAiperf, {failed_stream(llm::ErrorKind::kTruncated, true)});
  CHECK(value(aiperf, "Request Count") == 0);
  CHECK(figure(aiperf, "Request Latency").values.empty());
  CHECK(figure(aiperf, "Request Throughput (requests/s)").values.empty());
  CHECK(notes_say(aiperf, "not answered to their end, of 1 requests: 1 failed"));
}

TEST_CASE("GuideLLM: TPOT has the first token's wait in it, and long answers weigh more") {
  const Definition two = define(Profile::kGuidellm, two_streams());
  CHECK(value(two, "time_to_first_token_ms", "mean") == Approx(300));
  CHECK(value(two, "inter_token_latency_ms", "mean") == Approx(30));
  CHECK(value(two, "time_per_output_token_ms", "mean") == Approx(120));  // 240/3 and 480/3
  CHECK(value(two, "time_per_output_token_ms", "median") == Approx(80));
  CHECK(value(two, "request_latency", "mean") == Approx(390));  // 260 and 520
  CHECK(value(two, "requests_per_second (mean)") == Approx(2 / 1.52));

  // 100 tokens, the first after 2 s, then one each 20 ms: 20 ms or 40 ms.
  Timeline slow = stream(0);
  for (int i = 0; i < 100; ++i) add_text(slow, {2000 + i * 20.0});
  tests::finish(slow, 3980, 100);
  const Definition definition = define(Profile::kGuidellm, {slow});
  CHECK(value(definition, "inter_token_latency_ms", "mean") == Approx(20));
  CHECK(value(definition, "time_per_output_token_ms", "mean") == Approx(39.8));

  // 101 gaps of 20 ms beside one of 122 ms: each gap weighs the same.
  Timeline brief = stream(0);
  add_text(brief, {100, 222});
  tests::finish(brief, 222, 2);
  Timeline longer = stream(0);
  for (int i = 0; i < 102; ++i) add_text(longer, {100 + i * 20.0});
  tests::finish(longer, 2120, 102);
  const Definition mixed = define(Profile::kGuidellm, {brief, longer});
  CHECK(value(mixed, "inter_token_latency_ms", "mean") == Approx(21));
  CHECK(value(mixed, "inter_token_latency_ms", "p95") == Approx(20));
}

TEST_CASE("inference-perf: thinking is not seen, and chunks of several tokens have zeros") {
  const Definition thinking = define(Profile::kInferencePerf, {thinking_stream()});
  CHECK(value(thinking, "time_to_first_token", "mean") == Approx(200));
  CHECK(value(thinking, "time_per_output_token", "mean") == Approx(40));  // 2 tokens of text
  CHECK(value(thinking, "normalized_time_per_output_token", "mean") == Approx(130));
  CHECK(value(thinking, "output_tokens_per_sec") == Approx(2 / 0.26));

  // 8 tokens in two chunks of 12 and 4 bytes, 60 ms apart: 6 and 2 tokens.
  Timeline chunks = stream(0);
  add_content(chunks, Content::kText, 100, 12);
  add_content(chunks, Content::kText, 160, 4);
  tests::finish(chunks, 170, 8);
  const Definition definition = define(Profile::kInferencePerf, {chunks});
  CHECK(figure(definition, "inter_token_latency").count == 7);
  CHECK(value(definition, "inter_token_latency", "mean") == Approx(60 / 7.0));
  CHECK(value(definition, "inter_token_latency", "median") == 0);
  CHECK(value(definition, "inter_token_latency", "max") == Approx(60));
  CHECK(value(definition, "time_per_output_token", "mean") == Approx(60 / 7.0));
}

TEST_CASE("inference-perf: an answer of one token has no TTFT") {
  Timeline one = stream(0);
  add_text(one, {100});
  tests::finish(one, 110, 1);
  const Definition definition = define(Profile::kInferencePerf, {one});
  CHECK(figure(definition, "time_to_first_token").values.empty());
  CHECK(value(definition, "normalized_time_per_output_token", "mean") == Approx(110));
}

TEST_CASE("MLPerf: from the scheduled time, percentiles by index, n − 1 samples") {
  std::vector<Timeline> timelines = two_streams();
  timelines[0].due = ms(-100);
  timelines[1].due = ms(900);
  const analysis::RunFacts facts{.measured = llm::MeasuredSpan{ms(-100), ms(2000)},
                                 .iterations = {}};
  const Definition mlperf = define(Profile::kMlperf, timelines, facts);
  CHECK(value(mlperf, "latency", "mean") == Approx(490));              // 360 and 620
  CHECK(value(mlperf, "First Token latency", "mean") == Approx(400));  // 300 and 500
  CHECK(value(mlperf, "First Token latency", "p50") == Approx(500));   // sorted[1]
  CHECK(value(mlperf, "Time to Output Token", "mean") == Approx(45));  // 60/2 and 120/2
  CHECK(value(mlperf, "Completed samples per second") == Approx(1 / 1.62));
  CHECK(value(mlperf, "Completed tokens per second") == Approx(6 / 1.62));
  CHECK_FALSE(notes_say(mlperf, "no due time"));
}

TEST_CASE("MLPerf: what LoadGen would refuse is said") {
  Timeline one = stream(0);
  add_text(one, {100});
  tests::finish(one, 110, 1);
  const Definition mlperf =
      define(Profile::kMlperf, {one, failed_stream(llm::ErrorKind::kReset, true)});
  CHECK(figure(mlperf, "Time to Output Token").values.empty());
  CHECK(notes_say(mlperf, "first of their iteration): 1"));
  CHECK(notes_say(mlperf, "fewer than 2 tokens, which LoadGen refuses: 1"));
  CHECK(notes_say(mlperf, "LoadGen knows no failures"));
}

TEST_CASE("k6: requests by HTTP's own times, failed by status alone") {
  std::vector<Timeline> timelines = two_streams();
  timelines.push_back(failed_stream(llm::ErrorKind::kTruncated, true));
  timelines.push_back(failed_stream(llm::ErrorKind::kOverloaded, false));
  analysis::RunFacts facts;
  facts.iterations = 4;
  const Definition k6 = define(Profile::kK6, timelines, facts);
  CHECK(value(k6, "http_req_duration", "avg") == Approx(390));  // 260 and 520
  CHECK(value(k6, "http_req_duration", "p(90)") == Approx(260 + 0.9 * 260));
  CHECK(value(k6, "http_req_waiting", "avg") == Approx(60));  // 40 and 80
  CHECK(value(k6, "http_req_failed") == Approx(0.25));
  CHECK(value(k6, "http_reqs") == 4);
  CHECK(value(k6, "iterations") == 4);
  CHECK(value(k6, "sse_event") == 6 + 6 + 2);
}

TEST_CASE("answers without usage count content events as tokens, and say so") {
  std::vector<Timeline> timelines = two_streams();
  for (Timeline& timeline : timelines) timeline.usage_final = false;
  for (const Profile profile : {Profile::kVllm, Profile::kAiperf, Profile::kGuidellm}) {
    CHECK(notes_say(define(profile, timelines),
                    "without usage, so that each content event counts as a token: 2"));
  }
  CHECK(value(define(Profile::kAiperf, timelines), "Output Sequence Length", "avg") == Approx(3));
}

TEST_CASE("warm-up, setup and teardown are left out") {
  const std::vector<Timeline> timelines = two_streams();  // Ended at 260 ms and 1520 ms.
  const auto completed = [&](double begin, double end) {
    const analysis::RunFacts facts{.measured = llm::MeasuredSpan{ms(begin), ms(end)},
                                   .iterations = {}};
    return value(define(Profile::kVllm, timelines, facts), "Successful requests");
  };
  CHECK(completed(0, 2000) == 2);
  CHECK(completed(300, 2000) == 1);
  CHECK(completed(200, 900) == 1);
}

TEST_CASE("no requests at all make no figures, and no harm") {
  for (const Profile profile : analysis::kProfiles) {
    const Definition definition = define(profile, {});
    CHECK(definition.profile == analysis::to_string(profile));
    CHECK_FALSE(definition.figures.empty());
    for (const analysis::Figure& f : definition.figures) CHECK_FALSE(f.explanation.empty());
  }
}

TEST_CASE("a file is read once for all, with its measured span") {
  std::string bytes(llm::timeline_file_head());
  for (const Timeline& timeline : two_streams()) llm::append_record(timeline, bytes);
  llm::append_record(llm::MeasuredSpan{ms(300), ms(2300)}, bytes);
  const tests::TemporaryFile file(".events", bytes);
  const auto definitions = analysis::define({Profile::kVllm, Profile::kK6}, file.path(), {});
  REQUIRE(definitions);
  REQUIRE(definitions->size() == 2);
  CHECK(value((*definitions)[0], "Successful requests") == 1);
  CHECK(value((*definitions)[0], "Request throughput (req/s)") == Approx(0.5));
  CHECK(value((*definitions)[1], "http_reqs") == 1);

  const tests::TemporaryFile cut(".events", bytes.substr(0, bytes.size() - 3));
  CHECK_THAT(analysis::define({Profile::kK6}, cut.path(), {}).error().message,
             Catch::Contains("cut short"));
}
