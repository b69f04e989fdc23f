#include "mock/openai_chat_request.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace {

using mock::ModelRequest;
using mock::ToolChoice;
using nlohmann::json;

json turn(const char* role, json content) { return {{"role", role}, {"content", content}}; }

json good_body() {
  return {{"model", "gpt-5"}, {"messages", json::array({turn("user", "Hello there")})}};
}

json body_with(const char* key, json value) {
  json body = good_body();
  body[key] = std::move(value);
  return body;
}

ModelRequest accept(const json& body) {
  const auto request = mock::read_chat_request(body.dump());
  INFO((request ? "" : request.error().message));
  REQUIRE(request);
  return *request;
}

mock::ApiError refusal(const json& body) {
  const auto request = mock::read_chat_request(body.dump());
  REQUIRE_FALSE(request);
  CHECK(request.error().status == 400);
  return request.error();
}

mock::ApiError refusal_with(const char* key, json value) {
  return refusal(body_with(key, std::move(value)));
}

json weather_tool() {
  return {
      {"type", "function"},
      {"function",
       {{"name", "get_weather"},
        {"parameters", {{"type", "object"}, {"properties", {{"city", {{"type", "string"}}}}}}}}}};
}

json call(const char* id) {
  return {{"id", id},
          {"type", "function"},
          {"function", {{"name", "get_weather"}, {"arguments", "{}"}}}};
}

json calling(std::initializer_list<const char*> ids) {
  json message = {{"role", "assistant"}, {"content", nullptr}, {"tool_calls", json::array()}};
  for (const char* id : ids) message["tool_calls"].push_back(call(id));
  return message;
}

json answering(const char* id) {
  return {{"role", "tool"}, {"tool_call_id", id}, {"content", "21 degrees"}};
}

}  // namespace

TEST_CASE("a plain chat request is read") {
  const ModelRequest request = accept(good_body());
  CHECK(request.dialect == mock::Dialect::kChat);
  CHECK(request.model == "gpt-5");
  CHECK(request.max_tokens == 4096);
  CHECK_FALSE(request.stream);
  CHECK_FALSE(request.thinks);
  CHECK(request.tool_choice == ToolChoice::kAuto);
  CHECK(request.parallel_tools);
  CHECK(request.body_bytes == good_body().dump().size());
}

TEST_CASE("a chat body that is not an object is refused") {
  for (const char* text : {"", "[]", "{\"model\":", "{\"model\":\"\xff\"}"}) {
    const auto request = mock::read_chat_request(text);
    REQUIRE_FALSE(request);
    CHECK(request.error().status == 400);
  }
}

