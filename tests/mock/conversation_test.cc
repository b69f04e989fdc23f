#include "mock/conversation.h"

#include "mock/messages_fixture.h"

using tests::body_of;
using tests::good_body;
using tests::json;
using tests::read;
using tests::refusal;
using tests::taken;
using tests::text_block;
using tests::turn;
using tests::with;

namespace {

json tool_use(const char* id) {
  return {{"type", "tool_use"}, {"id", id}, {"name", "t"}, {"input", json::object()}};
}

json tool_result(const char* id) {
  return {{"type", "tool_result"}, {"tool_use_id", id}, {"content", "4"}};
}

// A question, then uses of tools, then this turn of the user's.
json after_uses(const json& uses, const json& content) {
  return body_of({turn("user", "hello"), turn("assistant", uses), turn("user", content)});
}

std::string second_refused(const json& bad) {
  return refusal(body_of(json::array({turn("user", "hello"), bad})));
}

}  // namespace

TEST_CASE("messages are a list that begins with the user") {
  CHECK(refusal(with(good_body(), "messages", "hello")) ==
        "messages: Input should be a valid list");
  CHECK(refusal(body_of(json::array())) == "messages: at least one message is required");
  CHECK(refusal(body_of(json::array({turn("assistant", "hi")}))) ==
        "messages: first message must use the \"user\" role");
  CHECK(refusal(body_of(json::array({"hello"}))) ==
        "messages.0: Input should be a valid dictionary");
}

TEST_CASE("a wrong turn is named by its place") {
  CHECK(second_refused(turn("robot", "x")) ==
        "messages.1.role: Input should be 'user' or 'assistant'");
  CHECK(second_refused(turn("system", "x")) ==
        "messages.1.role: Input should be 'user' or 'assistant'");
  CHECK(second_refused({{"content", "x"}}) == "messages.1.role: Field required");
  CHECK(second_refused({{"role", "user"}}) == "messages.1.content: Field required");
  CHECK(second_refused(turn("user", 5)) == "messages.1.content: Input should be a valid list");
  CHECK(second_refused(turn("user", "")) ==
        "messages.1.content: messages must have non-empty content");
  CHECK(second_refused(turn("user", json::array())) ==
        "messages.1.content: messages must have non-empty content");
  CHECK(second_refused({{"role", "user"}, {"content", "x"}, {"name", "Ann"}}) ==
        "messages.1.name: Extra inputs are not permitted");
}

TEST_CASE("turns of the same role in a row are one turn") {
  CHECK(taken(body_of({turn("user", "a"), turn("user", "b"), turn("assistant", "c"),
                       turn("assistant", "d"), turn("user", "e")})));
}

TEST_CASE("some models take system turns behind a user's") {
  const json brief = turn("system", "be brief");
  CHECK(taken(body_of({turn("user", "hi"), brief}, "claude-opus-5")));
  CHECK(taken(body_of({turn("user", "hi"), brief, turn("assistant", "yes"), turn("user", "so?")},
                      "claude-opus-4-8")));
  CHECK(refusal(body_of(json::array({brief}), "claude-opus-5")) ==
        "messages.0.role: Input should be 'user' or 'assistant'");
  CHECK(refusal(body_of({turn("user", "hi"), brief, turn("user", "so?")}, "claude-opus-5"))
            .starts_with("messages.2.role: "));
  CHECK(refusal(body_of({turn("user", "hi"), turn("assistant", "yes"), brief}, "claude-opus-5"))
            .starts_with("messages.2.role: "));
  CHECK(refusal(body_of({turn("user", "hi"), brief}, "claude-sonnet-5"))
            .starts_with("messages.1.role: "));
}

TEST_CASE("an answer can be begun for the older models alone") {
  const json begun = json::array({turn("user", "hi"), turn("assistant", "The answer is (")});
  CHECK(taken(body_of(begun, "claude-sonnet-4-5")));
  CHECK(taken(body_of({turn("user", "hi"), turn("assistant", "")}, "claude-sonnet-4-5")));
  for (const char* model : {"claude-opus-4-6", "claude-sonnet-5", "claude-fable-5"}) {
    CHECK(refusal(body_of(begun, model)) ==
          "This model does not support assistant message prefill. The conversation must end with "
          "a user message.");
  }
  CHECK(refusal(body_of({turn("user", "hi"), turn("assistant", "The answer is ")})) ==
        "messages: final assistant content cannot end with trailing whitespace");
}

