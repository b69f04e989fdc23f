// What the options of a client and of a request do on the wire.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <vector>

#include "net/gzip.h"
#include "net/http_client.h"
#include "net/loopback_server.h"

using namespace std::chrono_literals;
using net::HttpClient;
using net::TransferError;
using tests::header_of;
using tests::http_answer;
using tests::LoopbackServer;

namespace {

struct Answer {
  net::HttpResult result;
  std::string body;
};

// A client that runs one request after the other.
class Client {
 public:
  explicit Client(net::HttpClientOptions options = {}) : http_(loop_, std::move(options)) {
    static const bool initialized = [] {
      net::initialize_http();
      return true;
    }();
    static_cast<void>(initialized);
  }

  Answer run(net::HttpRequest request) {
    Answer answer;
    request.total_timeout = 10s;
    const auto transfer = http_.start(std::move(request), {.on_headers = {},
                                                           .on_body =
                                                               [&](const net::BodyPart& part) {
                                                                 answer.body += part.bytes;
                                                                 return true;
                                                               },
                                                           .on_done =
                                                               [&](net::HttpResult result) {
                                                                 answer.result = std::move(result);
                                                                 loop_.stop();
                                                               }});
    loop_.run([] {});
    return answer;
  }

 private:
  net::EventLoop loop_;
  HttpClient http_;
};

net::HttpRequest get(const std::string& url) {
  net::HttpRequest request;
  request.url = url;
  return request;
}

// Answers each of so many connections with the same, and keeps what was asked.
class Recorder {
 public:
  explicit Recorder(std::string answer, int connections = 1)
      : server_(connections, [this, answer](int fd, const std::string& request) {
          requests_.push_back(request);
          LoopbackServer::say(fd, answer);
        }) {}

  std::string url(std::string_view path = "/") const { return server_.url(path); }
  int port() const { return server_.port(); }
  // REQUIRES: the answers were received.
  const std::string& request(std::size_t index = 0) const { return requests_.at(index); }

 private:
  std::vector<std::string> requests_;
  LoopbackServer server_;
};

const std::string kOk = http_answer("200 OK", "Connection: close\r\n", "hi");

}  // namespace