TEST_CASE("a body that nests without end is refused, not walked") {
  const std::string deep = R"({"model":"gpt-5","messages":)" + std::string(200'000, '[') +
                           std::string(200'000, ']') + "}";
  CHECK(mock::read_chat_request(deep).error().status == 400);
}

TEST_CASE("unknown arguments of a chat are named") {
  CHECK(refusal_with("max_tokenz", 5).message ==
        "Unrecognized request argument supplied: max_tokenz");
}

TEST_CASE("chat models that do not exist are not found") {
  for (const char* name : {"", "missing-model"}) {
    const auto request = mock::read_chat_request(body_with("model", name).dump());
    REQUIRE_FALSE(request);
    CHECK(request.error().status == 404);
    CHECK(request.error().code == "model_not_found");
  }
  json body = good_body();
  body.erase("model");
  CHECK(refusal(body).message == "you must provide a model parameter");
  CHECK(accept(body_with("model", "llama-3")).model == "llama-3");
}

TEST_CASE("both names of the token limit are known, but not together") {
  CHECK(accept(body_with("max_tokens", 7)).max_tokens == 7);
  CHECK(accept(body_with("max_completion_tokens", 9)).max_tokens == 9);
  json body = body_with("max_tokens", 7);
  body["max_completion_tokens"] = 9;
  CHECK(refusal(body).code == "invalid_parameter_combination");
  const auto error = refusal_with("max_tokens", 0);
  CHECK(error.parameter == "max_tokens");
  CHECK(error.code == "integer_below_min_value");
  CHECK(refusal_with("max_tokens", "5").message ==
        "Invalid type for 'max_tokens': expected an integer, but got a string instead.");
  CHECK(refusal_with("max_tokens", UINT64_MAX).code == "invalid_type");
}

TEST_CASE("null is as good as absent") {
  json body = good_body();
  for (const char* key : {"max_tokens", "stream", "stop", "tools", "temperature", "seed", "user"}) {
    body[key] = nullptr;
  }
  CHECK(accept(body).max_tokens == 4096);
}

TEST_CASE("wrong messages are named by their place") {
  const auto second = [](json bad) {
    json body = good_body();
    body["messages"].push_back(std::move(bad));
    return refusal(body);
  };
  CHECK(refusal_with("messages", nullptr).code == "missing_required_parameter");
  CHECK(refusal_with("messages", json::array()).code == "empty_array");
  CHECK(refusal_with("messages", "hi").code == "invalid_type");
  CHECK(second("hi").parameter == "messages[1]");
  CHECK(second(turn("robot", "x")).message ==
        "Invalid value: 'robot'. Supported values are: 'system', 'assistant', 'user', 'function', "
        "'tool', and 'developer'.");
  CHECK(second(turn("robot", "x")).parameter == "messages[1].role");
  CHECK(second({{"content", "x"}}).parameter == "messages[1].role");
  CHECK(second({{"role", "user"}}).parameter == "messages[1].content");
  CHECK(second(turn("user", 5)).code == "invalid_type");
  CHECK(second(turn("user", json::array({{{"type", "text"}}}))).parameter ==
        "messages[1].content[0].text");
  CHECK(second(turn("system", json::array({{{"type", "image_url"}}}))).parameter ==
        "messages[1].content[0].type");
}

TEST_CASE("every role and kind of content is taken") {
  json body = good_body();
  body["messages"] = json::array(
      {turn("developer", "Be brief."),
       turn("system", json::array({{{"type", "text"}, {"text", "x"}}})),
       turn("user", json::array({{{"type", "text"}, {"text", "What is this?"}},
                                 {{"type", "image_url"}, {"image_url", {{"url", "data:,"}}}}})),
       turn("assistant", "A thing."), turn("user", "Which?")});
  const ModelRequest request = accept(body);
  REQUIRE(request.prompt.size() == 5);
  CHECK(request.prompt[1].section == mock::PromptSection::kSystem);
  CHECK(request.prompt[2].section == mock::PromptSection::kMessages);
}

TEST_CASE("input tokens are the text at 3.5 bytes each and 4 a message") {
  json body = good_body();
  body["messages"] = json::array({turn("user", "1234567")});
  CHECK(accept(body).input_tokens == 2 + 4);
  body["messages"].push_back(turn("assistant", "12345678"));
  CHECK(accept(body).input_tokens == 2 + 4 + 3 + 4);
  body["tools"] = json::array({weather_tool()});
  const ModelRequest request = accept(body);
  CHECK(request.prompt[0].section == mock::PromptSection::kTools);
  CHECK(request.input_tokens == 13 + request.prompt[0].tokens);
  CHECK(request.prompt[0].tokens ==
        static_cast<std::int64_t>((weather_tool().dump().size() * 2 + 6) / 7));
  for (const auto& block : request.prompt) CHECK_FALSE(block.breakpoint);
}

TEST_CASE("tools and how they are chosen") {
  json body = body_with("tools", json::array({weather_tool()}));
  REQUIRE(accept(body).tools.size() == 1);
  CHECK(accept(body).tools[0].name == "get_weather");
  CHECK(accept(body).tools[0].input_schema["type"] == "object");
  body["tool_choice"] = "none";
  CHECK(accept(body).tool_choice == ToolChoice::kNone);
  body["tool_choice"] = "required";
  CHECK(accept(body).tool_choice == ToolChoice::kAny);
  body["tool_choice"] = {{"type", "function"}, {"function", {{"name", "get_weather"}}}};
  CHECK(accept(body).tool_choice == ToolChoice::kNamed);
  CHECK(accept(body).named_tool == "get_weather");
  body["tool_choice"]["function"]["name"] = "get_time";
  CHECK(refusal(body).parameter == "tool_choice");
  body["tool_choice"] = "any";
  CHECK(refusal(body).code == "invalid_value");
  body["tool_choice"] = {{"type", "allowed_tools"}, {"allowed_tools", {{"mode", "required"}}}};
  CHECK(accept(body).tool_choice == ToolChoice::kAny);
  body["parallel_tool_calls"] = false;
  CHECK_FALSE(accept(body).parallel_tools);
}

TEST_CASE("wrong tools are named by their place") {
  const auto refused_tool = [](json tool) {
    return refusal_with("tools", json::array({std::move(tool)})).parameter;
  };
  CHECK(refused_tool({{"function", {{"name", "x"}}}}) == "tools[0].type");
  CHECK(refused_tool({{"type", "web"}}) == "tools[0].type");
  CHECK(refused_tool({{"type", "function"}}) == "tools[0].function");
  json tool = weather_tool();
  tool["function"]["name"] = "get weather";
  CHECK(refused_tool(tool) == "tools[0].function.name");
  tool = weather_tool();
  tool["function"]["parameters"] = "none";
  CHECK(refused_tool(tool) == "tools[0].function.parameters");
}

TEST_CASE("settings of tools need tools") {
  CHECK(refusal_with("tool_choice", "auto").parameter == "tool_choice");
  CHECK(refusal_with("parallel_tool_calls", true).parameter == "parallel_tool_calls");
}

TEST_CASE("every tool call is answered before anybody else speaks") {
  const auto conversation = [](std::initializer_list<json> more) {
    json body = good_body();
    for (const json& message : more) body["messages"].push_back(message);
    return body;
  };
  CHECK(accept(conversation({calling({"a", "b"}), answering("a"), answering("b")})).answers_tools);
  CHECK_FALSE(
      accept(conversation({calling({"a"}), answering("a"), turn("user", "Thanks")})).answers_tools);
  CHECK(refusal(conversation({calling({"a", "b"}), answering("a")}))
            .message.ends_with("did not have response messages: b"));
  CHECK(refusal(conversation({calling({"a"}), turn("user", "Well?")}))
            .message.ends_with("did not have response messages: a"));
  CHECK(refusal(conversation({answering("a")})).parameter == "messages[1].role");
  CHECK(refusal(conversation({calling({"a"}), answering("b")})).parameter == "messages[2].role");
}

TEST_CASE("stop is a text or up to four") {
  CHECK(accept(body_with("stop", "END")).stop_sequences == std::vector<std::string>{"END"});
  CHECK(accept(body_with("stop", {"a", "b"})).stop_sequences == std::vector<std::string>{"a", "b"});
  CHECK(refusal_with("stop", {"a", "b", "c", "d", "e"}).code == "array_above_max_length");
  CHECK(refusal_with("stop", 5).parameter == "stop");
  CHECK(refusal_with("stop", json::array({5})).parameter == "stop");
}

TEST_CASE("usage is streamed where it is asked for, in streams alone") {
  json body = body_with("stream", true);
  CHECK(accept(body).stream);
  CHECK_FALSE(accept(body).usage_in_stream);
  body["stream_options"] = {{"include_usage", true}};
  CHECK(accept(body).usage_in_stream);
  body["stream"] = false;
  CHECK(refusal(body).parameter == "stream_options");
}

TEST_CASE("settings out of their range are refused") {
  CHECK(refusal_with("temperature", 2.5).code == "decimal_above_max_value");
  CHECK(refusal_with("temperature", -1).code == "decimal_below_min_value");
  CHECK(refusal_with("temperature", "hot").code == "invalid_type");
  CHECK(refusal_with("top_p", 1.1).parameter == "top_p");
  CHECK(refusal_with("n", 2).parameter == "n");
  CHECK(accept(body_with("n", 1)).max_tokens == 4096);
  CHECK(refusal_with("response_format", {{"type", "xml"}}).parameter == "response_format.type");
  CHECK(refusal_with("metadata", "x").code == "invalid_type");
  CHECK(refusal_with("stream", "yes").code == "invalid_type");
}

TEST_CASE("reasoning effort makes it think, hidden") {
  CHECK(accept(body_with("reasoning_effort", "low")).thinks);
  CHECK_FALSE(accept(body_with("reasoning_effort", "low")).shows_thinking);
  CHECK_FALSE(accept(body_with("reasoning_effort", "none")).thinks);
  CHECK(refusal_with("reasoning_effort", "hard").code == "invalid_value");
}

TEST_CASE("the service tier is one of OpenAI's") {
  accept(body_with("service_tier", "flex"));
  CHECK(refusal_with("service_tier", "gold").code == "invalid_value");
  CHECK(refusal_with("service_tier", 1).code == "invalid_type");
}
