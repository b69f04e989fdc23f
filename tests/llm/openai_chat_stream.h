// What the tests of the chat completions' decoder share.
#pragma once

#include <string>
#include <vector>

#include "llm/decoding.h"

namespace tests {

inline Decoded decode_chat(const std::string& stream, llm::BodyEnd end = llm::BodyEnd::kWhole) {
  return decode(llm::make_openai_chat_decoder, {stream}, {}, end);
}

inline Decoded decode_chat_fixture(const std::string& name) {
  return decode_chat(read_fixture("openai_chat/" + name));
}

inline llm::Reply chat_reply_to(const std::vector<std::string>& events) {
  return decode_chat(stream_of(events)).reply;
}

// A chunk of one choice; `rest` follows the choices, as in `,"usage":null`.
inline std::string chat_chunk(const std::string& delta, const std::string& finish_reason = "null",
                              const std::string& rest = "") {
  return R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m",)"
         R"("choices":[{"index":0,"delta":)" +
         delta + R"(,"logprobs":null,"finish_reason":)" + finish_reason + "}]" + rest + "}";
}

inline std::string chat_text(const std::string& json_text) {
  return chat_chunk(R"({"content":")" + json_text + "\"}");
}

inline const std::string kChatStop = chat_chunk("{}", "\"stop\"");
inline const std::string kChatDone = "[DONE]";

}  // namespace tests
