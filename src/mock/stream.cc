#include "mock/stream.h"

#include <utility>

#include "mock/messages_api.h"

namespace mock {

Stream::Stream(const net::EventLoop& loop, std::unique_ptr<Exchange> exchange, StreamScript script,
               StreamRecord record, Recorder* recorder)
    : loop_(loop),
      exchange_(std::move(exchange)),
      script_(std::move(script)),
      record_(std::move(record)),
      recorder_(recorder) {
  script_.next(event_);
}

std::optional<base::TimePoint> Stream::send_next() {
  if (!begun_) {
    begun_ = true;
    Headers headers = {{"content-type", "text/event-stream; charset=utf-8"},
                       {"cache-control", "no-cache"},
                       {"connection", "keep-alive"}};
    for (auto& header : api_headers(record_.request_id)) headers.push_back(std::move(header));
    exchange_->begin_stream(headers);
  }
  const base::TimePoint sent = loop_.now();
  exchange_->send(event_.bytes);
  record_.output_tokens += event_.tokens;
  if (recorder_ != nullptr) record_.events.push_back({sent, event_.tokens, event_.name});
  if (script_.next(event_)) return due();
  exchange_->end_stream();
  if (recorder_ != nullptr) recorder_->record(std::move(record_));
  return std::nullopt;
}

void Stream::abandon() {
  if (recorder_ == nullptr) return;
  record_.closed_early = true;
  recorder_->record(std::move(record_));
}

}  // namespace mock
