#include "mock/content_blocks.h"

#include "mock/messages_fixture.h"

using tests::body_of;
using tests::json;
using tests::refusal;
using tests::taken;
using tests::text_block;
using tests::turn;

namespace {

json of_user(const json& block) {
  return body_of(json::array({turn("user", json::array({block}))}));
}

json of_assistant(const json& block) {
  return body_of(
      {turn("user", "hi"), turn("assistant", json::array({block})), turn("user", "so?")});
}

json image(const json& source) { return {{"type", "image"}, {"source", source}}; }

json document(const json& source) { return {{"type", "document"}, {"source", source}}; }

}  // namespace

TEST_CASE("a text block has text that says something") {
  CHECK(refusal(of_user(text_block(""))) ==
        "messages.0.content.0.text: text content blocks must be non-empty");
  CHECK(refusal(of_user(text_block(" \n"))) ==
        "messages.0.content.0.text: text content blocks must contain non-whitespace text");
  CHECK(refusal(of_user({{"type", "text"}})) == "messages.0.content.0.text.text: Field required");
  CHECK(refusal(of_user({{"type", "text"}, {"text", 5}})) ==
        "messages.0.content.0.text.text: Input should be a valid string");
  CHECK(refusal(of_user({{"type", "text"}, {"text", "hi"}, {"bold", true}})) ==
        "messages.0.content.0.text.bold: Extra inputs are not permitted");
}

TEST_CASE("a block has a known type and stands where it may") {
  CHECK(refusal(of_user(json::object())) == "messages.0.content.0.type: Field required");
  CHECK(refusal(of_user("hi")) == "messages.0.content.0: Input should be a valid dictionary");
  CHECK(refusal(of_user({{"type", "video"}})) ==
        "messages.0.content.0: Input tag 'video' found using 'type' does not match any of the "
        "expected tags");
  CHECK(refusal(of_user({{"type", "tool_use"}})) ==
        "messages.0.content.0: `tool_use` blocks can only be in `assistant` messages");
  CHECK(refusal(of_assistant({{"type", "tool_result"}})) ==
        "messages.1.content.0: `tool_result` blocks can only be in `user` messages");
}

TEST_CASE("an image comes as base64, by URL or as a file") {
  CHECK(taken(of_user(image({{"type", "base64"}, {"media_type", "image/png"}, {"data", "aGk="}}))));
  CHECK(taken(of_user(image({{"type", "url"}, {"url", "https://example.com/a.png"}}))));
  CHECK(taken(of_user(image({{"type", "file"}, {"file_id", "file_1"}}))));
  CHECK(refusal(of_user({{"type", "image"}})) ==
        "messages.0.content.0.image.source: Field required");
  CHECK(refusal(of_user(image({{"type", "base64"}, {"media_type", "image/bmp"}, {"data", "x"}}))) ==
        "messages.0.content.0.image.source.media_type: Input should be 'image/jpeg', 'image/png', "
        "'image/gif' or 'image/webp'");
  CHECK(refusal(of_user(image({{"type", "base64"}, {"media_type", "image/png"}, {"data", ""}})))
            .starts_with("messages.0.content.0.image.source.data: "));
  CHECK(refusal(of_user(image({{"type", "url"}, {"url", "ftp://example.com/a.png"}})))
            .starts_with("messages.0.content.0.image.source.url: "));
}

TEST_CASE("a document is a PDF, a text, or blocks") {
  const json pdf = {{"type", "base64"}, {"media_type", "application/pdf"}, {"data", "JVBERi0="}};
  CHECK(taken(of_user(document(pdf))));
  CHECK(taken(of_user(
      document({{"type", "text"}, {"media_type", "text/plain"}, {"data", "Once upon a time"}}))));
  CHECK(taken(of_user(document({{"type", "content"}, {"content", {text_block("Once")}}}))));
  CHECK(taken(of_user(document({{"type", "url"}, {"url", "https://example.com/a.pdf"}}))));
  CHECK(
      refusal(of_user(document({{"type", "text"}, {"media_type", "text/html"}, {"data", "x"}}))) ==
      "messages.0.content.0.document.source.media_type: Input should be 'text/plain'");
  CHECK(refusal(of_user(document({{"type", "content"}, {"content", {text_block("")}}}))) ==
        "messages.0.content.0.document.source.content.0.text: text content blocks must be "
        "non-empty");
}

TEST_CASE("thinking is given back with its signature") {
  CHECK(taken(of_assistant({{"type", "thinking"}, {"thinking", "hm"}, {"signature", "c2ln"}})));
  CHECK(refusal(of_assistant({{"type", "thinking"}, {"thinking", "hm"}})) ==
        "messages.1.content.0.thinking.signature: Field required");
  CHECK(taken(of_assistant({{"type", "redacted_thinking"}, {"data", "c2ln"}})));
  CHECK(refusal(of_assistant({{"type", "redacted_thinking"}})) ==
        "messages.1.content.0.redacted_thinking.data: Field required");
}

TEST_CASE("what the API's own tools said is given back unseen") {
  CHECK(taken(of_assistant({{"type", "server_tool_use"}, {"id", "srvtoolu_1"}})));
  CHECK(taken(of_assistant({{"type", "web_search_tool_result"}, {"tool_use_id", "srvtoolu_1"}})));
}

TEST_CASE("the use of a tool and its result are complete") {
  CHECK(refusal(of_assistant({{"type", "tool_use"}, {"name", "t"}, {"input", json::object()}})) ==
        "messages.1.content.0.tool_use.id: Field required");
  CHECK(
      refusal(of_assistant({{"type", "tool_use"}, {"id", "a"}, {"name", "t"}, {"input", "{}"}})) ==
      "messages.1.content.0.tool_use.input: Input should be a valid dictionary");
  CHECK(refusal(of_user({{"type", "tool_result"}})) ==
        "messages.0.content.0.tool_result.tool_use_id: Field required");
  CHECK(refusal(of_user({{"type", "tool_result"},
                         {"tool_use_id", "a"},
                         {"content", {{{"type", "thinking"}}}}}))
            .starts_with("messages.0.content.0.tool_result.content.0.type: "));
}
