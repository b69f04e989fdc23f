#include "mock/stream.h"

#include <utility>

namespace mock {

Stream::Stream(const Answer& answer, AnswerSteps steps, base::RandomStream padding)
    : steps_(std::move(steps)), writer_(make_writer(answer, padding)) {
  prepare();
}

Stream::Writer Stream::make_writer(const Answer& answer, base::RandomStream padding) {
  switch (answer.dialect) {
    case Dialect::kMessages:
      return MessagesWriter(answer, padding);
    case Dialect::kChat:
      return ChatWriter(answer, padding);
    case Dialect::kResponses:
      break;
  }
  return ResponsesWriter(answer, padding);
}

void Stream::skip() {
  ++next_;
  tokens_ = 0;
  if (next_ == events_.size()) prepare();
}

void Stream::prepare() {
  std::visit([this](auto& writer) { prepare_with(writer); }, writer_);
}

// Some steps have no event in some dialects.
template <typename OneWriter>
void Stream::prepare_with(OneWriter& writer) {
  if constexpr (requires { writer.recycle(events_); }) writer.recycle(events_);
  events_.clear();
  next_ = 0;
  while (events_.empty() && steps_.next(step_)) {
    tokens_ += step_.tokens;
    writer.write(step_, events_);
  }
}

}  // namespace mock
