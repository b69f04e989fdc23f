#include "mock/messages_writer.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "answer_fixture.h"

namespace {

using mock::StreamEvent;
using nlohmann::json;

std::vector<StreamEvent> play(const mock::Answer& answer, std::uint64_t seed = 1,
                              const mock::Profile& profile = tests::steady_profile()) {
  mock::AnswerSteps steps = tests::steps_of(answer, profile, false, seed);
  mock::MessagesWriter writer(answer, mock::Draws(seed, 1).padding);
  std::vector<StreamEvent> events;
  for (mock::Step step; steps.next(step);) writer.write(step, events);
  return events;
}

// The event without its padding, and how much that was.
std::pair<std::string, std::size_t> without_padding(const StreamEvent& event) {
  std::string bytes = event.bytes;
  const std::size_t brace = bytes.rfind('}');
  const std::size_t before = bytes.find_last_not_of(' ', brace - 1);
  const std::size_t padding = brace - before - 1;
  return {bytes.erase(before + 1, padding), padding};
}

json data_of(const StreamEvent& event) {
  const std::size_t start = event.bytes.find("data: ") + 6;
  return json::parse(event.bytes.substr(start, event.bytes.size() - start - 2));
}

std::vector<std::string> names_of(const std::vector<StreamEvent>& events) {
  std::vector<std::string> names;
  for (const StreamEvent& event : events) names.emplace_back(event.name);
  return names;
}

}  // namespace

TEST_CASE("a stream has the bytes of the captured one") {
  const auto events = play(tests::answer_of({tests::text_block(2)}));
  REQUIRE(events.size() == 8);
  const auto bytes = [&events](std::size_t i) { return without_padding(events[i]).first; };
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
  for (const std::size_t i : {3U, 4U}) {
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
  std::set<std::size_t> seen;
  for (const auto& event : play(tests::answer_of({tests::text_block(2000)}))) {
    REQUIRE(data_of(event)["type"] == std::string(event.name));
    if (event.name != "ping") seen.insert(without_padding(event).second);
  }
  CHECK(seen.size() == 16);
  CHECK(*seen.rbegin() == 15);
}

TEST_CASE("a tool use has the bytes of the captured one") {
  const auto events =
      play(tests::answer_of({tests::text_block(1), tests::tool_block(R"({"city":"a \"b\""})", 4)}));
  REQUIRE(events.size() == 14);
  CHECK(without_padding(events[5]).first ==
        "event: content_block_start\n"
        R"(data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use",)"
        R"("id":"toolu_01NRLabsLyVHZPKxbKvkfSMn","name":"get_weather",)"
        R"("caller":{"type":"direct"},"input":{}}})"
        "\n\n");
  CHECK(without_padding(events[6]).first ==
        "event: content_block_delta\n"
        R"(data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta",)"
        R"("partial_json":""}})"
        "\n\n");
  CHECK(events[6].tokens == 0);
  std::string input;
  for (std::size_t i = 7; i < 11; ++i) {
    input += data_of(events[i])["delta"]["partial_json"].get<std::string>();
  }
  CHECK(input == R"({"city":"a \"b\""})");
}

TEST_CASE("where a tool use comes first its empty delta comes after the ping") {
  const auto events = play(tests::answer_of({tests::tool_block("{}", 1)}));
  CHECK(names_of(events) == std::vector<std::string>{"message_start", "content_block_start", "ping",
                                                     "content_block_delta", "content_block_delta",
                                                     "content_block_stop", "message_delta",
                                                     "message_stop"});
  CHECK(data_of(events[3])["delta"]["partial_json"] == "");
  CHECK(data_of(events[4])["delta"]["partial_json"] == "{}");
}

TEST_CASE("thinking ends with a signature, and is counted") {
  const auto events =
      play(tests::answer_of({tests::thinking_block(2, true), tests::text_block(1)}));
  CHECK(data_of(events[1])["content_block"] ==
        json{{"type", "thinking"}, {"thinking", ""}, {"signature", ""}});
  CHECK(data_of(events[3])["delta"]["type"] == "thinking_delta");
  CHECK(data_of(events[3])["delta"]["thinking"].get<std::string>().size() > 1);
  CHECK(data_of(events[5])["delta"]["type"] == "signature_delta");
  CHECK(data_of(events[5])["delta"]["signature"].get<std::string>().size() > 100);
  CHECK(events[6].name == "content_block_stop");
  const json usage = data_of(events[events.size() - 2])["usage"];
  CHECK(usage["output_tokens"] == 3);
  CHECK(usage["output_tokens_details"] == json{{"thinking_tokens", 2}});
}

TEST_CASE("thinking that is left out has a signature alone, which stands for its tokens") {
  const auto events =
      play(tests::answer_of({tests::thinking_block(20, false), tests::text_block(1)}));
  CHECK(names_of(events)[3] == "content_block_delta");
  CHECK(data_of(events[3])["delta"]["type"] == "signature_delta");
  CHECK(events[3].tokens == 20);
  CHECK(events[4].name == "content_block_stop");
}

