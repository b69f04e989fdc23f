#include "net/http_client.h"

#include <catch2/catch.hpp>
#include <memory>
#include <optional>

#include "net/arrival_stamps.h"
#include "net/loopback_server.h"

using namespace std::chrono_literals;
using net::HttpClient;
using net::TransferError;
using tests::LoopbackServer;

namespace {

struct Initialized {
  Initialized() { net::initialize_http(); }
};

// Runs one request to its end and keeps what it told.
struct Exchange {
  net::HttpResult result;
  std::string body;
  std::vector<net::BodyPart> parts;
  int status_in_headers = 0;

  static Exchange run(net::HttpRequest request, std::size_t stop_after = SIZE_MAX) {
    static Initialized once;
    net::EventLoop loop;
    HttpClient client(loop, {});
    Exchange exchange;
    auto transfer = client.start(
        std::move(request),
        {.on_headers = [&](int status, const auto&) { exchange.status_in_headers = status; },
         .on_body =
             [&](const net::BodyPart& part) {
               exchange.body.append(part.bytes);
               exchange.parts.push_back(part);
               return exchange.body.size() < stop_after;
             },
         .on_done =
             [&](net::HttpResult result) {
               exchange.result = std::move(result);
               loop.stop();
             }});
    loop.run([] {});
    return exchange;
  }
};

net::HttpRequest get(const std::string& url) {
  net::HttpRequest request;
  request.url = url;
  request.total_timeout = 10s;
  return request;
}

}  // namespace

TEST_CASE("a request's method, headers and body reach the server as they were given") {
  std::string seen;
  LoopbackServer server(1, [&](int fd, const std::string& request) {
    seen = request;
    LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-One: a\r\n\r\nhi");
  });
  net::HttpRequest request = get(server.url("/v1/messages?beta=true"));
  request.method = "POST";
  request.headers = {"content-type: application/json", "x-api-key: secret"};
  request.body = std::make_shared<const std::string>(R"({"a":1})");
  const Exchange exchange = Exchange::run(std::move(request));
  CHECK(exchange.result.error == TransferError::kNone);
  CHECK(exchange.result.status == 200);
  CHECK(exchange.status_in_headers == 200);
  CHECK(exchange.body == "hi");
  CHECK(net::find_header(exchange.result.headers, "x-one") == "a");
  CHECK(seen.starts_with("POST /v1/messages?beta=true HTTP/1.1\r\n"));
  CHECK(seen.find("x-api-key: secret\r\n") != std::string::npos);
  CHECK(seen.find("Expect") == std::string::npos);
  CHECK(seen.ends_with("\r\n\r\n{\"a\":1}"));
  CHECK(exchange.result.bytes_sent == seen.size());
}

TEST_CASE("the moments of a transfer are in order") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  });
  const Exchange exchange = Exchange::run(get(server.url()));
  const net::HttpStamps& stamps = exchange.result.stamps;
  CHECK(stamps.start <= stamps.sending);
  CHECK(stamps.sending <= stamps.sent);
  CHECK(stamps.sent <= stamps.first_byte);
  CHECK(stamps.first_byte <= stamps.done);
  CHECK(stamps.connecting > 0ns);
}

TEST_CASE("reads are stamped by the kernel, not by the loop") {
  // The first bytes after the first socket asked may come unstamped, so later ones are looked at.
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 20; ++i) {
      LoopbackServer::say(fd, "5\r\nhello\r\n");
      std::this_thread::sleep_for(1ms);
    }
    LoopbackServer::say(fd, "0\r\n\r\n");
  });
  const Exchange exchange = Exchange::run(get(server.url()));
  REQUIRE(exchange.parts.size() == 20);
  const net::BodyPart& last = exchange.parts.back();
  CHECK(last.by_kernel);
  CHECK(last.arrived < last.handled);
  CHECK(last.handled - last.arrived < 1s);
  CHECK(last.earliest <= last.arrived);
}

TEST_CASE("a stall of ours shows up between arrival and handling, not in the arrival") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    std::this_thread::sleep_for(5ms);
    LoopbackServer::say(fd, "again");
    LoopbackServer::await_close(fd);
  });
  static Initialized once;
  net::EventLoop loop;
  HttpClient client(loop, {});
  std::vector<net::BodyPart> parts;
  auto transfer =
      client.start(get(server.url()), {.on_headers = {},
                                       .on_body =
                                           [&](const net::BodyPart& part) {
                                             parts.push_back(part);
                                             // Blocks the loop while the second half arrives.
                                             if (parts.size() == 1)
                                               std::this_thread::sleep_for(60ms);
                                             return true;
                                           },
                                       .on_done = [&](net::HttpResult) { loop.stop(); }});
  loop.run([] {});
  REQUIRE(parts.size() == 2);
  CHECK(parts[1].arrived - parts[0].arrived < 50ms);
  CHECK(parts[1].handled - parts[1].arrived > 30ms);
  // Nobody can know when its first byte came: only that the socket was empty before the stall.
  CHECK(parts[1].arrived - parts[1].earliest > 1ms);
}

