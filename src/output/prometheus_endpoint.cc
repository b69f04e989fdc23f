#include "output/prometheus_endpoint.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "net/event_loop.h"
#include "output/prometheus_text.h"

namespace output {
namespace {

constexpr int kLargestHead = 64 << 10;
constexpr const char* kHint = "perigee: see /metrics\n";

std::uint16_t port_of(evutil_socket_t socket) {
  sockaddr_storage address = {};
  socklen_t length = sizeof address;
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
  const in_port_t port = address.ss_family == AF_INET6
                             ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                             : reinterpret_cast<sockaddr_in*>(&address)->sin_port;
  return ntohs(port);
}

}  // namespace

base::Result<ListenAddress> parse_listen_address(const std::string& text) {
  ListenAddress address;
  std::string_view port = text;
  if (const std::size_t colon = text.rfind(':'); colon != std::string::npos) {
    address.host = text.substr(0, colon);
    port.remove_prefix(colon + 1);
    const bool brackets = address.host.starts_with('[') && address.host.ends_with(']');
    if (brackets) address.host = address.host.substr(1, address.host.size() - 2);
    if (!brackets && address.host.find(':') != std::string::npos) address.host.clear();
  }
  const char* end = port.data() + port.size();
  const auto [rest, error] = std::from_chars(port.data(), end, address.port);
  if (address.host.empty() || port.empty() || error != std::errc{} || rest != end) {
    return base::fail(
        "expected a port or HOST:PORT, as in 9464, 0.0.0.0:9464 or [::1]:9464, got \"{}\"", text);
  }
  return address;
}

class PrometheusEndpoint::Server {
 public:
  Server() : http_(evhttp_new(loop_.base())) {
    evhttp_set_allowed_methods(http_, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
    evhttp_set_max_headers_size(http_, kLargestHead);
    evhttp_set_max_body_size(http_, 0);
    evhttp_set_timeout(http_, 30);
    evhttp_set_gencb(http_, &Server::on_request, this);
  }

  ~Server() {
    if (thread_.joinable()) {
      loop_.stop();
      thread_.join();
    }
    evhttp_free(http_);
  }

  base::Result<void> listen(const ListenAddress& address) {
    evhttp_bound_socket* bound =
        evhttp_bind_socket_with_handle(http_, address.host.c_str(), address.port);
    if (bound == nullptr) {
      return base::fail("cannot listen on {}:{}: {}", address.host, address.port,
                        std::strerror(errno));
    }
    const bool v6 = address.host.find(':') != std::string::npos;
    url_ = fmt::format("http://{}{}{}:{}/metrics", v6 ? "[" : "", address.host, v6 ? "]" : "",
                       port_of(evhttp_bound_socket_get_fd(bound)));
    return {};
  }

  void answer() {
    thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "prometheus");
      loop_.run([] {});
    });
  }

  const std::string& url() const { return url_; }

  void publish(std::string text) {
    auto shared = std::make_shared<const std::string>(std::move(text));
    const std::lock_guard lock(mutex_);
    text_ = std::move(shared);
  }

 private:
  static void on_request(evhttp_request* request, void* server) {
    static_cast<Server*>(server)->reply_to(request);
  }

  void reply_to(evhttp_request* request) {
    const char* path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
    const bool known = path != nullptr && std::string_view(path) == "/metrics";
    std::shared_ptr<const std::string> text;
    if (known) {
      const std::lock_guard lock(mutex_);
      text = text_;
    }
    evbuffer* body = evhttp_request_get_output_buffer(request);
    evkeyvalq* headers = evhttp_request_get_output_headers(request);
    evhttp_add_header(headers, "content-type",
                      known ? "text/plain; version=0.0.4; charset=utf-8" : "text/plain");
    if (text) {
      evbuffer_add(body, text->data(), text->size());
    } else {
      evbuffer_add(body, kHint, std::strlen(kHint));
    }
    evhttp_send_reply(request, known ? HTTP_OK : HTTP_NOTFOUND, nullptr, nullptr);
  }

  net::EventLoop loop_;
  evhttp* http_;
  std::string url_;
  std::mutex mutex_;
  std::shared_ptr<const std::string> text_;
  std::thread thread_;
};

base::Result<std::unique_ptr<PrometheusEndpoint>> PrometheusEndpoint::start(
    const ListenAddress& address, std::string version, std::string script) {
  auto server = std::make_unique<Server>();
  if (auto listening = server->listen(address); !listening) {
    return tl::unexpected(listening.error());
  }
  std::unique_ptr<PrometheusEndpoint> endpoint(
      new PrometheusEndpoint(std::move(server), std::move(version), std::move(script)));
  endpoint->publish(nullptr, {});
  endpoint->server_->answer();
  return endpoint;
}

PrometheusEndpoint::PrometheusEndpoint(std::unique_ptr<Server> server, std::string version,
                                       std::string script)
    : server_(std::move(server)), version_(std::move(version)), script_(std::move(script)) {}

PrometheusEndpoint::~PrometheusEndpoint() = default;

std::string PrometheusEndpoint::url() const { return server_->url(); }

void PrometheusEndpoint::on_progress(const Progress& progress) {
  publish(progress.store, progress.elapsed);
}

void PrometheusEndpoint::on_end(const RunResult& result) { publish(result.store, result.elapsed); }

void PrometheusEndpoint::publish(const metrics::Store* store, base::Duration elapsed) {
  server_->publish(prometheus_text(store, {version_, script_, elapsed}));
}

}  // namespace output
