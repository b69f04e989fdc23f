// The form of responses: https://platform.openai.com/docs/api-reference/responses
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "mock/answer.h"
#include "mock/answer_steps.h"
#include "mock/stream_event.h"

namespace mock {

// Writes steps as OpenAI's own bytes are: response.created … response.completed, or
// response.incomplete where max_tokens or a refusal ended it; each event with its sequence_number,
// deltas with 0 to 15 letters of `obfuscation`; no pings and no [DONE]. Each block of the answer is
// an item of the output; reasoning that is not shown is an item without a summary.
//
// Lifetime: the answer outlives the writer.
// Cost:     keeps the text, which the last events repeat.
class ResponsesWriter {
 public:
  ResponsesWriter(const Answer& answer, base::RandomStream padding)
      : answer_(answer), padding_(padding), texts_(answer.blocks.size()) {}

  // Appends the step's events: up to three, at times none.
  void write(const Step& step, std::vector<StreamEvent>& events);

 private:
  void write_start(const Step& step, std::vector<StreamEvent>& events);
  void write_block_start(const Step& step, std::vector<StreamEvent>& events);
  void write_delta(const Step& step, std::vector<StreamEvent>& events);
  void write_block_stop(const Step& step, std::vector<StreamEvent>& events);
  void write_end(const Step& step, std::vector<StreamEvent>& events);
  void add(const Step& step, std::string_view type, const nlohmann::ordered_json& fields,
           std::vector<StreamEvent>& events);
  nlohmann::ordered_json in_item(const Step& step) const;

  const Answer& answer_;
  base::RandomStream padding_;
  std::vector<std::string> texts_;  // What each block has said so far.
  std::uint64_t sequence_ = 0;
};

// The body of an answer that is not streamed. `text` gives the words of text and summaries.
std::string response_json(const Answer& answer, TokenText text);

}  // namespace mock
