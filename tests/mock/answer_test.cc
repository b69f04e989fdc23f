#include "mock/answer.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace std::chrono_literals;

namespace {

using base::Distribution;

mock::Profile profile_with(Distribution ttft, Distribution itl, double tokens) {
  return {"test", ttft, itl, Distribution::constant(tokens), Distribution::constant(1)};
}

mock::Profile steady(double tokens) {
  return profile_with(Distribution::constant(0.5), Distribution::constant(0.02), tokens);
}

mock::MessagesRequest request_for(std::int64_t max_tokens) { return {"m", max_tokens, false, 3}; }

mock::Answer answer_for(double tokens, std::int64_t max_tokens) {
  mock::Draws draws(1, 1);
  return mock::make_answer(steady(tokens), request_for(max_tokens), draws);
}

}  // namespace

TEST_CASE("an answer ends by itself unless max_tokens cuts it") {
  CHECK(answer_for(20, 100).output_tokens == 20);
  CHECK(answer_for(20, 100).stop_reason == "end_turn");
  CHECK(answer_for(20, 20).output_tokens == 20);
  CHECK(answer_for(20, 20).stop_reason == "end_turn");
  CHECK(answer_for(20, 19).output_tokens == 19);
  CHECK(answer_for(20, 19).stop_reason == "max_tokens");
}

TEST_CASE("an answer has a token at least, unless none is allowed") {
  CHECK(answer_for(0, 100).output_tokens == 1);
  CHECK(answer_for(1e300, 100).output_tokens == 100);
  CHECK(answer_for(20, 0).output_tokens == 0);
  CHECK(answer_for(20, 0).stop_reason == "max_tokens");
}

TEST_CASE("ids look like the API's and depend on the seed and the request's number") {
  const auto ids = [](std::uint64_t seed, std::uint64_t number) {
    mock::Draws draws(seed, number);
    const auto request_id = mock::make_request_id(draws.ids);
    return std::pair(request_id, mock::make_answer(steady(1), request_for(1), draws).message_id);
  };
  const auto [request_id, message_id] = ids(1, 1);
  CHECK(request_id.size() == 28);
  CHECK(request_id.starts_with("req_011C"));
  CHECK(message_id.size() == 28);
  CHECK(message_id.starts_with("msg_01"));
  CHECK(message_id.find_first_of("0OIl", 6) == std::string::npos);
  CHECK(ids(1, 1) == ids(1, 1));
  CHECK(ids(1, 1) != ids(1, 2));
  CHECK(ids(1, 1) != ids(2, 1));
}

TEST_CASE("constant gaps make a perfect grid after the first token") {
  mock::TokenPace pace(steady(1), base::RandomStream(1));
  CHECK(pace.current() == 500ms);
  for (int i = 0; i < 10'000; ++i) REQUIRE(pace.next() == 500ms + i * 20ms);
  CHECK(pace.current() == 500ms + 9'999 * 20ms);
}

TEST_CASE("drawn gaps add up and never run backwards") {
  mock::TokenPace pace(
      profile_with(Distribution::constant(0.1), Distribution::normal(0.01, 0.01), 1),
      base::RandomStream(1));
  base::Duration last = pace.next();
  CHECK(last == 100ms);
  for (int i = 0; i < 10'000; ++i) {
    const auto due = pace.next();
    REQUIRE(due >= last);
    last = due;
  }
  // The mean of a normal cut at zero with mean = sd = 10 ms is 10.83 ms.
  CHECK(base::to_seconds(last - 100ms) / 10'000 == Approx(0.01083).epsilon(0.03));
}

TEST_CASE("a whole answer has the API's bytes") {
  mock::Answer answer;
  answer.message_id = "msg_01x";
  answer.model = "claude-\"q\"";
  answer.input_tokens = 9;
  answer.output_tokens = 3;
  answer.stop_reason = "end_turn";
  mock::TokenText text(base::RandomStream(5));
  const std::string body = mock::message_json(answer, text);
  std::string words;
  for (int i = 0; i < 3; ++i) words += text.next();
  CHECK(words.front() != ' ');
  CHECK(body == R"({"model":"claude-\"q\"","id":"msg_01x","type":"message","role":"assistant",)"
                R"("content":[{"type":"text","text":")" +
                    words +
                    R"("}],"stop_reason":"end_turn","stop_sequence":null,"usage":{)"
                    R"("input_tokens":9,"cache_creation_input_tokens":0,)"
                    R"("cache_read_input_tokens":0,"cache_creation":{)"
                    R"("ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},)"
                    R"("output_tokens":3,"service_tier":"standard",)"
                    R"("inference_geo":"not_available"}})");
}

TEST_CASE("an answer without tokens has no content") {
  mock::Answer answer;
  const auto body =
      nlohmann::json::parse(mock::message_json(answer, mock::TokenText(base::RandomStream(1))));
  CHECK(body["content"] == nlohmann::json::array());
  CHECK(body["usage"]["output_tokens"] == 0);
}
