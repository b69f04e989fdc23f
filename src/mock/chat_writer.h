// The form of chat completions: https://platform.openai.com/docs/api-reference/chat
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mock/answer.h"
#include "mock/answer_steps.h"
#include "mock/stream_event.h"

namespace mock {

// Writes steps as OpenAI's own bytes are: data-only frames, a chunk with the role first, one with
// the finish_reason last, then, where asked for, one with the usage and no choices, then [DONE].
// Every chunk ends with 0 to 15 letters of `obfuscation`. Reasoning is not shown: its tokens count
// to the next chunk. There are no pings.
//
// Lifetime: the answer outlives the writer.
class ChatWriter {
 public:
  ChatWriter(const Answer& answer, base::RandomStream padding);

  // Appends the step's events: often one, at times none.
  void write(const Step& step, std::vector<StreamEvent>& events);

 private:
  void write_block_start(const Step& step, std::vector<StreamEvent>& events);
  void write_delta(const Step& step, std::vector<StreamEvent>& events);
  void write_end(const Step& step, std::vector<StreamEvent>& events);
  void add_choice(const Step& step, std::string_view delta, std::string_view finish_reason,
                  std::vector<StreamEvent>& events);
  void add_chunk(const Step& step, std::string_view choices, std::string_view usage,
                 std::vector<StreamEvent>& events);

  std::size_t call_index(std::size_t block) const;  // Among the tool calls.

  const Answer& answer_;
  base::RandomStream padding_;
  std::string head_;  // What all chunks begin with.
};

// The body of an answer that is not streamed. `text` gives its words.
std::string chat_json(const Answer& answer, TokenText text);

}  // namespace mock
