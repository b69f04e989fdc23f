#include "mock/exchange.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <memory>

#include "base/text.h"
#include "mock/tls.h"

namespace mock {
namespace {

bool has_body(std::string_view method, int status) {
  return method != "HEAD" && status != 204 && status != 304;
}

std::string_view or_empty(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

}  // namespace

Exchange::Exchange(evhttp_request* request)
    : request_(request),
      connection_(evhttp_request_get_connection(request)),
      transport_(evhttp_connection_get_bufferevent(connection_)),
      output_(bufferevent_get_output(transport_)),
      fd_(bufferevent_getfd(transport_)),
      is_encrypted_(ssl_of(transport_) != nullptr) {}

Exchange::~Exchange() {
  if (request_ != nullptr) close();
}

std::string_view Exchange::method() const {
  switch (evhttp_request_get_command(request_)) {
    case EVHTTP_REQ_GET:
      return "GET";
    case EVHTTP_REQ_POST:
      return "POST";
    case EVHTTP_REQ_PUT:
      return "PUT";
    case EVHTTP_REQ_PATCH:
      return "PATCH";
    case EVHTTP_REQ_DELETE:
      return "DELETE";
    case EVHTTP_REQ_HEAD:
      return "HEAD";
    default:
      return "OPTIONS";
  }
}

std::string_view Exchange::path() const {
  return or_empty(evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request_)));
}

std::string_view Exchange::query() const {
  return or_empty(evhttp_uri_get_query(evhttp_request_get_evhttp_uri(request_)));
}

std::optional<std::string_view> Exchange::header(const char* name) const {
  const char* value = evhttp_find_header(evhttp_request_get_input_headers(request_), name);
  if (value == nullptr) return std::nullopt;
  return value;
}

Headers Exchange::headers() const {
  Headers headers;
  const evkeyvalq* list = evhttp_request_get_input_headers(request_);
  for (const evkeyval* pair = list->tqh_first; pair != nullptr; pair = pair->next.tqe_next) {
    headers.emplace_back(base::to_lower(pair->key), pair->value);
  }
  return headers;
}

std::string_view Exchange::body() const {
  evbuffer* input = evhttp_request_get_input_buffer(request_);
  const size_t length = evbuffer_get_length(input);
  if (length == 0) return {};
  return {reinterpret_cast<const char*>(evbuffer_pullup(input, -1)), length};
}

void Exchange::on_close(std::function<void()> callback) {
  on_close_ = std::move(callback);
  evhttp_connection_set_closecb(connection_, &Exchange::on_connection_closed, this);
  // evhttp stops reading while a request waits for its answer and would not see the client leave.
  // This is how it reads itself once an answer has begun: without a read callback, for the errors.
  bufferevent_data_cb on_write = nullptr;
  bufferevent_event_cb on_event = nullptr;
  void* argument = nullptr;
  bufferevent_getcb(transport_, nullptr, &on_write, &on_event, &argument);
  bufferevent_setcb(transport_, nullptr, on_write, on_event, argument);
  bufferevent_enable(transport_, EV_READ);
}

void Exchange::on_connection_closed(evhttp_connection* /*connection*/, void* exchange) {
  auto* self = static_cast<Exchange*>(exchange);
  // A request that has lost its connection is ours to free. When all of evhttp ends, requests still
  // have theirs, and evhttp frees both.
  if (evhttp_request_get_connection(self->request_) == nullptr) evhttp_request_free(self->request_);
  self->request_ = nullptr;
  const auto callback = std::move(self->on_close_);
  callback();
}

void Exchange::reply(const Reply& reply) {
  const bool with_body = has_body(method(), reply.status);
  add_headers(reply.headers);
  if (reply.status != 204 && reply.status != 304) {
    add_headers({{"content-length", std::to_string(reply.body.size())}});
  }
  evbuffer* body = evhttp_request_get_output_buffer(request_);
  if (with_body) evbuffer_add(body, reply.body.data(), reply.body.size());
  evhttp_request* request = request_;
  release();
  evhttp_send_reply(request, reply.status, nullptr, nullptr);
}

void Exchange::begin_stream(const Headers& headers) {
  add_headers(headers);
  evhttp_send_reply_start(request_, 200, "OK");
  chunked_ = evhttp_find_header(evhttp_request_get_output_headers(request_), "transfer-encoding") !=
             nullptr;
  flush_head();
}

// The head must be out before the first event, or that event would have to queue behind it for a
// turn of the loop. A bufferevent keeps its output frozen against everybody else's writing.
void Exchange::flush_head() {
  if (is_encrypted_) {
    tls_flush(transport_);
    return;
  }
  evbuffer_unfreeze(output_, 1);
  evbuffer_write(output_, fd_);
  evbuffer_freeze(output_, 1);
}

void Exchange::send(std::string_view data) {
  std::array<char, 20> head;
  const char* head_end = fmt::format_to_n(head.data(), head.size(), "{:x}\r\n", data.size()).out;
  const std::string_view chunk_head(head.data(), static_cast<size_t>(head_end - head.data()));
  const std::string_view chunk_tail = "\r\n";
  if (is_encrypted_) {
    record_.clear();
    if (chunked_) record_ += chunk_head;
    record_ += data;
    if (chunked_) record_ += chunk_tail;
    tls_write(transport_, record_);
  } else if (chunked_) {
    send_plain(chunk_head, data, chunk_tail);
  } else {
    send_plain({}, data, {});
  }
}

void Exchange::send_plain(std::string_view chunk_head, std::string_view data,
                          std::string_view chunk_tail) {
  const auto part = [](std::string_view text) {
    return iovec{const_cast<char*>(text.data()), text.size()};
  };
  std::array<iovec, 3> parts = {part(chunk_head), part(data), part(chunk_tail)};
  size_t sent = 0;
  if (evbuffer_get_length(output_) == 0) {
    msghdr message = {};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t result = sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    // A broken connection is not handled here: the loop sees it too and closes it by its callback.
    if (result > 0) sent = static_cast<size_t>(result);
  }
  for (const iovec& rest : parts) {
    const size_t skipped = std::min(sent, rest.iov_len);
    sent -= skipped;
    if (skipped == rest.iov_len) continue;
    evbuffer_add(output_, static_cast<const char*>(rest.iov_base) + skipped,
                 rest.iov_len - skipped);
  }
}

void Exchange::end_stream() {
  evhttp_request* request = request_;
  release();
  if (is_encrypted_) {
    tls_end_stream(request);
  } else {
    evhttp_send_reply_end(request);
  }
}

void Exchange::close() {
  release();
  evhttp_connection_free(connection_);
}

void Exchange::reset() {
  // evhttp shuts the socket down before it closes it, and would so end it in good order. Taking its
  // peer away resets a connection at once.
  const sockaddr nobody = {.sa_family = AF_UNSPEC, .sa_data = {}};
  connect(fd_, &nobody, sizeof nobody);
  close();
}

void Exchange::add_headers(const Headers& headers) {
  evkeyvalq* list = evhttp_request_get_output_headers(request_);
  for (const auto& [name, value] : headers) {
    evhttp_add_header(list, name.c_str(), value.c_str());
  }
}

// From here on the request is evhttp's, which may even close the connection at once.
void Exchange::release() {
  evhttp_connection_set_closecb(connection_, nullptr, nullptr);
  request_ = nullptr;
}

}  // namespace mock
