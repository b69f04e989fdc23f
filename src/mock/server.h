// A server that behaves like the Claude API, and like OpenAI's, and writes down what it really did.
#pragma once

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "mock/options.h"
#include "net/event_loop.h"

namespace mock {

// Serves what service.h lists, on its loop.
//
// Token i of a stream is due at request let in + TTFT + i × gap, on absolute deadlines, so a late
// token does not make the next one late. A request is let in when it comes, unless it has to wait
// for others. Everything drawn (TTFT, gaps, lengths, padding, faults) comes from the seed and the
// request's number.
//
// Threads: its loop's.
// Lifetime: the loop outlives the server; destroying the server closes its connections.
class Server {
 public:
  // Errors: an address that cannot be bound, a record file that cannot be written, a certificate
  // that cannot be used.
  static base::Result<std::unique_ptr<Server>> start(net::EventLoop& loop, Options options);
  ~Server();

  std::uint16_t port() const;

 private:
  class State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mock
