// What holds for every dialect: llm/dialect_decoder.h.
#include "llm/dialect_decoder.h"

#include <catch2/catch.hpp>

#include "count_allocations.h"
#include "llm/decoding.h"

using llm::Content;
using llm::ErrorKind;
using tests::decode;
using tests::Decoded;
using tests::describe;
using tests::kDialects;
using tests::MakeDecoder;

TEST_CASE("every fixture gives the same reply wherever a read cuts it") {
  std::size_t fixtures = 0;
  for (const tests::Dialect& dialect : kDialects) {
    for (const std::string& name : tests::fixtures_in(dialect.folder)) {
      INFO(name);
      ++fixtures;
      const std::string stream = tests::read_fixture(name);
      const Decoded whole = decode(dialect.make, {stream});
      const std::string expected = describe(whole.reply);
      std::size_t different = 0;
      for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        const Decoded parts = decode(dialect.make, {stream.substr(0, cut), stream.substr(cut)});
        if (describe(parts.reply) != expected || parts.contents != whole.contents) ++different;
      }
      CHECK(different == 0);
    }
  }
  CHECK(fixtures > 20);
}

TEST_CASE("every fixture gives the same reply under every line end") {
  for (const tests::Dialect& dialect : kDialects) {
    for (const std::string& name : tests::fixtures_in(dialect.folder)) {
      INFO(name);
      const std::string stream = tests::read_fixture(name);
      if (stream.find('\r') != std::string::npos) continue;
      const std::string expected = describe(decode(dialect.make, {stream}).reply);
      for (const char* line_end : {"\r\n", "\r"}) {
        const std::string changed = tests::with_line_ends(stream, line_end);
        CHECK(describe(decode(dialect.make, {changed}).reply) == expected);
      }
    }
  }
}

TEST_CASE("without the text everything else is the same") {
  llm::DecoderOptions options;
  options.keep_text = false;
  for (const tests::Dialect& dialect : kDialects) {
    for (const std::string& name : tests::fixtures_in(dialect.folder)) {
      INFO(name);
      const std::string stream = tests::read_fixture(name);
      Decoded kept = decode(dialect.make, {stream});
      const Decoded counted = decode(dialect.make, {stream}, options);
      CHECK(counted.contents == kept.contents);
      kept.reply.text.clear();
      kept.reply.thinking.clear();
      for (llm::ToolUse& tool : kept.reply.tool_uses) tool.input_json.clear();
      CHECK(describe(counted.reply) == describe(kept.reply));
    }
  }
}

TEST_CASE("keep-alives that come as data are pings, and other data that is no JSON is unknown") {
  for (const tests::Dialect& dialect : kDialects) {
    INFO(dialect.folder);
    const llm::Reply reply =
        decode(dialect.make, {"data: \n\ndata: : ping\n\nevent: ping\ndata: pong\n\n"
                              "data: {\n\ndata: 17\n\ndata: []\n\ndata: {}\n\n"})
            .reply;
    CHECK(reply.events == 7);
    CHECK(reply.pings == 3);
    CHECK(reply.unknown_events == 4);
    CHECK(reply.content_events == 0);
  }
}

