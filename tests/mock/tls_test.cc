#include "mock/tls.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <functional>
#include <future>
#include <optional>
#include <thread>

#include "base/random.h"
#include "net/event_loop.h"
#include "net/http_client.h"
#include "temporary_file.h"

using namespace std::chrono_literals;

namespace {

using mock::TlsContext;

std::unique_ptr<TlsContext> self_signed(const std::string& host = "127.0.0.1") {
  auto context = TlsContext::self_signed(host);
  REQUIRE(context);
  return std::move(*context);
}

std::shared_ptr<X509> parse_certificate(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  return {certificate, &X509_free};
}

std::string key_pem() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<std::size_t>(length));
  BIO_free(bio);
  EVP_PKEY_free(key);
  return pem;
}

// A self-signed certificate of the key for 127.0.0.1.
std::string certificate_pem_of(const std::string& key_text) {
  BIO* bio = BIO_new_mem_buf(key_text.data(), static_cast<int>(key_text.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  X509* certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_set_pubkey(certificate, key);
  X509_EXTENSION* names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  X509_add_ext(certificate, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(certificate, key, EVP_sha256());
  bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate);
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<std::size_t>(length));
  BIO_free(bio);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return pem;
}

// One chunked answer on its way, sent as the mock sends its streams.
class ChunkedAnswer {
 public:
  explicit ChunkedAnswer(evhttp_request* request)
      : request_(request),
        connection_(evhttp_connection_get_bufferevent(evhttp_request_get_connection(request))) {
    evhttp_send_reply_start(request_, 200, "OK");
    head_flushed_ = mock::tls_flush(connection_);
  }

  bool head_flushed() const { return head_flushed_; }

  bool send(std::string_view data) {
    const bool is_chunked = request_->chunked != 0;
    return mock::tls_write(connection_, is_chunked
                                            ? fmt::format("{:x}\r\n{}\r\n", data.size(), data)
                                            : std::string(data));
  }

  std::size_t waiting() const { return evbuffer_get_length(bufferevent_get_output(connection_)); }

  void end() { mock::tls_end_stream(request_); }

 private:
  evhttp_request* request_;
  bufferevent* connection_;
  bool head_flushed_ = false;
};

// Sends the request, waits until it may read, and reads to the connection's end.
std::string read_all(std::uint16_t port, std::string_view request, std::future<void> may_read) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  BIO* connection = BIO_new_ssl_connect(context);
  BIO_set_conn_hostname(connection, fmt::format("127.0.0.1:{}", port).c_str());
  BIO_write(connection, request.data(), static_cast<int>(request.size()));
  may_read.wait();
  std::string received;
  std::array<char, 16384> part;
  int got = 0;
  while ((got = BIO_read(connection, part.data(), part.size())) > 0) {
    received.append(part.data(), static_cast<std::size_t>(got));
  }
  BIO_free_all(connection);
  SSL_CTX_free(context);
  return received;
}

// An HTTPS server and a client of it on one loop.
class Loopback {
 public:
  using Serve = std::function<void(evhttp_request* request)>;

