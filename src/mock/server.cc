#include "mock/server.h"

#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "mock/exchange.h"
#include "mock/recorder.h"
#include "mock/service.h"
#include "mock/tls.h"

namespace mock {
namespace {

// evhttp's own is 128: of a thousand users that start together most would wait a second for their
// connection request to be repeated.
constexpr int kBacklog = 4096;
constexpr int kLargestBody = 256 << 20;  // A batch's; Service has less of other requests.
constexpr int kLargestHead = 256 << 10;

struct EvhttpDeleter {
  void operator()(evhttp* http) const { evhttp_free(http); }
};

base::Result<evconnlistener*> bind_listener(event_base* base, const std::string& host,
                                            std::uint16_t port) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) return base::fail("cannot listen on {}:{}: {}", host, port, gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, &freeaddrinfo);
  constexpr unsigned kFlags = LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC;
  evconnlistener* listener =
      evconnlistener_new_bind(base, nullptr, nullptr, kFlags, kBacklog, addresses->ai_addr,
                              static_cast<int>(addresses->ai_addrlen));
  if (listener == nullptr) {
    return base::fail("cannot listen on {}:{}: {}", host, port, std::strerror(errno));
  }
  // Accepted sockets inherit it.
  const int on = 1;
  setsockopt(evconnlistener_get_fd(listener), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return listener;
}

std::uint16_t bound_port(evconnlistener* listener) {
  sockaddr_storage address = {};
  socklen_t length = sizeof address;
  getsockname(evconnlistener_get_fd(listener), reinterpret_cast<sockaddr*>(&address), &length);
  const in_port_t port = address.ss_family == AF_INET6
                             ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                             : reinterpret_cast<sockaddr_in*>(&address)->sin_port;
  return ntohs(port);
}

// Kept to be given up when there is no other descriptor left. One is enough for all servers.
int spare = -1;
int open_spare() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

// Out of descriptors, a connection that waits can neither be accepted nor forgotten, and the
// listener would keep the loop busy reporting it. The spare descriptor lets it be closed instead.
void refuse_connection(evconnlistener* listener, void* /*http*/) {
  if (spare >= 0) close(spare);
  const int refused = accept(evconnlistener_get_fd(listener), nullptr, nullptr);
  if (refused >= 0) close(refused);
  spare = open_spare();
}

base::Result<std::unique_ptr<TlsContext>> make_tls(const Options& options) {
  if (!options.tls) return nullptr;
  if (options.certificate_file.empty()) return TlsContext::self_signed(options.host);
  return TlsContext::from_files(options.certificate_file, options.key_file);
}

base::Result<std::unique_ptr<Recorder>> open_recorder(const Options& options) {
  if (options.record_file.empty()) return nullptr;
  return Recorder::open(options.record_file);
}

}  // namespace

class Server::State {
 public:
  // Without a recorder and without TLS where they are null.
  State(net::EventLoop& loop, Options options, std::unique_ptr<Recorder> recorder,
        std::unique_ptr<TlsContext> tls)
      : recorder_(std::move(recorder)),
        tls_(std::move(tls)),
        service_(loop, std::move(options), recorder_.get()),
        http_(evhttp_new(loop.base())) {
    if (tls_ != nullptr) evhttp_set_bevcb(http_.get(), &TlsContext::make_connection, tls_.get());
    evhttp_set_max_body_size(http_.get(), kLargestBody);
    evhttp_set_max_headers_size(http_.get(), kLargestHead);
    evhttp_set_default_content_type(http_.get(), nullptr);
    evhttp_set_flags(http_.get(), EVHTTP_SERVER_LINGERING_CLOSE);
    evhttp_set_allowed_methods(http_.get(), EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
                                                EVHTTP_REQ_PATCH | EVHTTP_REQ_DELETE |
                                                EVHTTP_REQ_HEAD | EVHTTP_REQ_OPTIONS);
    evhttp_set_gencb(http_.get(), &State::on_request, this);
  }

  // Takes the listener.
  void listen_on(evconnlistener* listener) {
    port_ = bound_port(listener);
    if (spare < 0) spare = open_spare();
    evconnlistener_set_error_cb(listener, &refuse_connection);
    evhttp_bind_listener(http_.get(), listener);
  }

  std::uint16_t port() const { return port_; }

 private:
  static void on_request(evhttp_request* request, void* state) {
    static_cast<State*>(state)->service_.handle(std::make_unique<Exchange>(request));
  }

  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<TlsContext> tls_;
  Service service_;
  std::uint16_t port_ = 0;
  // Goes first: it closes the connections, and with them the streams.
  std::unique_ptr<evhttp, EvhttpDeleter> http_;
};

base::Result<std::unique_ptr<Server>> Server::start(net::EventLoop& loop, Options options) {
  auto recorder = open_recorder(options);
  if (!recorder) return tl::unexpected(recorder.error());
  auto tls = make_tls(options);
  if (!tls) return tl::unexpected(tls.error());
  const auto listener = bind_listener(loop.base(), options.host, options.port);
  if (!listener) return tl::unexpected(listener.error());
  auto state =
      std::make_unique<State>(loop, std::move(options), std::move(*recorder), std::move(*tls));
  state->listen_on(*listener);
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() = default;

std::uint16_t Server::port() const { return state_->port(); }

}  // namespace mock
