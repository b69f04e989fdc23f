// The events of one streamed answer, one after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "mock/answer_steps.h"
#include "mock/chat_writer.h"
#include "mock/messages_writer.h"
#include "mock/responses_writer.h"
#include "mock/stream_event.h"

namespace mock {

// Makes each event when the one before it is gone.
//
// Cost: in the Messages dialect no allocation per event.
class Stream {
 public:
  // Lifetime: the answer outlives the stream.
  Stream(const Answer& answer, AnswerSteps steps, base::RandomStream padding);

  // The next event; null after the last. Valid until skip().
  const StreamEvent* event() const { return next_ < events_.size() ? &events_[next_] : nullptr; }

  // Tokens that were made for this event and since the one before it, hidden ones too, which no
  // event may carry.
  std::int64_t tokens() const { return tokens_; }

  // On to the next event.
  void skip();

 private:
  using Writer = std::variant<MessagesWriter, ChatWriter, ResponsesWriter>;
  static Writer make_writer(const Answer& answer, base::RandomStream padding);
  void prepare();
  template <typename OneWriter>
  void prepare_with(OneWriter& writer);

  AnswerSteps steps_;
  Writer writer_;
  Step step_;
  std::vector<StreamEvent> events_;  // Of one step.
  std::size_t next_ = 0;
  std::int64_t tokens_ = 0;
};

}  // namespace mock