TEST_CASE("connections are kept and used again by VUs of the same shard") {
  std::string second_request;
  LoopbackServer server(1, [&](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    second_request = LoopbackServer::read_request(fd);
    LoopbackServer::say(fd, "HTTP/1.1 204 No Content\r\n\r\n");
  });
  static Initialized once;
  net::EventLoop loop;
  HttpClient client(loop, {});
  std::unique_ptr<net::HttpTransfer> second;
  int status = 0;
  auto first = client.start(get(server.url()),
                            {.on_headers = {}, .on_body = {}, .on_done = [&](net::HttpResult) {
                               second = client.start(
                                   get(server.url("/second")),
                                   {.on_headers = {}, .on_body = {}, .on_done = [&](auto result) {
                                      status = result.status;
                                      CHECK(result.stamps.connecting == 0ns);
                                      loop.stop();
                                    }});
                             }});
  loop.run([] {});
  CHECK(status == 204);
  CHECK(second_request.starts_with("GET /second"));
}

TEST_CASE("what goes wrong below HTTP is told apart") {
  SECTION("nobody listens") {
    const Exchange exchange = Exchange::run(get("http://127.0.0.1:1/"));
    CHECK(exchange.result.error == TransferError::kConnect);
    CHECK(exchange.result.status == 0);
    CHECK_FALSE(exchange.result.message.empty());
  }
  SECTION("no such host") {
    CHECK(Exchange::run(get("http://no-such-host.invalid/")).result.error == TransferError::kDns);
  }
  SECTION("no URL at all") {
    CHECK(Exchange::run(get("gopher://127.0.0.1/")).result.error == TransferError::kProtocol);
  }
  SECTION("closed before the answer's end") {
    LoopbackServer server(1, [](int fd, const std::string&) {
      LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    });
    const Exchange exchange = Exchange::run(get(server.url()));
    CHECK(exchange.result.error == TransferError::kPartial);
    CHECK(exchange.result.status == 200);
    CHECK(exchange.body == "half");
  }
  SECTION("closed within the headers") {
    LoopbackServer server(1, [](int fd, const std::string&) {
      LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\nContent-Le");
    });
    CHECK(Exchange::run(get(server.url())).result.error == TransferError::kPartial);
  }
  SECTION("reset") {
    LoopbackServer server(1, [](int fd, const std::string&) {
      LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
      const linger now{.l_onoff = 1, .l_linger = 0};
      setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    });
    CHECK(Exchange::run(get(server.url())).result.error == TransferError::kReset);
  }
  SECTION("time-out") {
    LoopbackServer server(1, [](int fd, const std::string&) { LoopbackServer::await_close(fd); });
    net::HttpRequest request = get(server.url());
    request.total_timeout = 20ms;
    CHECK(Exchange::run(std::move(request)).result.error == TransferError::kTimeout);
  }
  SECTION("not HTTP") {
    LoopbackServer server(
        1, [](int fd, const std::string&) { LoopbackServer::say(fd, "SSH-2.0-nonsense\r\n"); });
    CHECK(Exchange::run(get(server.url())).result.error == TransferError::kProtocol);
  }
  SECTION("stopped by us") {
    LoopbackServer server(1, [](int fd, const std::string&) {
      LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
      LoopbackServer::await_close(fd);
    });
    CHECK(Exchange::run(get(server.url()), 4).result.error == TransferError::kStopped);
  }
}

TEST_CASE("destroying a transfer cancels it and closes its connection") {
  bool closed = false;
  {
    LoopbackServer server(1, [&](int fd, const std::string&) {
      LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
      LoopbackServer::await_close(fd);
      closed = true;
    });
    static Initialized once;
    net::EventLoop loop;
    HttpClient client(loop, {});
    bool done = false;
    std::unique_ptr<net::HttpTransfer> transfer;
    net::EventLoop::Timer cancel(loop, [&] {
      transfer.reset();
      loop.stop();
    });
    transfer = client.start(get(server.url()), {.on_headers = {},
                                                .on_body =
                                                    [&](const net::BodyPart&) {
                                                      cancel.arm_after(0ms);
                                                      return true;
                                                    },
                                                .on_done = [&](auto) { done = true; }});
    loop.run([] {});
    CHECK_FALSE(done);
  }
  CHECK(closed);
}

TEST_CASE("an answer after a 100 Continue is the one that counts") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd,
                        "HTTP/1.1 100 Continue\r\n\r\n"
                        "HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n");
  });
  const Exchange exchange = Exchange::run(get(server.url()));
  CHECK(exchange.result.status == 429);
  CHECK(exchange.status_in_headers == 429);
  CHECK(net::find_header(exchange.result.headers, "retry-after") == "7");
}

TEST_CASE("what is started can be sent off within the same turn") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 204 No Content\r\n\r\n");
    LoopbackServer::read_request(fd);
    LoopbackServer::say(fd, "HTTP/1.1 204 No Content\r\n\r\n");
  });
  static Initialized once;
  net::EventLoop loop;
  HttpClient client(loop, {});
  bool first_done = false;
  auto first =
      client.start(get(server.url()),
                   {.on_headers = {}, .on_body = {}, .on_done = [&](auto) { first_done = true; }});
  std::unique_ptr<net::HttpTransfer> second;
  int status = 0;
  loop.run([&] {
    if (!first_done || second) return;
    second = client.start(get(server.url()),
                          {.on_headers = {}, .on_body = {}, .on_done = [&](auto result) {
                             status = result.status;
                             loop.stop();
                           }});
    CHECK(second->stamps().sending == base::TimePoint{});
    client.run_started();
    CHECK(second->stamps().sending != base::TimePoint{});
  });
  CHECK(status == 204);
}
