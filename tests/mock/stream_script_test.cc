#include "mock/stream_script.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

using namespace std::chrono_literals;

namespace {

using base::Distribution;
using mock::EventName;
using mock::ScriptedEvent;

mock::Answer answer_of(std::int64_t tokens) {
  mock::Answer answer;
  answer.message_id = "msg_013nnniYDrJDocdy5nrMU7cH";
  answer.model = "claude-sonnet-4-5-20250929";
  answer.input_tokens = 135;
  answer.output_tokens = tokens;
  answer.stop_reason = "end_turn";
  return answer;
}

std::vector<ScriptedEvent> play(std::int64_t tokens, Distribution tokens_per_delta,
                                std::uint64_t seed = 1) {
  const mock::Profile profile = {"test", Distribution::constant(0.5), Distribution::constant(0.02),
                                 Distribution::constant(1), tokens_per_delta};
  mock::StreamScript script(profile, answer_of(tokens), mock::Draws(seed, 1));
  std::vector<ScriptedEvent> events;
  ScriptedEvent event;
  while (script.next(event)) events.push_back(event);
  return events;
}

std::string data_of(const ScriptedEvent& event) {
  const size_t start = event.bytes.find("data: ") + 6;
  return event.bytes.substr(start, event.bytes.size() - start - 2);
}

// The event without its padding, and how much that was.
std::pair<std::string, size_t> without_padding(const ScriptedEvent& event) {
  std::string bytes = event.bytes;
  const size_t brace = bytes.rfind('}');
  const size_t before = bytes.find_last_not_of(' ', brace - 1);
  const size_t padding = brace - before - 1;
  return {bytes.erase(before + 1, padding), padding};
}

}  // namespace

TEST_CASE("a stream has the bytes of the captured one") {
  const auto events = play(2, Distribution::constant(1));
  REQUIRE(events.size() == 8);
  const auto bytes = [&events](size_t i) { return without_padding(events[i]).first; };
  CHECK(bytes(0) ==
        "event: message_start\n"
        R"(data: {"type":"message_start","message":{"model":"claude-sonnet-4-5-20250929",)"
        R"("id":"msg_013nnniYDrJDocdy5nrMU7cH","type":"message","role":"assistant","content":[],)"
        R"("stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":135,)"
        R"("cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{)"
        R"("ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":1,)"
        R"("service_tier":"standard","inference_geo":"not_available"}}})"
        "\n\n");
  CHECK(
      bytes(1) ==
      "event: content_block_start\n"
      R"(data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})"
      "\n\n");
  CHECK(events[2].bytes == "event: ping\ndata: {\"type\": \"ping\"}\n\n");
  mock::TokenText text(mock::Draws(1, 1).text);
  for (const size_t i : {3U, 4U}) {
    CHECK(bytes(i) ==
          "event: content_block_delta\n"
          R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":")" +
              std::string(text.next()) + "\"}}\n\n");
  }
  CHECK(bytes(5) ==
        "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n");
  CHECK(bytes(6) ==
        "event: message_delta\n"
        R"(data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},)"
        R"("usage":{"input_tokens":135,"cache_creation_input_tokens":0,)"
        R"("cache_read_input_tokens":0,"output_tokens":2}})"
        "\n\n");
  CHECK(bytes(7) == "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
}

TEST_CASE("every event but the ping is padded with 0 to 15 spaces and stays valid JSON") {
  std::set<size_t> seen;
  for (const auto& event : play(2000, Distribution::constant(1))) {
    const auto json = nlohmann::json::parse(data_of(event));
    REQUIRE(json["type"] == std::string(mock::to_text(event.name)));
    if (event.name != EventName::kPing) seen.insert(without_padding(event).second);
  }
  CHECK(seen.size() == 16);
  CHECK(*seen.rbegin() == 15);
}

TEST_CASE(
    "the opening and the first token are due at the time to first token, the end with the last") {
  const auto events = play(3, Distribution::constant(1));
  std::vector<base::Duration> due;
  for (const auto& event : events) due.push_back(event.due);
  CHECK(due ==
        std::vector<base::Duration>{500ms, 500ms, 500ms, 500ms, 520ms, 540ms, 540ms, 540ms, 540ms});
}

TEST_CASE("a delta of several tokens is due with its last one, and the first token comes alone") {
  const auto events = play(8, Distribution::constant(3));
  std::vector<std::pair<std::uint32_t, base::Duration>> deltas;
  for (const auto& event : events) {
    if (event.name == EventName::kContentBlockDelta) deltas.emplace_back(event.tokens, event.due);
  }
  CHECK(deltas == std::vector<std::pair<std::uint32_t, base::Duration>>{
                      {1, 500ms}, {3, 560ms}, {3, 620ms}, {1, 640ms}});
}

TEST_CASE("the tokens sent are the tokens promised, however they are grouped") {
  for (const auto& per_delta : {Distribution::uniform(0.5, 4.5), Distribution::constant(0),
                                Distribution::constant(1e12), Distribution::lognormal(3, 1)}) {
    std::int64_t sent = 0;
    for (const auto& event : play(257, per_delta)) sent += event.tokens;
    CHECK(sent == 257);
  }
}

TEST_CASE("how tokens are grouped changes neither their text nor the end") {
  const auto whole_text = [](const std::vector<ScriptedEvent>& events) {
    std::string text;
    for (const auto& event : events) {
      if (event.name != EventName::kContentBlockDelta) continue;
      text += nlohmann::json::parse(data_of(event))["delta"]["text"].get<std::string>();
    }
    return text;
  };
  const auto single = play(100, Distribution::constant(1));
  const auto grouped = play(100, Distribution::uniform(0.5, 4.5));
  CHECK(whole_text(single) == whole_text(grouped));
  CHECK(single.back().due == grouped.back().due);
  CHECK(single.size() > grouped.size());
}

TEST_CASE("the same seed gives the same bytes and another seed gives others") {
  const auto bytes = [](std::uint64_t seed) {
    std::string all;
    for (const auto& event : play(20, Distribution::constant(1), seed)) all += event.bytes;
    return all;
  };
  CHECK(bytes(1) == bytes(1));
  CHECK(bytes(1) != bytes(2));
}