  Loopback(const TlsContext& context, Serve serve)
      : trusted_(".pem", context.certificate_pem()), serve_(std::move(serve)) {
    std::signal(SIGPIPE, SIG_IGN);
    static const bool once = (net::initialize_http(), true);
    static_cast<void>(once);
    http_.reset(evhttp_new(loop.base()));
    evhttp_set_bevcb(http_.get(), &TlsContext::make_connection, const_cast<TlsContext*>(&context));
    evhttp_set_gencb(
        http_.get(),
        [](evhttp_request* request, void* self) { static_cast<Loopback*>(self)->serve_(request); },
        this);
    evhttp_bound_socket* socket = evhttp_bind_socket_with_handle(http_.get(), "127.0.0.1", 0);
    const int on = 1;
    setsockopt(evhttp_bound_socket_get_fd(socket), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address = {};
    socklen_t length = sizeof address;
    getsockname(evhttp_bound_socket_get_fd(socket), reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    client.emplace(loop, net::HttpClientOptions{.ca_file = trusted_.path()});
  }

  net::HttpRequest request(const std::string& host = "127.0.0.1") const {
    net::HttpRequest request;
    request.url = fmt::format("https://{}:{}/", host, port_);
    request.total_timeout = 20s;
    return request;
  }

  // All that a client of HTTP/1.0 reads, from a thread of its own.
  std::string run_http_1_0(std::future<void> may_read) {
    std::string received;
    std::thread reader([&] {
      received = read_all(port_, "GET / HTTP/1.0\r\n\r\n", std::move(may_read));
      loop.stop();
    });
    loop.run([] {});
    reader.join();
    return received;
  }

  // To the answer's end; its body is in `body`.
  net::HttpResult run(net::HttpRequest asked) {
    net::HttpResult result;
    body.clear();
    const auto transfer = client->start(std::move(asked), {.on_headers = [](int, const auto&) {},
                                                           .on_body =
                                                               [&](const net::BodyPart& part) {
                                                                 body.append(part.bytes);
                                                                 return true;
                                                               },
                                                           .on_done =
                                                               [&](net::HttpResult done) {
                                                                 result = std::move(done);
                                                                 loop.stop();
                                                               }});
    loop.run([] {});
    return result;
  }

  net::EventLoop loop;
  std::string body;
  std::optional<net::HttpClient> client;

 private:
  struct EvhttpDeleter {
    void operator()(evhttp* http) const { evhttp_free(http); }
  };
  tests::TemporaryFile trusted_;
  Serve serve_;
  std::uint16_t port_ = 0;
  std::unique_ptr<evhttp, EvhttpDeleter> http_;
};

void answer_hello(evhttp_request* request) {
  evbuffer_add(evhttp_request_get_output_buffer(request), "hello", 5);
  evhttp_send_reply(request, 200, "OK", nullptr);
}

// Text that no shift, loss or repetition leaves as it is.
std::string noise(base::RandomStream& random, std::size_t length) {
  std::string text(length, ' ');
  for (char& c : text) c = static_cast<char>('a' + random.below(26));
  return text;
}

}  // namespace

TEST_CASE("a certificate is made for the host and for this machine, for a year") {
  for (const auto& [host, is_address] :
       {std::pair{"mock.example", false}, std::pair{"192.0.2.7", true}, std::pair{"::", true}}) {
    const auto context = self_signed(host);
    const auto certificate = parse_certificate(context->certificate_pem());
    REQUIRE(certificate);
    X509* x509 = certificate.get();
    CHECK((is_address ? X509_check_ip_asc(x509, host, 0)
                      : X509_check_host(x509, host, 0, 0, nullptr)) == 1);
    CHECK(X509_check_host(x509, "localhost", 0, 0, nullptr) == 1);
    CHECK(X509_check_ip_asc(x509, "127.0.0.1", 0) == 1);
    CHECK(X509_check_ip_asc(x509, "::1", 0) == 1);
    CHECK(X509_check_host(x509, "other.example", 0, 0, nullptr) == 0);
    CHECK(X509_cmp_current_time(X509_get0_notBefore(x509)) < 0);
    int days = 0;
    int rest = 0;
    ASN1_TIME_diff(&days, &rest, nullptr, X509_get0_notAfter(x509));
    CHECK((days == 364 || days == 365));
  }
}

TEST_CASE("no two certificates that are made are the same") {
  CHECK(self_signed()->certificate_pem() != self_signed()->certificate_pem());
}

TEST_CASE("a host that cannot stand in a certificate is named") {
  const auto context = TlsContext::self_signed("a,b");
  REQUIRE_FALSE(context);
  CHECK(context.error().message.starts_with("cannot make a certificate for the host \"a,b\": "));
}

TEST_CASE("a client that trusts the certificate gets an answer, by address and by name") {
  const auto context = self_signed();
  Loopback loopback(*context, &answer_hello);
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const auto result = loopback.run(loopback.request(host));
    INFO(result.message);
    CHECK(result.status == 200);
    CHECK(loopback.body == "hello");
  }
}

TEST_CASE("a client that does not trust it refuses") {
  const auto context = self_signed();
  const auto other = self_signed();
  Loopback loopback(*context, &answer_hello);
  const tests::TemporaryFile other_pem(".pem", other->certificate_pem());
  loopback.client.emplace(loopback.loop, net::HttpClientOptions{.ca_file = other_pem.path()});
  CHECK(loopback.run(loopback.request()).error == net::TransferError::kTls);
}