TEST_CASE("an event whose JSON is broken anywhere is survived") {
  std::size_t events = 0;
  for (const tests::Dialect& dialect : kDialects) {
    for (const std::string& name : tests::fixtures_in(dialect.folder)) {
      net::SseParser parser([&](const net::SseEvent& event) {
        for (std::size_t i = 0; i < event.data.size(); ++i) {
          const std::string_view rest = event.data.substr(i + 1);
          for (const char* wrong : {"", ",", "}", "]", "\""}) {
            const std::string broken = std::string(event.data.substr(0, i)).append(wrong);
            const auto decoder = dialect.make({});
            decoder->on_event({event.name, broken, ""});
            decoder->on_event({event.name, broken + std::string(rest), ""});
            events += decoder->reply().events;
          }
        }
      });
      parser.feed(tests::read_fixture(name));
    }
  }
  CHECK(events > 100'000);
}

TEST_CASE("an error is a failure in every dialect, whatever its shape, and [DONE] may follow") {
  struct Row {
    const char* stream;
    ErrorKind kind;
    const char* type;
  };
  const Row rows[] = {
      {R"(data: {"type":"error","error":{"type":"api_error","message":"m"}})",
       ErrorKind::kStreamError, "api_error"},
      {R"(data: {"type":"error","error":{"type":"rate_limit_error","message":"m"}})",
       ErrorKind::kRateLimited, "rate_limit_error"},
      {R"(data: {"error":{"message":"m","type":"internal_error","code":500}})",
       ErrorKind::kStreamError, "internal_error"},
      {R"(data: {"error":{"message":"m","type":null,"code":"server_is_overloaded"}})",
       ErrorKind::kOverloaded, "server_is_overloaded"},
      {R"(data: {"error":"m","error_type":"generation"})", ErrorKind::kStreamError, "generation"},
      {R"(data: {"object":"error","message":"m","type":"BadRequestError","code":400})",
       ErrorKind::kStreamError, "BadRequestError"},
      {R"(error: {"code":500,"message":"m","type":"server_error"})", ErrorKind::kStreamError,
       "server_error"},
      {"event: error\ndata: m", ErrorKind::kStreamError, ""},
      {"event: error\ndata: \"m\"", ErrorKind::kStreamError, ""},
  };
  for (const tests::Dialect& dialect : kDialects) {
    for (const Row& row : rows) {
      INFO(dialect.folder << ": " << row.stream);
      const llm::Reply reply =
          decode(dialect.make, {std::string(row.stream) + "\n\ndata: [DONE]\n\n"}).reply;
      CHECK_FALSE(reply.complete);
      REQUIRE(reply.failure);
      CHECK(reply.failure->kind == row.kind);
      CHECK(reply.failure->type == row.type);
      CHECK(reply.failure->message == "m");
      CHECK(reply.failure->status == 200);
      CHECK(reply.unknown_events == 0);
      CHECK(reply.events == 2);
    }
  }
}

TEST_CASE("an empty error is none") {
  for (const tests::Dialect& dialect : kDialects) {
    INFO(dialect.folder);
    const auto decoder = dialect.make({});
    for (const char* data : {R"({"error":null})", R"({"error":""})", R"({"error":false})"}) {
      decoder->on_event({"", data, ""});
    }
    CHECK_FALSE(decoder->reply().failure);
  }
}

TEST_CASE("a stream that ends before its terminal event is truncated, and says which") {
  llm::DecoderOptions options;
  options.request_id = "req_header";
  const auto failure_of = [&](MakeDecoder make, const std::string& stream) {
    const llm::Reply reply = decode(make, {stream}, options).reply;
    CHECK_FALSE(reply.complete);
    REQUIRE(reply.failure);
    CHECK(reply.failure->kind == ErrorKind::kTruncated);
    CHECK(reply.failure->request_id == "req_header");
    return reply.failure->message;
  };
  const std::string ping = "event: ping\ndata: {}\n\n";
  for (const tests::Dialect& dialect : kDialects) {
    CHECK(failure_of(dialect.make, "") == "the stream ended without an event");
  }
  CHECK(failure_of(llm::make_anthropic_decoder, ping) == "the stream ended before message_stop");
  CHECK(failure_of(llm::make_openai_chat_decoder, ping) == "the stream ended before [DONE]");
  CHECK(failure_of(llm::make_openai_responses_decoder, ping) ==
        "the stream ended before response.completed");
}

TEST_CASE("what follows the end is counted and changes nothing") {
  for (const tests::Dialect& dialect : kDialects) {
    for (const std::string& name : tests::fixtures_in(dialect.folder)) {
      INFO(name);
      const std::string stream = tests::read_fixture(name);
      llm::Reply reply = decode(dialect.make, {stream}).reply;
      const bool ended = reply.complete || reply.failure->kind != ErrorKind::kTruncated;
      if (!ended) continue;
      llm::Reply doubled = decode(dialect.make, {stream, stream}).reply;
      CHECK(doubled.events == 2 * reply.events);
      doubled.events = reply.events;
      CHECK(describe(doubled) == describe(reply));
    }
  }
}

TEST_CASE("two streams may take turns on one thread") {
  for (const tests::Dialect& dialect : kDialects) {
    INFO(dialect.folder);
    const auto name = tests::fixtures_in(dialect.folder).back();
    const std::string stream = tests::read_fixture(name);
    const auto first = dialect.make({});
    const auto second = dialect.make({});
    net::SseParser parser([&](const net::SseEvent& event) {
      first->on_event(event);
      second->on_event(event);
    });
    parser.feed(stream);
    CHECK(describe(first->reply()) == describe(second->reply()));
    CHECK(describe(first->reply()) == describe(decode(dialect.make, {stream}).reply));
  }
}

TEST_CASE("the usual events cost no allocation") {
  struct Row {
    MakeDecoder make;
    std::vector<std::string> events;
  };
  const std::string chunk = R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,)"
                            R"("model":"m","choices":[{"index":0,"delta":)";
  const std::string rest = R"(,"logprobs":null,"finish_reason":null}],"usage":null})";
  const Row rows[] = {
      {llm::make_anthropic_decoder,
       {R"({"type":"content_block_delta","index":0,)"
        R"("delta":{"type":"text_delta","text":"several words at once, \u00e9"}})",
        R"({"type":"content_block_delta","index":1,)"
        R"("delta":{"type":"input_json_delta","partial_json":"{\"location\": 1}"}})",
        R"({"type": "ping"})"}},
      {llm::make_openai_chat_decoder,
       {chunk + R"({"content":"several words at once, \u00e9"})" + rest,
        chunk + R"({"reasoning_content":"several words"})" + rest,
        chunk + R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"location\""}}]})" + rest,
        chunk + "{}" + rest, ": ping"}},
      {llm::make_openai_responses_decoder,
       {R"({"type":"response.output_text.delta","item_id":"msg_1","output_index":0,)"
        R"("content_index":0,"delta":"several words at once, \u00e9","logprobs":[]})",
        R"({"type":"response.function_call_arguments.delta","output_index":1,"delta":"{\"a\""})",
        R"({"type":"response.reasoning_summary_text.delta","output_index":1,"delta":"Hm"})"}},
  };
  for (const Row& row : rows) {
    llm::DecoderOptions options;
    options.keep_text = false;
    const auto decoder = row.make(options);
    // The first events of a thread make its buffers, those of a stream its id and its tools.
    const auto feed = [&] {
      for (const std::string& data : row.events) decoder->on_event({"", data, ""});
    };
    feed();
    CHECK(tests::count_allocations([&] {
            for (int i = 0; i < 100; ++i) feed();
          }) == 0);
    CHECK(decoder->reply().content_events >= 202);
    CHECK(decoder->reply().unknown_events == 0);
  }
}
