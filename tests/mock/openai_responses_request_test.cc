#include "mock/openai_responses_request.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace {

using mock::ModelRequest;
using mock::ToolChoice;
using nlohmann::json;

json good_body() { return {{"model", "gpt-5"}, {"input", "Hello there"}}; }

json body_with(const char* key, json value) {
  json body = good_body();
  body[key] = std::move(value);
  return body;
}

ModelRequest accept(const json& body) {
  const auto request = mock::read_responses_request(body.dump());
  INFO((request ? "" : request.error().message));
  REQUIRE(request);
  return *request;
}

mock::ApiError refusal(const json& body) {
  const auto request = mock::read_responses_request(body.dump());
  REQUIRE_FALSE(request);
  CHECK(request.error().status == 400);
  return request.error();
}

mock::ApiError refusal_with(const char* key, json value) {
  return refusal(body_with(key, std::move(value)));
}

json call(const char* id) {
  return {{"type", "function_call"}, {"call_id", id}, {"name", "get_weather"}, {"arguments", "{}"}};
}

json output(const char* id) {
  return {{"type", "function_call_output"}, {"call_id", id}, {"output", "21 degrees"}};
}

json user(json content) { return {{"role", "user"}, {"content", std::move(content)}}; }

}  // namespace

TEST_CASE("a plain request for a response is read") {
  const ModelRequest request = accept(good_body());
  CHECK(request.dialect == mock::Dialect::kResponses);
  CHECK(request.max_tokens == 4096);
  CHECK(request.input_tokens == 4 + 4);
  CHECK_FALSE(request.stream);
  CHECK_FALSE(request.answers_tools);
}

TEST_CASE("unknown parameters of a response are named") {
  const auto error = refusal_with("messages", json::array());
  CHECK(error.message == "Unknown parameter: 'messages'.");
  CHECK(error.parameter == "messages");
  CHECK(error.code == "unknown_parameter");
}

TEST_CASE("response models that do not exist are not found") {
  const auto request = mock::read_responses_request(body_with("model", "missing-gpt").dump());
  REQUIRE_FALSE(request);
  CHECK(request.error().status == 404);
  CHECK(request.error().code == "model_not_found");
}

TEST_CASE("a response has an input, unless it continues another") {
  json body = good_body();
  body.erase("input");
  CHECK(refusal(body).parameter == "input");
  body["previous_response_id"] = "resp_1";
  CHECK(accept(body).input_tokens == 0);
  CHECK(refusal_with("input", json::array()).code == "empty_array");
  CHECK(refusal_with("input", 5).parameter == "input");
  CHECK(refusal_with("input", json::array({"hi"})).parameter == "input[0]");
}

TEST_CASE("items are messages unless they say otherwise") {
  json items = json::array({{{"role", "developer"}, {"content", "Be brief."}},
                            user(json::array({{{"type", "input_text"}, {"text", "Hello"}}})),
                            {{"type", "message"}, {"role", "assistant"}, {"content", "Hi"}},
                            {{"type", "reasoning"}, {"id", "rs_1"}, {"summary", json::array()}},
                            {{"type", "item_reference"}, {"id", "msg_1"}}});
  const ModelRequest request = accept(body_with("input", items));
  REQUIRE(request.prompt.size() == 5);
  CHECK(request.prompt[0].section == mock::PromptSection::kSystem);
  CHECK(request.prompt[1].section == mock::PromptSection::kMessages);
  const auto refused = [](json item) {
    return refusal_with("input", json::array({std::move(item)})).parameter;
  };
  CHECK(refused({{"content", "x"}}) == "input[0].role");
  CHECK(refused({{"role", "user"}}) == "input[0].content");
  CHECK(refused({{"role", "tool"}, {"content", "x"}}) == "input[0].role");
  CHECK(refused(user(json::array({{{"type", "text"}, {"text", "x"}}}))) ==
        "input[0].content[0].type");
  CHECK(refused(user(json::array({{{"type", "input_text"}}}))) == "input[0].content[0].text");
}

TEST_CASE("instructions come before the input") {
  const ModelRequest request = accept(body_with("instructions", "1234567"));
  CHECK(request.input_tokens == 2 + 4 + 4 + 4);
  CHECK(request.prompt[0].section == mock::PromptSection::kSystem);
}

TEST_CASE("tools of a response are flat") {
  json body = body_with(
      "tools",
      {{{"type", "function"}, {"name", "get_weather"}, {"parameters", {{"type", "object"}}}},
       {{"type", "web_search"}}});
  REQUIRE(accept(body).tools.size() == 1);
  CHECK(accept(body).tools[0].name == "get_weather");
  body["tool_choice"] = {{"type", "function"}, {"name", "get_weather"}};
  CHECK(accept(body).tool_choice == ToolChoice::kNamed);
  body["tool_choice"] = {{"type", "allowed_tools"}, {"mode", "required"}};
  CHECK(accept(body).tool_choice == ToolChoice::kAny);
  body["tools"] = {{{"type", "function"}}};
  CHECK(refusal(body).parameter == "tools[0].name");
}

TEST_CASE("calls of functions and their outputs come in pairs") {
  const auto with_items = [](std::initializer_list<json> more) {
    json items = json::array({user("Hello")});
    for (const json& item : more) items.push_back(item);
    return body_with("input", items);
  };
  CHECK(accept(with_items({call("a"), output("a")})).answers_tools);
  CHECK_FALSE(accept(with_items({call("a"), output("a"), user("Thanks")})).answers_tools);
  CHECK(refusal(with_items({call("a")})).message == "No tool output found for function call a.");
  CHECK(refusal(with_items({output("a")})).message ==
        "No tool call found for function call output with call_id a.");
  json continued = with_items({output("a")});
  continued["previous_response_id"] = "resp_1";
  CHECK(accept(continued).answers_tools);
  CHECK(refusal(with_items({{{"type", "function_call_output"}, {"call_id", "a"}}})).parameter ==
        "input[1].output");
}

TEST_CASE("reasoning is shown where a summary is asked for") {
  const auto reasoning = [](json value) { return accept(body_with("reasoning", value)); };
  CHECK(reasoning({{"effort", "high"}}).thinks);
  CHECK_FALSE(reasoning({{"effort", "high"}}).shows_thinking);
  CHECK(reasoning({{"effort", "high"}, {"summary", "auto"}}).shows_thinking);
  CHECK_FALSE(reasoning({{"summary", "auto"}}).shows_thinking);
  CHECK_FALSE(reasoning({{"effort", "none"}, {"summary", "auto"}}).thinks);
  CHECK(refusal_with("reasoning", {{"effort", "hard"}}).parameter == "reasoning.effort");
}

TEST_CASE("settings of a response out of their range are refused") {
  CHECK(accept(body_with("max_output_tokens", 16)).max_tokens == 16);
  CHECK(refusal_with("max_output_tokens", 15).code == "integer_below_min_value");
  CHECK(refusal_with("temperature", 3).parameter == "temperature");
  CHECK(refusal_with("background", true).parameter == "background");
  CHECK(refusal_with("text", {{"format", {{"type", "xml"}}}}).parameter == "text.format.type");
  CHECK(accept(body_with("stream", true)).stream);
  CHECK(refusal_with("store", "no").code == "invalid_type");
}
