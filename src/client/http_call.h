// One plain HTTP request from asked to done.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "client/context.h"
#include "client/record.h"

namespace client {

struct HttpSpec {
  net::HttpRequest request;
  metrics::TagSet tags;  // name and what the script gave; the iteration's are joined to them.
  bool discard_body = false;
};

// What a script gets to see.
struct HttpAnswer {
  net::HttpResult result;
  std::optional<llm::ErrorKind> error;  // Of the transfer or by the status.
  std::string error_message;
  std::string body;
};

// Asks at once; `on_done` comes once, from the loop. Destroying it unfinished counts it as
// censored. Lifetime: the context outlives the call.
class HttpCall {
 public:
  HttpCall(Context& context, HttpSpec spec, Origin origin, std::function<void()> on_done);
  ~HttpCall();
  HttpCall(const HttpCall&) = delete;
  HttpCall& operator=(const HttpCall&) = delete;

  bool done() const { return done_; }
  HttpAnswer& answer() { return answer_; }  // REQUIRES: done().

 private:
  void finish(net::HttpResult result);

  Context& context_;
  HttpRecord record_;
  HttpAnswer answer_;
  std::function<void()> on_done_;
  bool discard_body_;
  bool done_ = false;
  std::unique_ptr<net::HttpTransfer> transfer_;
};

// The kind of a failure below HTTP; nothing where there was none.
std::optional<llm::ErrorKind> to_error_kind(net::TransferError error);

// The iteration's tags with those of one request.
metrics::TagSet join_tags(const Context& context, const Origin& origin,
                          const metrics::TagSet& request_tags, const std::string& method);

}  // namespace client