TEST_CASE("a compressed answer is decoded where that was asked for") {
  const std::string text(20'000, 'x');
  const std::string packed = net::gzip(text);
  Recorder server(http_answer("200 OK", "Content-Encoding: gzip\r\n", packed));
  net::HttpRequest request = get(server.url());
  SECTION("asked for") {
    request.accept_encoding = true;
    const Answer answer = Client().run(request);
    CHECK(answer.result.error == TransferError::kNone);
    CHECK(answer.body == text);
    CHECK(answer.result.bytes_received < 1'000);
    CHECK(header_of(server.request(), "Accept-Encoding").find("gzip") != std::string::npos);
  }
  SECTION("not asked for") {
    CHECK(Client().run(request).body == packed);
    CHECK(header_of(server.request(), "Accept-Encoding").empty());
  }
}

TEST_CASE("a body that is not what its encoding says is a protocol error") {
  Recorder server(http_answer("200 OK", "Content-Encoding: gzip\r\n", "no gzip at all"));
  net::HttpRequest request = get(server.url());
  request.accept_encoding = true;
  CHECK(Client().run(request).result.error == TransferError::kProtocol);
}

TEST_CASE("user and password are sent as basic authentication") {
  Recorder server(kOk);
  net::HttpRequest request = get(server.url());
  request.user_password = "ann:moon:light";
  Client().run(request);
  CHECK(header_of(server.request(), "Authorization") == "Basic YW5uOm1vb246bGlnaHQ=");
}

TEST_CASE("an answer says over which version and from where it came") {
  Recorder server(kOk);
  const net::HttpResult result = Client().run(get(server.url())).result;
  CHECK(result.version == "1.1");
  CHECK(result.remote_ip == "127.0.0.1");
  CHECK(result.remote_port == server.port());
}

TEST_CASE("without an answer there is no version and no peer") {
  const net::HttpResult result = Client().run(get("http://127.0.0.1:1/")).result;
  CHECK(result.version.empty());
  CHECK(result.error == TransferError::kConnect);
}

TEST_CASE("a body has the content type that it was given, and none otherwise") {
  Recorder server(kOk);
  net::HttpRequest request = get(server.url());
  request.method = "POST";
  request.body = std::make_shared<const std::string>("text");
  SECTION("none") {
    Client().run(request);
    CHECK(header_of(server.request(), "Content-Type").empty());
  }
  SECTION("one") {
    request.headers = {"Content-Type: text/plain"};
    Client().run(request);
    CHECK(header_of(server.request(), "Content-Type") == "text/plain");
  }
}

TEST_CASE("a POST without a body says that it is empty") {
  Recorder server(kOk);
  net::HttpRequest request = get(server.url());
  request.method = "POST";
  Client().run(request);
  CHECK(header_of(server.request(), "Content-Length") == "0");
}

TEST_CASE("connections are not used again where that is off") {
  Recorder server(http_answer("200 OK", "", "hi"), 2);
  Client client({.reuse_connections = false});
  CHECK(client.run(get(server.url("/1"))).result.stamps.connecting > 0ns);
  CHECK(client.run(get(server.url("/2"))).result.stamps.connecting > 0ns);
  CHECK(server.request(1).starts_with("GET /2"));
}

TEST_CASE("requests go through the proxy that was given") {
  Recorder proxy(kOk);
  Client client({.proxy = "http://ann:secret@127.0.0.1:" + std::to_string(proxy.port())});
  const Answer answer = client.run(get("http://somewhere.invalid/path?q=1"));
  CHECK(answer.body == "hi");
  CHECK(proxy.request().starts_with("GET http://somewhere.invalid/path?q=1 HTTP/1.1\r\n"));
  CHECK(header_of(proxy.request(), "Proxy-Authorization") == "Basic YW5uOnNlY3JldA==");
}

TEST_CASE("a proxy's answer to CONNECT is none to the request") {
  LoopbackServer proxy(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 200 Connected\r\nX-Proxy: yes\r\n\r\n");
  });
  Client client({.proxy = "http://127.0.0.1:" + std::to_string(proxy.port())});
  const Answer answer = client.run(get("https://somewhere.invalid/"));
  CHECK(answer.result.headers.empty());
  CHECK(answer.result.stamps.first_byte == base::TimePoint{});
}

TEST_CASE("a proxy that refuses to connect is a failure to connect") {
  Recorder proxy(http_answer("403 Forbidden", ""));
  Client client({.proxy = "http://127.0.0.1:" + std::to_string(proxy.port())});
  const Answer answer = client.run(get("https://somewhere.invalid/"));
  CHECK(answer.result.error == net::TransferError::kConnect);
  CHECK(answer.result.status == 0);
}

TEST_CASE("without a proxy of its own a client takes that of the environment") {
  Recorder proxy(kOk);
  setenv("http_proxy", ("127.0.0.1:" + std::to_string(proxy.port())).c_str(), 1);
  CHECK(Client().run(get("http://somewhere.invalid/")).body == "hi");
  unsetenv("http_proxy");
}

TEST_CASE("reads through a proxy are stamped like all others") {
  LoopbackServer proxy(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 20; ++i) {
      LoopbackServer::say(fd, "5\r\nhello\r\n");
      std::this_thread::sleep_for(1ms);
    }
    LoopbackServer::say(fd, "0\r\n\r\n");
  });
  Client warm_up;  // Initializes.
  net::EventLoop loop;
  HttpClient http(loop, {.proxy = "127.0.0.1:" + std::to_string(proxy.port())});
  bool stamped = false;
  const auto transfer = http.start(get("http://somewhere.invalid/"),
                                   {.on_headers = {},
                                    .on_body =
                                        [&](const net::BodyPart& part) {
                                          stamped = part.by_kernel;
                                          return true;
                                        },
                                    .on_done = [&](net::HttpResult) { loop.stop(); }});
  loop.run([] {});
  CHECK(stamped);
}

TEST_CASE("a file with authorities is refused where it holds none") {
  CHECK(net::check_ca_file(""));
  const auto missing = net::check_ca_file("/no/such/file.pem");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message ==
        "expected a file with certificates in PEM form, got \"/no/such/file.pem\"");
}
