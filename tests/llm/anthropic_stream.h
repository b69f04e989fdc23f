// What the tests of the stream decoder of llm/anthropic.h share.
#pragma once

#include <string>
#include <vector>

#include "fixtures.h"
#include "llm/anthropic.h"

namespace tests {

struct Decoded {
  llm::Reply reply;
  std::vector<llm::Content> contents;  // Of every event.
};

inline Decoded decode(const std::string& stream, const llm::DecoderOptions& options = {}) {
  Decoded decoded;
  const auto decoder = llm::make_anthropic_decoder(options);
  net::SseParser parser(
      [&](const net::SseEvent& event) { decoded.contents.push_back(decoder->on_event(event)); });
  parser.feed(stream);
  decoder->on_end(llm::BodyEnd::kWhole);
  decoded.reply = decoder->take_reply();
  return decoded;
}

inline llm::Reply reply_of(const std::string& stream) { return decode(stream).reply; }

inline llm::Reply reply_of_fixture(const std::string& name) {
  return reply_of(read_fixture("anthropic/" + name));
}

// A stream of data-only events.
inline std::string stream_of(const std::vector<std::string>& events) {
  std::string stream;
  for (const std::string& data : events) stream += "data: " + data + "\n\n";
  return stream;
}

inline llm::Reply reply_to(const std::vector<std::string>& events) {
  return reply_of(stream_of(events));
}

inline std::string text_delta(const std::string& json_text) {
  return R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":")" +
         json_text + "\"}}";
}

inline std::string tool_start(int index, const std::string& input) {
  return R"({"type":"content_block_start","index":)" + std::to_string(index) +
         R"(,"content_block":{"type":"tool_use","id":"t)" + std::to_string(index) +
         R"(","name":"f","input":)" + input + "}}";
}

inline std::string tool_delta(int index, const std::string& json_text) {
  return R"({"type":"content_block_delta","index":)" + std::to_string(index) +
         R"(,"delta":{"type":"input_json_delta","partial_json":")" + json_text + "\"}}";
}

inline const std::string kStop = R"({"type":"message_stop"})";

}  // namespace tests