TEST_CASE("a turn that paused with the API's own tools is no beginning") {
  const json use = {{"type", "server_tool_use"}, {"id", "srvtoolu_1"}, {"name", "web_search"}};
  CHECK(
      taken(body_of({turn("user", "hi"), turn("assistant", json::array({use}))}, "claude-opus-5")));
}

TEST_CASE("every use of a tool has its result in the next message") {
  const json both = json::array({tool_use("toolu_1"), tool_use("toolu_2")});
  CHECK(taken(after_uses(both, json::array({tool_result("toolu_2"), tool_result("toolu_1")}))));
  const std::string missing =
      "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: "
      "toolu_2. Each `tool_use` block must have a corresponding `tool_result` block in the next "
      "message.";
  CHECK(refusal(after_uses(both, json::array({tool_result("toolu_1")}))) == missing);
  CHECK(refusal(after_uses(both, json::array({tool_result("toolu_1"), text_block("so?"),
                                              tool_result("toolu_2")}))) == missing);
  CHECK(refusal(after_uses(json::array({tool_use("toolu_2")}), "so?")) == missing);
  CHECK(refusal(body_of({turn("user", "hi"), turn("assistant", json::array({tool_use("toolu_2")}))},
                        "claude-haiku-4-5")) == missing);
}

TEST_CASE("results may be spread over turns that are one") {
  const json both = json::array({tool_use("toolu_1"), tool_use("toolu_2")});
  CHECK(taken(body_of({turn("user", "hello"), turn("assistant", both),
                       turn("user", json::array({tool_result("toolu_1")})),
                       turn("user", json::array({tool_result("toolu_2"), text_block("so?")}))})));
}

TEST_CASE("a result without its use is refused in the API's words") {
  CHECK(refusal(body_of(
            json::array({turn("user", json::array({text_block("x"), tool_result("toolu_9")}))}))) ==
        "messages.0.content.1: unexpected `tool_use_id` found in `tool_result` blocks: toolu_9. "
        "Each `tool_result` block must have a corresponding `tool_use` block in the previous "
        "message.");
  const json one = json::array({tool_use("toolu_1")});
  CHECK(refusal(after_uses(one, json::array({tool_result("toolu_1"), tool_result("toolu_1")}))) ==
        "messages.2.content.1: each tool_use must have a single result. Found multiple "
        "`tool_result` blocks with id: toolu_1");
  CHECK(refusal(after_uses(json::array({tool_use("toolu_1"), tool_use("toolu_1")}),
                           json::array({tool_result("toolu_1")}))) ==
        "messages.1.content.1: `tool_use` ids must be unique");
}

TEST_CASE("a last turn with results is answered with text") {
  const json results = json::array({tool_result("toolu_1"), text_block("so?")});
  json body = after_uses(json::array({tool_use("toolu_1")}), results);
  CHECK(read(body).answers_tools);
  body["messages"].push_back(turn("assistant", "4"));
  body["messages"].push_back(turn("user", "thanks"));
  CHECK_FALSE(read(body).answers_tools);
  CHECK_FALSE(read(good_body()).answers_tools);
  json steered = after_uses(json::array({tool_use("toolu_1")}), results);
  steered["model"] = "claude-opus-5";
  steered["messages"].push_back(turn("system", "be brief"));
  CHECK(read(steered).answers_tools);
}

TEST_CASE("system is a text or blocks of text") {
  CHECK(refusal(with(good_body(), "system", 5)) == "system: Input should be a valid list");
  CHECK(refusal(with(good_body(), "system", json::array({text_block("")}))) ==
        "system.0.text: text content blocks must be non-empty");
  CHECK(refusal(with(good_body(), "system", json::array({{{"type", "image"}}}))) ==
        "system.0.type: Input should be 'text'");
  CHECK(taken(with(good_body(), "system", "")));
  CHECK(taken(with(good_body(), "system", json::array({text_block("be brief")}))));
}