TEST_CASE("usage tells what the cache did") {
  auto answer = tests::answer_of({tests::text_block(1)});
  answer.usage.cache = {.read_tokens = 1000, .write_5m_tokens = 200, .write_1h_tokens = 30};
  const auto events = play(answer);
  const json start = data_of(events[0])["message"]["usage"];
  CHECK(start["cache_creation_input_tokens"] == 230);
  CHECK(start["cache_read_input_tokens"] == 1000);
  CHECK(start["cache_creation"] ==
        json{{"ephemeral_5m_input_tokens", 200}, {"ephemeral_1h_input_tokens", 30}});
  const json end = data_of(events[events.size() - 2])["usage"];
  CHECK(end["cache_creation_input_tokens"] == 230);
  CHECK(end["cache_read_input_tokens"] == 1000);
}

TEST_CASE("the end says why") {
  auto answer = tests::answer_of({tests::text_block(1)});
  const auto delta = [&answer] {
    const auto events = play(answer);
    return data_of(events[events.size() - 2])["delta"];
  };
  answer.stop_reason = mock::StopReason::kMaxTokens;
  CHECK(delta() == json{{"stop_reason", "max_tokens"}, {"stop_sequence", nullptr}});
  answer.stop_reason = mock::StopReason::kStopSequence;
  answer.stop_sequence = "END";
  CHECK(delta() == json{{"stop_reason", "stop_sequence"}, {"stop_sequence", "END"}});
  answer.stop_reason = mock::StopReason::kRefusal;
  CHECK(delta()["stop_details"]["type"] == "refusal");
  answer.stop_reason = mock::StopReason::kPauseTurn;
  CHECK(delta()["stop_reason"] == "pause_turn");
}

TEST_CASE("the same seed gives the same bytes and another seed gives others") {
  const auto bytes = [](std::uint64_t seed) {
    std::string all;
    for (const auto& event : play(tests::answer_of({tests::text_block(20)}), seed)) {
      all += event.bytes;
    }
    return all;
  };
  CHECK(bytes(1) == bytes(1));
  CHECK(bytes(1) != bytes(2));
}

TEST_CASE("a whole answer has the API's bytes") {
  auto answer = tests::answer_of({tests::text_block(3)});
  answer.model = "claude-\"q\"";
  mock::TokenText text(base::RandomStream(5));
  const std::string body = mock::message_json(answer, text);
  const std::string words = text.block_text(answer.blocks[0]);
  CHECK(body == R"({"model":"claude-\"q\"","id":"msg_013nnniYDrJDocdy5nrMU7cH","type":"message",)"
                R"("role":"assistant","content":[{"type":"text","text":")" +
                    words +
                    R"("}],"stop_reason":"end_turn","stop_sequence":null,"usage":{)"
                    R"("input_tokens":135,"cache_creation_input_tokens":0,)"
                    R"("cache_read_input_tokens":0,"cache_creation":{)"
                    R"("ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},)"
                    R"("output_tokens":3,"service_tier":"standard",)"
                    R"("inference_geo":"not_available"}})");
}

TEST_CASE("a whole answer says the same as its stream") {
  const auto answer = tests::answer_of({tests::thinking_block(4, true), tests::text_block(6),
                                        tests::tool_block(R"({"city":"Oslo"})", 5)});
  std::vector<std::string> streamed(3);
  for (const auto& event : play(answer)) {
    if (event.name != "content_block_delta") continue;
    const json data = data_of(event);
    for (const char* field : {"thinking", "text", "partial_json"}) {
      streamed[data["index"]] += data["delta"].value(field, "");
    }
  }
  const json content =
      json::parse(mock::message_json(answer, mock::TokenText(mock::Draws(1, 1).text)))["content"];
  CHECK(content[0]["thinking"] == streamed[0]);
  CHECK(content[0]["signature"].get<std::string>().size() > 100);
  CHECK(content[1]["text"] == streamed[1]);
  CHECK(content[2] == json{{"type", "tool_use"},
                           {"id", "toolu_01NRLabsLyVHZPKxbKvkfSMn"},
                           {"name", "get_weather"},
                           {"input", json::parse(streamed[2])},
                           {"caller", {{"type", "direct"}}}});
}

TEST_CASE("an answer without tokens has no content, and a cut tool use an empty input") {
  auto answer = tests::answer_of({});
  const mock::TokenText text(base::RandomStream(1));
  CHECK(json::parse(mock::message_json(answer, text))["content"] == json::array());
  answer = tests::answer_of({tests::tool_block(R"({"city":"Os)", 3)});
  CHECK(json::parse(mock::message_json(answer, text))["content"][0]["input"] == json::object());
  answer.in_batch = true;
  CHECK(json::parse(mock::message_json(answer, text))["usage"]["service_tier"] == "batch");
}
