// What the tests of the stream decoder of llm/anthropic.h share.
#pragma once

#include <string>
#include <vector>

#include "fixtures.h"
#include "llm/anthropic.h"
#include "llm/decoding.h"

namespace tests {

inline Decoded decode(const std::string& stream, const llm::DecoderOptions& options = {}) {
  return decode(llm::make_anthropic_decoder, {stream}, options);
}

inline llm::Reply reply_of(const std::string& stream) { return decode(stream).reply; }

inline llm::Reply reply_of_fixture(const std::string& name) {
  return reply_of(read_fixture("anthropic/" + name));
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
