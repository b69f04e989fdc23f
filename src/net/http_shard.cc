#include "net/http_shard.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "base/text.h"
#include "net/arrival_bounds.h"
#include "net/arrival_stamps.h"
#include "net/cookies.h"
#include "net/transfer_options.h"
#include "net/transfer_result.h"

namespace net {
namespace {

void note_arrival(HttpStamps& stamps, const LastRead& read, const EventLoop& loop) {
  stamps.done = read.arrived;
  if (read.by_kernel) return;
  stamps.arrival_error = read.arrived - std::max(loop.previous_wake(), stamps.sending);
}

}  // namespace

HttpShard::HttpShard(EventLoop& loop, CURLSH* share, ReadAhead& ahead,
                     const HttpClientOptions& options)
    : loop_(loop),
      share_(share),
      ahead_(ahead),
      options_(options),
      multi_(curl_multi_init()),
      timer_(loop, [this] { act(CURL_SOCKET_TIMEOUT, 0); }) {
  if (multi_ == nullptr) throw std::runtime_error("cannot make a curl multi handle");
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  // curl's default follows the number of running transfers and would close warm connections.
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS,
                    static_cast<long>(2 * options.transfers_per_shard));
}

HttpShard::~HttpShard() {
  for (CURL* easy : idle_) curl_easy_cleanup(easy);
  curl_multi_cleanup(multi_);
}

void HttpShard::add(HttpTransfer::State& transfer) {
  transfer.shard = this;
  ++open_transfers_;
  transfer.easy = take_easy();
  set_options(transfer);
  has_added_ = true;
  if (curl_multi_add_handle(multi_, transfer.easy) == CURLM_OK) return;
  remove(transfer);
  throw std::runtime_error("cannot start a transfer: out of memory");
}

void HttpShard::run_added() {
  has_added_ = false;
  act(CURL_SOCKET_TIMEOUT, 0);
}

void HttpShard::remove(HttpTransfer::State& transfer) {
  end_read_ahead(transfer, false);
  transfer.shard = nullptr;
  --open_transfers_;
  curl_multi_remove_handle(multi_, transfer.easy);
  if (transfer.request.cookies) {
    // Of a transfer that is given up too: its answer's headers may have come.
    save_cookies(transfer.easy, transfer.loaded_cookies, *transfer.request.cookies);
    drop_cookies(transfer.easy);
  }
  curl_easy_reset(transfer.easy);
  idle_.push_back(transfer.easy);
  transfer.easy = nullptr;
  curl_slist_free_all(transfer.header_list);
  transfer.header_list = nullptr;
}

CURL* HttpShard::take_easy() {
  if (!idle_.empty()) {
    CURL* easy = idle_.back();
    idle_.pop_back();
    return easy;
  }
  CURL* easy = curl_easy_init();
  if (easy == nullptr) throw std::runtime_error("cannot make a curl handle");
  return easy;
}

void HttpShard::set_options(HttpTransfer::State& transfer) {
  CURL* easy = transfer.easy;
  if (transfer.request.cookies) transfer.loaded_cookies = transfer.request.cookies->lines;
  transfer.header_list = set_request_options(easy, transfer.request, options_);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
  curl_easy_setopt(easy, CURLOPT_SHARE, share_);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.error_text);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, &on_socket_made);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &on_request);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  if (options_.debug != HttpDebug::kOff) {
    transfer.debug = std::make_unique<HttpDebugLog>(transfer.request, options_);
    transfer.debug->attach(easy);
  }
}

void HttpShard::act(curl_socket_t fd, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, fd, events, &running);
  stamp_next_send(nullptr);
  forget_short_read();
  drain();
}

void HttpShard::drain() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    HttpTransfer::State* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    finish(*transfer, code);
  }
}

void HttpShard::finish(HttpTransfer::State& transfer, CURLcode code) {
  HttpResult& result = transfer.result;
  // A clean end came with the last read, and that has its stamp.
  const bool clean = code == CURLE_OK && result.stamps.done != base::TimePoint{};
  if (!clean) result.stamps.done = loop_.now();
  note_end(transfer, code);
  if (transfer.debug) transfer.debug->end(result.message);
  end_read_ahead(transfer, code == CURLE_OK);
  remove(transfer);
  // The callback may destroy the transfer, so what it needs is moved out first.
  const auto on_done = std::move(transfer.callbacks.on_done);
  if (on_done) on_done(std::move(result));
}

HttpShard::Socket::Socket(HttpShard& home, curl_socket_t number)
    : shard(home),
      fd(number),
      ahead(home.ahead_, number, [this] { shard.act(fd, CURL_CSELECT_IN); }),
      watch(home.loop_, number, EventLoop::kNothing, [this](unsigned ready) { on_ready(ready); }) {}

void HttpShard::Socket::on_ready(unsigned ready) {
  if (ahead.begun() && ready == EventLoop::kRead && interest == EventLoop::kRead) {
    return ahead.on_readable();
  }
  int events = 0;
  if (ready & EventLoop::kRead) events |= CURL_CSELECT_IN;
  if (ready & EventLoop::kWrite) events |= CURL_CSELECT_OUT;
  shard.act(fd, events);
}

int HttpShard::on_socket(CURL* /*easy*/, curl_socket_t fd, int what, void* shard, void* /*watch*/) {
  auto& self = *static_cast<HttpShard*>(shard);
  // A transfer that ends leaves its connection to the next one, which must ask whether it lives.
  forget_short_read();
  auto& socket = self.sockets_[fd];
  if (!socket) socket = std::make_unique<Socket>(self, fd);
  socket->interest = what == CURL_POLL_IN      ? EventLoop::kRead
                     : what == CURL_POLL_OUT   ? EventLoop::kWrite
                     : what == CURL_POLL_INOUT ? EventLoop::kRead | EventLoop::kWrite
                                               : EventLoop::kNothing;
  socket->watch.change(socket->interest);
  return 0;
}

