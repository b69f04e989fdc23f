// An HTTP client for many streams at once, on libcurl's multi_socket_action.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/event_loop.h"

namespace net {

// What went wrong below HTTP.
enum class TransferError {
  kNone,
  kTimeout,  // The connect or total time-out.
  kConnect,
  kDns,
  kTls,
  kReset,     // The connection broke before the answer's end.
  kPartial,   // It was closed in good order before the answer's end.
  kProtocol,  // Not HTTP, or a URL that is none.
  kStopped,   // on_body returned false.
};

// What this machine lacked where a connection could not be made.
enum class Lacked { kNothing, kDescriptors, kPorts };

// A user's cookies, in curl's own form (the lines of a Netscape cookie file). Requests that share a
// jar see each other's cookies; where several change the same one at once, the last to end
// wins.
struct CookieJar {
  std::vector<std::string> lines;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers;         // "name: value"
  std::shared_ptr<const std::string> body;  // Null for none. Shared, never copied.
  base::Duration connect_timeout = std::chrono::seconds(10);  // Name look-up and TLS included.
  base::Duration total_timeout = std::chrono::seconds(600);
  bool verify_tls = true;
  bool http2 = false;
  // Offer gzip, deflate and the like, and hand on the decoded body.
  bool accept_encoding = false;
  std::string user_password;  // "user:password" for basic authentication; "" for none.
  std::string cookie;         // "name=value; name=value": sent beside the jar's, not kept.
  std::shared_ptr<CookieJar> cookies{};  // Null for none.
  std::uint64_t affinity = 0;  // Transfers with near numbers share connections: use the VU's.
};

// The moments of a transfer; the epoch where it did not get that far.
struct HttpStamps {
  base::TimePoint start{};       // Given to curl.
  base::TimePoint sending{};     // The connection is open, the first byte is handed to it.
  base::TimePoint sent{};        // The last of the request's bytes went out.
  base::TimePoint first_byte{};  // Of the answer's headers, by its arrival stamp.
  base::TimePoint done{};        // The answer's last byte, by its arrival stamp; else the failure.
  // How long before first_byte and done the bytes may really have come: zero with a kernel's
  // stamps.
  base::Duration arrival_error{};
  // Of a new connection; zero on a reused one.
  base::Duration looking_up{};
  base::Duration connecting{};
  base::Duration tls_handshaking{};
};

using Headers = std::vector<std::pair<std::string, std::string>>;  // Names in lower case.

// "" where there is no such header; the last one where there are several.
std::string_view find_header(const Headers& headers, std::string_view lower_case_name);

// True for headers that carry keys, passwords or cookies: they are neither shown nor sent on to
// another server. In any spelling.
bool is_credential_header(std::string_view name);

struct HttpResult {
  TransferError error = TransferError::kNone;
  Lacked lacked = Lacked::kNothing;
  std::string message;  // What curl says about the error; without the request's headers.
  int status = 0;       // 0 where no answer came.
  Headers headers;
  HttpStamps stamps;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;  // As they came over the wire: a compressed body counts small.
  int hidden_retries = 0;    // curl repeats a request whose reused connection turned out dead.
  std::string_view version;  // "1.0", "1.1", "2"; "" where no answer came.
  std::string remote_ip;     // Of the server, or of the proxy before it; "" without a connection.
  int remote_port = 0;
};

// A part of the body, as one read of the socket brought it (several parts may come from one read).
// The bytes arrived within [earliest, arrived], and with a kernel's stamp the last one at
// `arrived`. `earliest` takes the loop's wake for a prompt one, or for one that only lacked a core;
// it should have come at `woken` (see EventLoop::should_have_woken()). They came no earlier than
// `found_empty` in any case.
struct BodyPart {
  std::string_view bytes;
  std::uint64_t read_number = 0;  // The same for all parts of one read.
  base::TimePoint earliest{};
  base::TimePoint found_empty{};
  base::TimePoint woken{};
  base::TimePoint arrived{};
  base::TimePoint handled{};
  bool by_kernel = false;
};

// on_headers and on_body are called from within curl: they may look and store, but must not start,
// cancel or destroy transfers. on_done comes exactly once unless the transfer is destroyed first,
// never from within start(), and may do anything.
struct HttpCallbacks {
  std::function<void(int status, const Headers& headers)> on_headers;
  std::function<bool(const BodyPart& part)> on_body;  // False stops the transfer.
  std::function<void(HttpResult result)> on_done;
};

class HttpShard;

// One request under way. Destroying it cancels it, which closes its connection.
class HttpTransfer {
 public:
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  // What is known while it is under way.
  const HttpStamps& stamps() const;
  HttpResult result_so_far() const;

  // What comes from now on may be handed to on_body up to ReadAhead::kLongest later, though with
  // the same stamps, which is cheaper (net/read_ahead.h). Only plain HTTP/1.1 in chunks is. Also
  // from within on_body.
  void allow_read_ahead();
  // Hands over at once what was read ahead, and so may call back. Call before time-outs are judged,
  // and before a transfer is destroyed whose bytes count. Not from within on_headers or on_body.
  void hand_over();

  // The request back, for another one like it. REQUIRES: it is done; call once.
  HttpRequest take_request();

  struct State;  // Known to the client's own sources alone.

 private:
  friend class HttpClient;
  explicit HttpTransfer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// What is written down of each request and its answer. Credentials and cookies are left out.
enum class HttpDebug {
  kOff,
  kHeaders,
  kFull,  // Bodies too, cut where they are long.
};

struct HttpClientOptions {
  // Starting a request walks all of its multi handle's connections, so there are many small ones.
  std::uint64_t transfers_per_shard = 128;
  std::string user_agent = "perigee";
  std::string ca_file{};          // Trusted instead of the system's certificates; "" for those.
  std::string proxy{};            // A URL; "" takes http_proxy and the like from the environment.
  bool verify_tls = true;         // False: whatever the request says.
  bool reuse_connections = true;  // False: each request has a connection of its own.
  bool http2 = false;             // True: for all requests.
  HttpDebug debug = HttpDebug::kOff;
  std::function<void(std::string_view text)> debug_sink{};  // Null for stderr.
};

// Errors: a file without certificates; names the file.
base::Result<void> check_ca_file(const std::string& path);

// Threads:  its loop's.
// Lifetime: the loop outlives the client, the client its transfers.
// Errors:   none are thrown for what a server or a URL does: they come through on_done.
// Cost:     see bench/README.md; about 7 µs of CPU for each streamed read.
class HttpClient {
 public:
  HttpClient(EventLoop& loop, HttpClientOptions options);
  ~HttpClient();

  std::unique_ptr<HttpTransfer> start(HttpRequest request, HttpCallbacks callbacks);

  // Sends off at once what was started since the last call; the loop's next turn would do it, too.
  // A connection that ends one transfer and begins another within a turn then costs epoll nothing.
  // May call back: not to be called by what is called back.
  void run_started();

  std::size_t open_transfers() const;  // That are under way now.

 private:
  HttpShard& shard(std::uint64_t affinity);

  struct Shared;  // What all shards share: DNS results and TLS sessions of this thread.
  EventLoop& loop_;
  HttpClientOptions options_;
  std::unique_ptr<Shared> shared_;
  std::vector<std::unique_ptr<HttpShard>> shards_;
  std::vector<HttpShard*> started_;  // Those with transfers that have not run yet.
};

// Once per process, before threads start.
void initialize_http();

}  // namespace net