TEST_CASE("a client that offers HTTP/2 gets HTTP/1.1") {
  const auto context = self_signed();
  Loopback loopback(*context, &answer_hello);
  auto request = loopback.request();
  request.http2 = true;
  const auto result = loopback.run(request);
  CHECK(result.status == 200);
  CHECK(result.version == "1.1");
}

TEST_CASE("certificate and key are taken from files") {
  const std::string key = key_pem();
  const std::string certificate = certificate_pem_of(key);
  const tests::TemporaryFile certificate_file(".pem", certificate);
  const tests::TemporaryFile key_file(".key", key);
  auto context = TlsContext::from_files(certificate_file.path(), key_file.path());
  REQUIRE(context);
  CHECK((*context)->certificate_pem() == certificate);
  Loopback loopback(**context, &answer_hello);
  const auto result = loopback.run(loopback.request());
  INFO(result.message);
  CHECK(result.status == 200);
}

TEST_CASE("files that are no certificate or no key of it are named with the reason") {
  const std::string key = key_pem();
  const tests::TemporaryFile certificate_file(".pem", certificate_pem_of(key));
  const tests::TemporaryFile other_key(".key", key_pem());
  const tests::TemporaryFile garbage(".pem", "no certificate");
  const auto error_of = [](const std::string& certificate, const std::string& key_file) {
    const auto context = TlsContext::from_files(certificate, key_file);
    REQUIRE_FALSE(context);
    return context.error().message;
  };
  CHECK(error_of("/nowhere/a.pem", other_key.path()) ==
        "cannot read a PEM certificate from \"/nowhere/a.pem\": No such file or directory");
  CHECK(error_of(garbage.path(), other_key.path()) ==
        fmt::format("cannot read a PEM certificate from \"{}\": no start line", garbage.path()));
  CHECK(
      error_of(certificate_file.path(), "/nowhere/a.key") ==
      fmt::format("cannot use the PEM key in \"/nowhere/a.key\" for the certificate in \"{}\": No "
                  "such file or directory",
                  certificate_file.path()));
  CHECK(error_of(certificate_file.path(), other_key.path()) ==
        fmt::format("cannot use the PEM key in \"{}\" for the certificate in \"{}\": key values "
                    "mismatch",
                    other_key.path(), certificate_file.path()));
}

TEST_CASE("a stream's chunks go out without a turn of the loop") {
  const auto context = self_signed();
  std::string sent;
  bool all_taken = true;
  std::size_t waiting = 0;
  Loopback loopback(*context, [&](evhttp_request* request) {
    ChunkedAnswer answer(request);
    all_taken = answer.head_flushed();
    base::RandomStream random(3);
    for (int i = 0; i < 200; ++i) {
      const std::string chunk = noise(random, 1 + random.below(200));
      all_taken = answer.send(chunk) && all_taken;
      waiting += answer.waiting();
      sent += chunk;
    }
    answer.end();
  });
  const auto result = loopback.run(loopback.request());
  CHECK(result.status == 200);
  CHECK(result.error == net::TransferError::kNone);
  CHECK(all_taken);
  CHECK(waiting == 0);
  CHECK(loopback.body == sent);
}

TEST_CASE("chunks that come one by one over many turns arrive whole, request after request") {
  const auto context = self_signed();
  std::string sent;
  std::optional<ChunkedAnswer> answer;
  std::optional<net::EventLoop::Timer> timer;
  int left = 0;
  base::RandomStream random(5);
  Loopback loopback(*context, [&](evhttp_request* request) {
    sent.clear();
    left = 100;
    answer.emplace(request);
    timer->arm_after(0s);
  });
  timer.emplace(loopback.loop, [&] {
    const std::string chunk = noise(random, 1 + random.below(300));
    sent += chunk;
    answer->send(chunk);
    if (--left == 0) return answer->end();
    timer->arm_after(100us);
  });
  for (int i = 0; i < 3; ++i) {
    const auto result = loopback.run(loopback.request());
    CHECK(result.error == net::TransferError::kNone);
    CHECK(loopback.body == sent);
    CHECK((result.stamps.tls_handshaking == 0s) == (i > 0));  // The connection is kept.
  }
  timer.reset();
}

