// What the tests of the stream decoders share.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "fixtures.h"
#include "llm/anthropic.h"
#include "llm/openai.h"
#include "net/sse_parser.h"

namespace tests {

using MakeDecoder = std::unique_ptr<llm::StreamDecoder> (*)(llm::DecoderOptions);

struct Decoded {
  llm::Reply reply;
  std::vector<llm::Content> contents;  // Of every event.
};

// Each part in a read of its own, in memory that is gone after it.
inline Decoded decode(MakeDecoder make, const std::vector<std::string>& parts,
                      const llm::DecoderOptions& options = {},
                      llm::BodyEnd end = llm::BodyEnd::kWhole) {
  Decoded decoded;
  const auto decoder = make(options);
  net::SseParser parser(
      [&](const net::SseEvent& event) { decoded.contents.push_back(decoder->on_event(event)); });
  for (const std::string& part : parts) {
    const std::vector<char> block(part.begin(), part.end());
    parser.feed({block.data(), block.size()});
  }
  decoder->on_end(end);
  decoded.reply = decoder->take_reply();
  return decoded;
}

// A stream of data-only events.
inline std::string stream_of(const std::vector<std::string>& events) {
  std::string stream;
  for (const std::string& data : events) stream += "data: " + data + "\n\n";
  return stream;
}

// A dialect and the folder of fixtures that are streams of it.
struct Dialect {
  const char* folder;
  MakeDecoder make;
};

inline constexpr Dialect kDialects[] = {{"anthropic", llm::make_anthropic_decoder},
                                        {"openai_chat", llm::make_openai_chat_decoder},
                                        {"openai_responses", llm::make_openai_responses_decoder}};

// All that a reply holds, so that two can be compared and a difference be read.
inline std::string describe(const llm::Reply& reply) {
  std::string tools;
  for (const llm::ToolUse& tool : reply.tool_uses) {
    tools += fmt::format("{} {} {}; ", tool.id, tool.name, tool.input_json);
  }
  const llm::Usage& usage = reply.usage;
  const std::string thinking =
      usage.thinking_tokens ? std::to_string(*usage.thinking_tokens) : "unknown";
  std::string failure = "none";
  if (reply.failure) {
    failure = fmt::format("{} {} {} {} {} {}", to_string(reply.failure->kind),
                          reply.failure->status, reply.failure->type, reply.failure->message,
                          reply.failure->request_id, to_string(reply.failure->limit));
  }
  return fmt::format(
      "id {}\nmodel {}\nstop {}\ntext {}\nthinking {}\nthought {}\ntools {}\n"
      "input {} read {} write {} of an hour {} output {} thinking {} searches {} us {} fast {} "
      "final {}\nfailure {}\ncomplete {}\nevents {} content {} pings {} unknown {}",
      reply.id, reply.model, reply.stop_reason, reply.text, reply.thinking, reply.thought, tools,
      usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens,
      usage.cache_write_1h_tokens, usage.output_tokens, thinking, usage.web_searches, usage.us_only,
      usage.fast, usage.final, failure, reply.complete, reply.events, reply.content_events,
      reply.pings, reply.unknown_events);
}

}  // namespace tests
