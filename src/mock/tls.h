// HTTPS for the mock: its certificate, and connections on which tokens go out at once.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct bufferevent;
struct event_base;
struct evhttp_request;
struct ssl_ctx_st;
struct ssl_st;

namespace mock {

// What all connections of a server share. TLS 1.2 and later, HTTP/1.1 alone.
//
// Threads:  its loop's.
// Lifetime: connections hold what they need of it; only make_connection() needs it alive.
// REQUIRES: SIGPIPE is ignored: OpenSSL writes to sockets without MSG_NOSIGNAL.
class TlsContext {
 public:
  // PEM files; the first certificate is the server's, others its chain.
  // Errors: files that cannot be read, a key that is another certificate's or has a passphrase;
  // they name the file.
  static base::Result<std::unique_ptr<TlsContext>> from_files(const std::string& certificate_file,
                                                              const std::string& key_file);

  // A new key (P-256) and a certificate that it signs itself, for the host (a name or an address),
  // localhost, 127.0.0.1 and ::1, for a year. Errors: a host that cannot stand in a certificate.
  static base::Result<std::unique_ptr<TlsContext>> self_signed(const std::string& host);

  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // The server's certificate, for a tester to trust.
  std::string certificate_pem() const;

  // A connection that waits for its descriptor and then for a client's handshake. For
  // evhttp_set_bevcb(), whose argument is the context.
  static bufferevent* make_connection(event_base* base, void* context);

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}

  ssl_ctx_st* context_;
};

// Null for a connection without TLS.
ssl_st* ssl_of(bufferevent* connection);

// Hands data to the kernel at once, in one record where it is not longer than 16 KB, or to the
// connection's output buffer where something waits there already or the socket is full. A broken
// connection is not told: the loop sees it and closes the connection by its callback.
//
// REQUIRES: a TLS connection whose handshake is over and that is enabled for writing, as it is
// after evhttp_send_reply_start().
// Returns: whether the kernel has taken everything.
bool tls_write(bufferevent* connection, std::string_view data);

// The same for what stands in the output buffer, such as an answer's head.
bool tls_flush(bufferevent* connection);

// evhttp_send_reply_end() for an answer over TLS. evhttp takes the next call of its write callback
// for the end of the answer; over TLS the call may be a late one, for data that went out before,
// and what is left of the answer would never follow. This keeps such calls from evhttp.
void tls_end_stream(evhttp_request* request);

}  // namespace mock