TEST_CASE("what a slow client does not take waits in the output buffer, and nothing is lost") {
  const auto context = self_signed();
  std::string sent;
  std::optional<ChunkedAnswer> answer;
  std::optional<net::EventLoop::Timer> timer;
  base::RandomStream random(9);
  std::uint64_t blocked = 0;
  int bursts = 0;
  // More than the sockets hold; of several records too, any of which may be interrupted. The client
  // shares the loop and cannot read meanwhile.
  const auto send_burst = [&] {
    ++bursts;
    while (answer->waiting() < 1 << 20) {
      const std::string chunk = noise(random, 1 + random.below(60'000));
      const bool was_waiting = answer->waiting() > 0;
      if (!answer->send(chunk) && !was_waiting) ++blocked;
      sent += chunk;
    }
  };
  Loopback loopback(*context, [&](evhttp_request* request) {
    sent.clear();
    bursts = 0;
    answer.emplace(request);
    send_burst();
    timer->arm_after(0s);
  });
  timer.emplace(loopback.loop, [&] {
    if (answer->waiting() == 0) {
      if (bursts == 3) return answer->end();
      send_burst();
    }
    timer->arm_after(50us);
  });
  for (int i = 0; i < 4; ++i) {
    const auto result = loopback.run(loopback.request());
    CHECK(result.error == net::TransferError::kNone);
    CHECK((result.stamps.tls_handshaking == 0s) == (i > 0));
    CHECK(loopback.body.size() == sent.size());
    CHECK((loopback.body == sent));
  }
  CHECK(blocked == 12);
  timer.reset();
}

TEST_CASE("an answer that ends while a part of it waits arrives whole") {
  const auto context = self_signed();
  std::string sent;
  base::RandomStream random(13);
  std::optional<std::promise<void>> ended;
  Loopback loopback(*context, [&](evhttp_request* request) {
    ChunkedAnswer answer(request);
    sent.clear();
    while (answer.waiting() < 1 << 20) {
      const std::string chunk = noise(random, 1 + random.below(60'000));
      answer.send(chunk);
      sent += chunk;
    }
    answer.end();
    if (ended) ended->set_value();
  });
  for (int i = 0; i < 3; ++i) {
    const auto result = loopback.run(loopback.request());
    CHECK(result.error == net::TransferError::kNone);
    CHECK((loopback.body == sent));
  }
  ended.emplace();
  const std::string unchunked = loopback.run_http_1_0(ended->get_future());
  CHECK((unchunked.substr(unchunked.find("\r\n\r\n") + 4) == sent));
}

TEST_CASE("a client that goes away in the middle of a stream ends the connection, nothing else") {
  const auto context = self_signed();
  std::optional<ChunkedAnswer> answer;
  std::optional<net::EventLoop::Timer> timer;
  evhttp_request* served = nullptr;
  bool closed = false;
  Loopback loopback(*context, [&](evhttp_request* request) {
    served = request;
    answer.emplace(request);
    evhttp_connection_set_closecb(
        evhttp_request_get_connection(request),
        [](evhttp_connection*, void* is_closed) { *static_cast<bool*>(is_closed) = true; },
        &closed);
    timer->arm_after(0s);
  });
  std::unique_ptr<net::HttpTransfer> transfer;
  timer.emplace(loopback.loop, [&] {
    if (closed) return loopback.loop.stop();
    answer->send("data");
    timer->arm_after(1ms);
  });
  int parts = 0;
  net::EventLoop::Timer leave(loopback.loop, [&] { transfer.reset(); });
  transfer = loopback.client->start(loopback.request(), {.on_headers = [](int, const auto&) {},
                                                         .on_body =
                                                             [&](const net::BodyPart&) {
                                                               if (++parts == 5)
                                                                 leave.arm_after(0s);
                                                               return true;
                                                             },
                                                         .on_done = [](net::HttpResult) {}});
  loopback.loop.run([] {});
  CHECK(closed);
  // Without its connection it is nobody's.
  REQUIRE(evhttp_request_get_connection(served) == nullptr);
  evhttp_request_free(served);
  timer.reset();
}

TEST_CASE("a connection without TLS has none") {
  net::EventLoop loop;
  bufferevent* plain = bufferevent_socket_new(loop.base(), -1, 0);
  CHECK(mock::ssl_of(plain) == nullptr);
  bufferevent_free(plain);
}
