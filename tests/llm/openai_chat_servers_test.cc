// The chat completions' stream decoder of llm/openai.h: what other servers make of it.
#include <catch2/catch.hpp>

#include "llm/openai_chat_stream.h"

using llm::Content;
using llm::ErrorKind;
using tests::chat_chunk;
using tests::chat_reply_to;
using tests::chat_text;
using tests::decode_chat_fixture;
using tests::Decoded;
using tests::kChatDone;
using tests::kChatStop;

namespace {

// Every good fixture of the servers greets.
void check_greeting(const llm::Reply& reply) {
  CHECK(reply.complete);
  CHECK_FALSE(reply.failure);
  CHECK(reply.text == "Hello there");
  CHECK(reply.unknown_events == 0);
}

// Every bad one breaks off after one word.
llm::Failure failure_of(const std::string& fixture) {
  const llm::Reply reply = decode_chat_fixture(fixture).reply;
  CHECK_FALSE(reply.complete);
  CHECK(reply.text == "Hello");
  CHECK(reply.unknown_events == 0);
  REQUIRE(reply.failure);
  return *reply.failure;
}

}  // namespace

TEST_CASE("vLLM: reasoning under its new name, usage on every chunk") {
  const Decoded decoded = decode_chat_fixture("vllm.sse");
  check_greeting(decoded.reply);
  CHECK(decoded.reply.thinking == "The user greets.");
  CHECK(decoded.reply.thought);
  CHECK(decoded.reply.usage.input_tokens == 12);
  CHECK(decoded.reply.usage.output_tokens == 7);
  CHECK(decoded.reply.usage.final);
  CHECK_FALSE(decoded.reply.usage.thinking_tokens);
  CHECK(decoded.contents == std::vector<Content>{Content::kNone, Content::kThinking,
                                                 Content::kThinking, Content::kText, Content::kText,
                                                 Content::kNone, Content::kNone, Content::kNone});
}

TEST_CASE("vLLM: usage of a stream that broke off is not final") {
  const llm::Reply reply = chat_reply_to(
      {chat_chunk(R"({"content":"a"})", "null",
                  R"(,"usage":{"prompt_tokens":12,"total_tokens":13,"completion_tokens":1})")});
  CHECK(reply.usage.output_tokens == 1);
  CHECK_FALSE(reply.usage.final);
}

TEST_CASE("vLLM: an error in the middle, then [DONE]") {
  const llm::Failure failure = failure_of("vllm_error.sse");
  CHECK(failure.kind == ErrorKind::kStreamError);
  CHECK(failure.type == "InternalServerError");
  CHECK(failure.message == "EngineCore encountered an issue.");
}

TEST_CASE("SGLang: an error that is not nested") {
  const llm::Failure failure = failure_of("sglang_error.sse");
  CHECK(failure.kind == ErrorKind::kStreamError);
  CHECK(failure.type == "BadRequestError");
  CHECK(failure.message == "The request is aborted.");
}

TEST_CASE("llama.cpp: null content, comment pings, reasoning_content and timings") {
  const Decoded decoded = decode_chat_fixture("llama_cpp.sse");
  check_greeting(decoded.reply);
  CHECK(decoded.reply.thinking == "Greet.");
  CHECK(decoded.reply.usage.input_tokens == 71);
  CHECK(decoded.reply.usage.output_tokens == 9);
  CHECK(decoded.reply.events == 7);
}

TEST_CASE("llama.cpp: an error in a field of its own") {
  const llm::Failure failure = failure_of("llama_cpp_error.sse");
  CHECK(failure.kind == ErrorKind::kStreamError);
  CHECK(failure.type == "server_error");
  CHECK(failure.message == "context shift is disabled");
  CHECK(failure.status == 200);
}

TEST_CASE("TGI: no space after the colon") {
  const llm::Reply reply = decode_chat_fixture("tgi.sse").reply;
  check_greeting(reply);
  CHECK(reply.stop_reason == "eos_token");
  CHECK(reply.id.empty());
}

TEST_CASE("TGI: an error with a status under a name of its own") {
  const llm::Failure failure = failure_of("tgi_error.sse");
  CHECK(failure.kind == ErrorKind::kStreamError);
  CHECK(failure.message == "Request failed during generation: out of memory");
  const llm::Reply busy = chat_reply_to(
      {R"({"error":{"message":"Model is overloaded","http_status_code":429}})", kChatDone});
  CHECK(busy.failure->kind == ErrorKind::kRateLimited);
}

TEST_CASE("OpenRouter: comments before and between, usage beside a choice") {
  const llm::Reply reply = decode_chat_fixture("openrouter.sse").reply;
  check_greeting(reply);
  CHECK(reply.thinking == "Greet.");
  CHECK(reply.stop_reason == "stop");
  CHECK(reply.usage.thinking_tokens == 4U);
  CHECK(reply.usage.final);
  CHECK(reply.events == 5);
}

TEST_CASE("OpenRouter: an error beside a finish_reason of that name") {
  const llm::Failure failure = failure_of("openrouter_error.sse");
  CHECK(failure.kind == ErrorKind::kStreamError);
  CHECK(failure.type == "server_error");
  CHECK(failure.message == "Provider disconnected unexpectedly");
}

TEST_CASE("a finish_reason of error is a failure though no error says why") {
  const llm::Reply reply =
      chat_reply_to({chat_text("a"), chat_chunk("{}", "\"error\""), kChatDone});
  CHECK_FALSE(reply.complete);
  REQUIRE(reply.failure);
  CHECK(reply.failure->kind == ErrorKind::kStreamError);
  CHECK_FALSE(reply.failure->message.empty());
}

TEST_CASE("relays: keep-alives as data, under CRLF") {
  const llm::Reply reply = decode_chat_fixture("relay.sse").reply;
  check_greeting(reply);
  CHECK(reply.pings == 4);
  CHECK(reply.events == 9);
}

TEST_CASE("Ollama: reasoning beside empty content") {
  const Decoded decoded = decode_chat_fixture("ollama.sse");
  check_greeting(decoded.reply);
  CHECK(decoded.reply.thinking == "Greet.");
  CHECK(decoded.reply.usage.input_tokens == 11);
  CHECK(decoded.contents[0] == Content::kThinking);
}

TEST_CASE("reasoning that comes under both names is taken once") {
  const llm::Reply reply = chat_reply_to(
      {chat_chunk(R"({"reasoning":"a","reasoning_content":"a"})"),
       chat_chunk(R"({"reasoning_content":null,"reasoning":"b"})"), kChatStop, kChatDone});
  CHECK(reply.thinking == "ab");
}

TEST_CASE("a chunk with thinking and text counts as text") {
  const Decoded decoded = tests::decode_chat(
      tests::stream_of({chat_chunk(R"({"reasoning_content":"a","content":"b"})"), kChatDone}));
  CHECK(decoded.contents[0] == Content::kText);
  CHECK(decoded.reply.thinking == "a");
  CHECK(decoded.reply.text == "b");
}
