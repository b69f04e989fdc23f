#include "mock/tool_definitions.h"

#include "mock/messages_fixture.h"

using mock::ToolChoice;
using tests::good_body;
using tests::json;
using tests::read;
using tests::refusal;
using tests::taken;
using tests::tool;
using tests::with;

namespace {

const json kSearch = {{"type", "web_search_20250305"}, {"name", "web_search"}};

json with_tools(const json& tools, const char* model = "claude-haiku-4-5") {
  return with(good_body(model), "tools", tools);
}

json with_choice(const json& choice) {
  return with(with_tools(json::array({tool("one"), tool("two")})), "tool_choice", choice);
}

}  // namespace

TEST_CASE("tools are read with their schemas") {
  json weather = tool("get_weather");
  weather["input_schema"]["properties"] = {{"city", {{"type", "string"}}}};
  weather["type"] = "custom";
  const auto request = read(with_tools({tool("first"), weather}));
  REQUIRE(request.tools.size() == 2);
  CHECK(request.tools[0].name == "first");
  CHECK(request.tools[1].name == "get_weather");
  CHECK(request.tools[1].input_schema == weather["input_schema"]);
  CHECK(request.tool_choice == ToolChoice::kAuto);
  CHECK(request.parallel_tools);
  CHECK_FALSE(request.eager_tool_input);
}

TEST_CASE("a wrong tool is named by its place") {
  const auto refused = [](const json& bad) { return refusal(with_tools({tool("good"), bad})); };
  CHECK(refusal(with(good_body(), "tools", "t")) == "tools: Input should be a valid list");
  CHECK(refused({{"input_schema", {{"type", "object"}}}}) == "tools.1.custom.name: Field required");
  CHECK(refused(tool("no spaces")) ==
        "tools.1.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'");
  CHECK(refused(tool(std::string(65, 'x').c_str())).starts_with("tools.1.custom.name: "));
  CHECK(refused({{"name", "t"}}) == "tools.1.custom.input_schema: Field required");
  CHECK(refused({{"name", "t"}, {"input_schema", {{"type", "string"}}}}) ==
        "tools.1.custom.input_schema.type: Input should be 'object'");
  CHECK(refused({{"name", "t"}, {"type", "magic"}}).starts_with("tools.1: Input tag 'magic'"));
  CHECK(refused(tool("good")) == "tools: Tool names must be unique.");
}

TEST_CASE("tools of the API's own are taken and never called") {
  const auto request = read(with_tools({kSearch, tool("mine")}));
  REQUIRE(request.tools.size() == 1);
  CHECK(request.tools[0].name == "mine");
  CHECK(request.tools[0].input_schema.is_object());
  CHECK(request.prompt.size() == 3);

  json forced = with_tools(json::array({kSearch}));
  forced["tool_choice"] = {{"type", "any"}};
  CHECK(read(forced).tool_choice == ToolChoice::kAuto);
  forced["tools"].push_back(tool("mine"));
  CHECK(read(forced).tool_choice == ToolChoice::kAny);
  forced["tool_choice"] = {{"type", "tool"}, {"name", "web_search"}};
  CHECK(read(forced).tool_choice == ToolChoice::kAuto);
}

TEST_CASE("the choice of tools is read") {
  CHECK(read(with_choice({{"type", "auto"}})).tool_choice == ToolChoice::kAuto);
  CHECK(read(with_choice({{"type", "any"}})).tool_choice == ToolChoice::kAny);
  CHECK(read(with_choice({{"type", "none"}})).tool_choice == ToolChoice::kNone);
  const auto named =
      read(with_choice({{"type", "tool"}, {"name", "two"}, {"disable_parallel_tool_use", true}}));
  CHECK(named.tool_choice == ToolChoice::kNamed);
  CHECK(named.named_tool == "two");
  CHECK_FALSE(named.parallel_tools);
}

TEST_CASE("a wrong choice is refused") {
  CHECK(refusal(with_choice({{"type", "tool"}, {"name", "three"}})) ==
        "tool_choice: Tool 'three' not found in provided tools");
  CHECK(refusal(with_choice({{"type", "tool"}})) == "tool_choice.name: Field required");
  CHECK(refusal(with_choice({{"type", "some"}})) ==
        "tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'");
  CHECK(refusal(with_choice("auto")) == "tool_choice: Input should be a valid dictionary");
  CHECK(refusal(with_choice({{"type", "none"}, {"disable_parallel_tool_use", true}})) ==
        "tool_choice.disable_parallel_tool_use: Extra inputs are not permitted");
  CHECK(refusal(with(good_body(), "tool_choice", {{"type", "any"}})) ==
        "tool_choice: tool_choice may only be specified while providing tools");
  CHECK(taken(with(good_body(), "tool_choice", {{"type", "none"}})));
}

TEST_CASE("tool input streams eagerly where a tool or the beta asks for it") {
  json eager = tool("t");
  eager["eager_input_streaming"] = true;
  CHECK(read(with_tools(json::array({eager}))).eager_tool_input);
  const char* beta = "fine-grained-tool-streaming-2025-05-14";
  CHECK(read(with_tools(json::array({tool("t")})), beta).eager_tool_input);
  CHECK_FALSE(read(good_body(), beta).eager_tool_input);
}

TEST_CASE("tools bring the model's hidden prompt, a longer one where they are forced") {
  const auto tokens = [](const char* model, const char* type) {
    json body = with_tools(json::array({tool("t")}), model);
    body["tool_choice"] = {{"type", type}};
    return read(body).prompt.front().tokens;
  };
  CHECK(tokens("claude-haiku-4-5", "any") - tokens("claude-haiku-4-5", "auto") == 588 - 496);
  CHECK(tokens("claude-haiku-4-5", "auto") - tokens("llama-3-70b", "auto") == 496);
  CHECK(tokens("claude-opus-5", "none") > 286);
}
