// The Messages API's form of an answer: https://docs.claude.com/en/api/messages-streaming
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mock/answer.h"
#include "mock/answer_steps.h"
#include "mock/stream_event.h"

namespace mock {

// Writes steps as the API's own bytes are: 0 to 15 spaces before the last brace of every event but
// ping; a tool's first input_json_delta is empty; a signature ends a thinking block.
class MessagesWriter {
 public:
  MessagesWriter(const Answer& answer, base::RandomStream padding)
      : answer_(answer), padding_(padding) {}

  // Appends the step's events.
  void write(const Step& step, std::vector<StreamEvent>& events);

  // Takes back events that are gone, so that the next ones need no memory of their own.
  void recycle(std::vector<StreamEvent>& events);

 private:
  StreamEvent& add(std::string_view name, const Step& step, std::vector<StreamEvent>& events);
  void write_start(const Step& step, std::vector<StreamEvent>& events);
  void write_block_start(const Step& step, std::vector<StreamEvent>& events);
  void write_ping(const Step& step, std::vector<StreamEvent>& events);
  void write_delta(const Step& step, std::uint32_t tokens, std::string_view text,
                   std::vector<StreamEvent>& events);
  void write_block_stop(const Step& step, std::vector<StreamEvent>& events);
  void write_end(const Step& step, std::vector<StreamEvent>& events);
  void write_signature(const Step& step, std::vector<StreamEvent>& events);
  void close(StreamEvent& event);

  const Answer& answer_;
  base::RandomStream padding_;
  bool owes_first_input_ = false;  // A tool's first, empty delta waits for the ping.
  std::vector<std::string> spare_bytes_;
};

// The body of an answer that is not streamed. `text` gives the words of text and thinking.
std::string message_json(const Answer& answer, TokenText text);

}  // namespace mock
