// One HTTP request and its answer, on evhttp.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "mock/reply.h"

struct evhttp_connection;
struct evhttp_request;
struct bufferevent;
struct evbuffer;

namespace mock {

// From a complete request to the end of its answer, which is either one reply() or begin_stream(),
// send()s and end_stream(), or breaks off with close() or reset().
//
// Streamed data does not pass through evhttp's buffers unless the client is slow to read: send()
// hands it straight to the kernel, encrypted where the connection has TLS.
//
// Threads:  the loop's that evhttp runs on.
// Lifetime: may go before the connection does; destroyed without an answer, it closes the
// connection.
class Exchange {
 public:
  explicit Exchange(evhttp_request* request);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  std::string_view method() const;
  std::string_view path() const;
  std::string_view query() const;
  std::optional<std::string_view> header(const char* name) const;
  Headers headers() const;  // With lower-case names.
  std::string_view body() const;

  // Calls back if the client goes away, or the server ends, before the answer is complete. The
  // callback may destroy the exchange. For answers that take time: without it nobody looks at the
  // connection until something is sent.
  void on_close(std::function<void()> callback);

  void reply(const Reply& reply);

  void begin_stream(const Headers& headers);
  void send(std::string_view data);
  void end_stream();

  // The connection ends here, in the middle of an answer: as after an orderly shutdown, or as if
  // the server had crashed. What a slow client has not taken yet is lost.
  void close();
  void reset();

 private:
  static void on_connection_closed(evhttp_connection* connection, void* exchange);
  void add_headers(const Headers& headers);
  void flush_head();
  void send_plain(std::string_view chunk_head, std::string_view data, std::string_view chunk_tail);
  void release();

  evhttp_request* request_;  // Null once answered or closed.
  evhttp_connection* connection_;
  bufferevent* transport_;
  evbuffer* output_;
  int fd_;
  bool is_encrypted_;
  bool chunked_ = false;
  std::string record_;  // Of TLS: a chunk in one piece.
  std::function<void()> on_close_;
};

}  // namespace mock