// Of what is not in chunks it cannot be seen in the bytes alone where it ends.
void HttpShard::begin_read_ahead(HttpTransfer::State& transfer, curl_socket_t fd) {
  transfer.may_read_ahead = false;
  // A time-out is to find all that came before it.
  constexpr base::Duration kSpare = std::chrono::seconds(1);
  const base::TimePoint until =
      transfer.result.stamps.start + transfer.request.total_timeout - kSpare;
  long version = 0;
  curl_tlssessioninfo* tls = nullptr;
  curl_easy_getinfo(transfer.easy, CURLINFO_HTTP_VERSION, &version);
  curl_easy_getinfo(transfer.easy, CURLINFO_TLS_SSL_PTR, &tls);
  const bool plain = tls == nullptr || tls->internals == nullptr;
  const bool chunked =
      base::to_lower(find_header(transfer.result.headers, "transfer-encoding")) == "chunked";
  const auto found = sockets_.find(fd);
  if (version != CURL_HTTP_VERSION_1_1 || !plain || !chunked || transfer.debug ||
      found == sockets_.end()) {
    return;
  }
  transfer.ahead = &found->second->ahead;
  transfer.ahead->begin(until);
}

void HttpShard::end_read_ahead(HttpTransfer::State& transfer, bool connection_stays) {
  if (transfer.ahead != nullptr) transfer.ahead->end(connection_stays);
  transfer.ahead = nullptr;
}

int HttpShard::on_timer(CURLM* /*multi*/, long timeout_ms, void* shard) {
  auto& self = *static_cast<HttpShard*>(shard);
  if (timeout_ms < 0) {
    self.timer_.disarm();
  } else {
    self.timer_.arm_after(std::chrono::milliseconds(timeout_ms));
  }
  return 0;
}

// curl forgets why a socket could not be made.
curl_socket_t HttpShard::open_socket(void* transfer, curlsocktype /*purpose*/,
                                     curl_sockaddr* address) {
  const int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  auto& state = *static_cast<HttpTransfer::State*>(transfer);
  if (fd < 0 && (errno == EMFILE || errno == ENFILE)) state.found_no_descriptor = true;
  state.tried_ipv4 |= address->family == AF_INET;
  state.last_family = address->family;
  return fd < 0 ? CURL_SOCKET_BAD : fd;
}

int HttpShard::on_socket_made(void* /*transfer*/, curl_socket_t fd, curlsocktype /*purpose*/) {
  ask_for_stamps(fd);
  if (AheadSocket* last = holder_of(fd)) last->end(false);  // Of the number's last connection.
  return CURL_SOCKOPT_OK;
}

int HttpShard::on_request(void* transfer, char* /*ip*/, char* /*local_ip*/, int /*port*/,
                          int /*local_port*/) {
  auto& state = *static_cast<HttpTransfer::State*>(transfer);
  if (state.prerequests++ > 0) return CURL_PREREQFUNC_OK;
  // curl sends right after this; should it not, this moment stands.
  state.result.stamps.sending = state.shard->loop_.now();
  stamp_next_send(&state.result.stamps.sending);
  return CURL_PREREQFUNC_OK;
}

size_t HttpShard::on_header(char* bytes, size_t size, size_t count, void* transfer) {
  auto& state = *static_cast<HttpTransfer::State*>(transfer);
  HttpResult& result = state.result;
  const std::string_view line(bytes, size * count);
  const LastRead& read = last_read();
  if (result.stamps.first_byte == base::TimePoint{}) {
    result.stamps.first_byte = read.arrived;
    result.stamps.sent = std::max(result.stamps.sending, last_send(read.fd));
  }
  note_arrival(result.stamps, read, state.shard->loop_);
  if (line.starts_with("HTTP/")) {
    result.headers.clear();  // A new answer after a "100 Continue".
    long status = 0;
    curl_easy_getinfo(state.easy, CURLINFO_RESPONSE_CODE, &status);
    result.status = static_cast<int>(status);
    return line.size();
  }
  const size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    result.headers.emplace_back(base::to_lower(line.substr(0, colon)),
                                std::string(base::trim(line.substr(colon + 1))));
  } else if (base::trim(line).empty() && result.status >= 200 && !state.headers_told) {
    state.headers_told = true;
    if (state.callbacks.on_headers) state.callbacks.on_headers(result.status, result.headers);
  }
  return line.size();
}

size_t HttpShard::on_body(char* bytes, size_t size, size_t count, void* transfer) {
  auto& state = *static_cast<HttpTransfer::State*>(transfer);
  const LastRead& read = last_read();
  note_arrival(state.result.stamps, read, state.shard->loop_);
  if (state.debug) state.debug->note_body({bytes, size * count});
  if (!state.callbacks.on_body) return size * count;
  const ArrivalBounds bounds =
      read.bounds ? *read.bounds : arrival_bounds(read, state.shard->loop_);
  const BodyPart part{.bytes = {bytes, size * count},
                      .read_number = read.number,
                      .earliest = bounds.earliest,
                      .found_empty = bounds.found_empty,
                      .woken = bounds.woken,
                      .arrived = read.arrived,
                      .handled = read.handled,
                      .by_kernel = read.by_kernel};
  if (state.callbacks.on_body(part)) {
    if (state.may_read_ahead) state.shard->begin_read_ahead(state, read.fd);
    return size * count;
  }
  state.stopped = true;
  return 0;  // Anything but the full size makes curl give the transfer up.
}

}  // namespace net
