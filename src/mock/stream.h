// One streamed answer on its way to the client.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "mock/exchange.h"
#include "mock/recorder.h"
#include "mock/stream_script.h"
#include "net/event_loop.h"

namespace mock {

// Lifetime: the loop and the recorder outlive it.
class Stream {
 public:
  // recorder may be null.
  Stream(const net::EventLoop& loop, std::unique_ptr<Exchange> exchange, StreamScript script,
         StreamRecord record, Recorder* recorder);

  Exchange& exchange() { return *exchange_; }

  // When the next event is due.
  base::TimePoint due() const { return record_.received + event_.due; }

  // Sends the next event; the first brings the headers along. Returns when the one after it is due,
  // nothing after the last.
  std::optional<base::TimePoint> send_next();

  // The client is gone: writes the record of what it got.
  void abandon();

 private:
  const net::EventLoop& loop_;
  std::unique_ptr<Exchange> exchange_;
  StreamScript script_;
  StreamRecord record_;
  Recorder* recorder_;
  ScriptedEvent event_;  // Prepared before it is due.
  bool begun_ = false;
};

}  // namespace mock
