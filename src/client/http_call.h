// One plain HTTP request from asked to done.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/context.h"
#include "client/record.h"

namespace client {

// Statuses that count as success: from low to high, both included.
struct StatusRange {
  int low = 0;
  int high = 0;
};

struct HttpSpec {
  net::HttpRequest request;
  metrics::TagSet tags;  // name and what the script gave; the iteration's are joined to them.
  bool discard_body = false;
  // Takes the body of an answer with a status of 200 to 299 as it arrives, in place of
  // HttpAnswer::body and without a limit to its size. False ends the request as kProtocol. Called
  // from within curl: it may look and store.
  std::function<bool(std::string_view bytes)> body_sink{};
  int redirects = 10;  // Follow at most so many; 0 hands out the redirect itself.
  std::vector<StatusRange> expected_statuses{};  // None for 100 to 399.
};

// What a script gets to see.
struct HttpAnswer {
  net::HttpResult result;               // Of the last request.
  std::optional<llm::ErrorKind> error;  // Of the transfer or by the status.
  std::string error_message;
  std::string body;
  std::string url;    // Of the last request.
  int redirects = 0;  // How many were followed.
};

// Asks at once; `on_done` comes once, from the loop. Destroying it unfinished counts it as
// censored.
//
// Follows redirects itself: each is a request of its own, with its own samples. Their time-outs are
// one: what the first request took is taken from the next one's. A redirect that was followed has
// succeeded, whatever is expected of the last answer. One too many fails as kProtocol, with its
// answer kept.
//
// An answer with more than 64 MB of decoded body fails as kProtocol, without its body, unless that
// is discarded or goes to a sink.
//
// Lifetime: the context outlives the call.
class HttpCall {
 public:
  HttpCall(Context& context, HttpSpec spec, Origin origin, std::function<void()> on_done);
  ~HttpCall();
  HttpCall(const HttpCall&) = delete;
  HttpCall& operator=(const HttpCall&) = delete;

  bool done() const { return done_; }
  HttpAnswer& answer() { return answer_; }  // REQUIRES: done().

 private:
  void send(net::HttpRequest request);
  bool on_body(const net::BodyPart& part);
  void on_answer(net::HttpResult result);
  void judge(const net::HttpResult& result);
  // The next request, where the answer is a redirect that can be followed.
  std::optional<net::HttpRequest> next_request(const net::HttpResult& result);
  void record(net::HttpResult result);  // Of one request: its samples, and its line.

  Context& context_;
  HttpSpec spec_;  // Its request is under way, in transfer_.
  HttpRecord record_;
  HttpAnswer answer_;
  std::function<void()> on_done_;
  base::TimePoint deadline_;
  std::uint64_t last_read_ = 0;
  int status_ = 0;  // Of the answer whose body arrives.
  bool done_ = false;
  std::unique_ptr<net::HttpTransfer> transfer_;
};

// The kind of a failure below HTTP; nothing where there was none.
std::optional<llm::ErrorKind> to_error_kind(net::TransferError error);

// The iteration's tags with those of one request.
metrics::TagSet join_tags(const Context& context, const Origin& origin,
                          const metrics::TagSet& request_tags, const std::string& method);

}  // namespace client
