// The Messages API's form of an answer: https://docs.claude.com/en/api/messages-streaming
#pragma once

#include <string>
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

 private:
  const Answer& answer_;
  base::RandomStream padding_;
};

// The body of an answer that is not streamed. `text` gives the words of text and thinking.
std::string message_json(const Answer& answer, TokenText text);

}  // namespace mock
