#include "client/http_call.h"

#include <catch2/catch.hpp>

#include "client/worker_fixture.h"
#include "net/loopback_server.h"

using namespace std::chrono_literals;
using client::HttpCall;
using tests::header_of;
using tests::http_answer;
using tests::LoopbackServer;
using tests::WorkerFixture;

namespace {

client::HttpSpec get(const std::string& url) {
  client::HttpSpec spec;
  spec.request.url = url;
  spec.request.total_timeout = 10s;
  spec.tags.set("name", "home");
  return spec;
}

client::HttpAnswer run(WorkerFixture& worker, client::HttpSpec spec) {
  HttpCall call(worker.context, std::move(spec), worker.origin(), [&] { worker.loop.stop(); });
  worker.loop.run([] {});
  return std::move(call.answer());
}

// Gives each request the next answer, all on one connection, and keeps what was asked.
class Answers {
 public:
  explicit Answers(std::vector<std::string> answers)
      : server_(1, [this, answers](int fd, const std::string& first) {
          requests_.push_back(first);
          for (std::size_t i = 0; i < answers.size(); ++i) {
            if (i > 0) requests_.push_back(LoopbackServer::read_request(fd));
            LoopbackServer::say(fd, answers[i]);
          }
        }) {}

  std::string url(std::string_view path = "/") const { return server_.url(path); }
  // REQUIRES: its answer was received.
  const std::string& request(std::size_t index) const { return requests_.at(index); }

 private:
  std::vector<std::string> requests_;
  LoopbackServer server_;
};

std::string moved(const std::string& status, const std::string& location,
                  const std::string& body = "") {
  return http_answer(status + " Moved", "Location: " + location + "\r\n", body);
}

double requests(WorkerFixture& worker, const std::string& selector) {
  return worker.counted().counter(metrics::kHttpReqs, *metrics::parse_selector(selector));
}

}  // namespace

TEST_CASE("an answered request is counted with its name, method and status") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  });
  WorkerFixture worker;
  const client::HttpAnswer answer = run(worker, get(server.url()));
  CHECK_FALSE(answer.error);
  CHECK(answer.body == "hi");
  CHECK(requests(worker, "name=home,method=GET,status=200,task=simple,outcome=completed") == 1);
  const metrics::Store& store = worker.counted();
  CHECK(store.rate(metrics::kHttpReqFailed).total == 1);
  CHECK(store.rate(metrics::kHttpReqFailed).trues == 0);
  for (const auto metric : {metrics::kHttpReqDuration, metrics::kHttpReqBlocked,
                            metrics::kHttpReqWaiting, metrics::kHttpReqReceiving}) {
    CHECK(store.trend(metric).values.count() == 1);
  }
  CHECK(store.counter(metrics::kDataReceived) > 2);
  CHECK(store.trend(metrics::kClientLag).values.count() == 1);
}

TEST_CASE("a status of 400 or above is a failure with the body kept") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy");
  });
  WorkerFixture worker;
  const client::HttpAnswer answer = run(worker, get(server.url()));
  REQUIRE(answer.error);
  CHECK(*answer.error == llm::ErrorKind::kServerError);
  CHECK(answer.error_message == "the server answered 503");
  CHECK(answer.body == "busy");
  CHECK(requests(worker, "status=503,error=server_error,outcome=failed") == 1);
  CHECK(worker.counted().rate(metrics::kHttpReqFailed).trues == 1);
}

TEST_CASE("a refused connection is counted without a status") {
  WorkerFixture worker;
  const client::HttpAnswer answer = run(worker, get("http://127.0.0.1:1/"));
  REQUIRE(answer.error);
  CHECK(*answer.error == llm::ErrorKind::kConnect);
  CHECK(requests(worker, "status=,error=connect,outcome=failed") == 1);
  CHECK(worker.counted().trend(metrics::kHttpReqDuration).count() == 0);
}

TEST_CASE("a time-out leaves a lower bound of the duration") {
  LoopbackServer server(1, [](int fd, const std::string&) { LoopbackServer::await_close(fd); });
  WorkerFixture worker;
  client::HttpSpec spec = get(server.url());
  spec.request.total_timeout = 30ms;
  const client::HttpAnswer answer = run(worker, std::move(spec));
  REQUIRE(answer.error);
  CHECK(*answer.error == llm::ErrorKind::kTimeout);
  const metrics::Trend duration = worker.counted().trend(metrics::kHttpReqDuration);
  CHECK(duration.values.count() == 0);
  CHECK(duration.lower_bounds.count() == 1);
}

TEST_CASE("a request that is destroyed under way is censored") {
  LoopbackServer server(1, [](int fd, const std::string&) { LoopbackServer::await_close(fd); });
  WorkerFixture worker;
  auto call = std::make_unique<HttpCall>(worker.context, get(server.url()), worker.origin(), [] {});
  net::EventLoop::Timer end(worker.loop, [&] {
    call.reset();
    worker.loop.stop();
  });
  end.arm_after(10ms);
  worker.loop.run([] {});
  CHECK(requests(worker, "outcome=censored") == 1);
  const metrics::Store& store = worker.counted();
  CHECK(store.rate(metrics::kHttpReqFailed).total == 0);
  CHECK(store.trend(metrics::kHttpReqDuration).lower_bounds.count() == 1);
}

TEST_CASE("a discarded body is counted but not kept") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  });
  WorkerFixture worker;
  client::HttpSpec spec = get(server.url());
  spec.discard_body = true;
  CHECK(run(worker, std::move(spec)).body.empty());
  CHECK(worker.counted().counter(metrics::kDataReceived) > 2);
}

TEST_CASE("a body of more than 64 MB is a failure, unless it is discarded") {
  constexpr std::size_t kTooLarge = 64 * 1024 * 1024 + 1;
  const std::string large = http_answer("200 OK", "", std::string(kTooLarge, 'x'));
  LoopbackServer server(2, [&](int fd, const std::string&) { LoopbackServer::say(fd, large); });
  WorkerFixture worker;
  const client::HttpAnswer kept = run(worker, get(server.url()));
  CHECK(kept.error == llm::ErrorKind::kProtocol);
  CHECK(kept.error_message == "the answer is larger than 64 MB");
  CHECK(kept.body.empty());

  client::HttpSpec discarding = get(server.url());
  discarding.discard_body = true;
  CHECK_FALSE(run(worker, std::move(discarding)).error);
}

TEST_CASE("a sink takes the body of a success, and of nothing else") {
  std::string taken;
  const auto to_sink = [&](const std::string& url, bool wanted) {
    client::HttpSpec spec = get(url);
    spec.body_sink = [&taken, wanted](std::string_view bytes) {
      taken += bytes;
      return wanted;
    };
    return spec;
  };
  WorkerFixture worker;
  SECTION("after a redirect") {
    Answers server({moved("302", "/there", "look there"), http_answer("200 OK", "", "here")});
    const client::HttpAnswer answer = run(worker, to_sink(server.url(), true));
    CHECK_FALSE(answer.error);
    CHECK(answer.body.empty());
    CHECK(taken == "here");
  }
  SECTION("not of an error") {
    Answers server({http_answer("500 Oops", "", "why")});
    CHECK(run(worker, to_sink(server.url(), true)).body == "why");
    CHECK(taken.empty());
  }
  SECTION("which it can refuse") {
    Answers server({http_answer("200 OK", "", "here")});
    const client::HttpAnswer answer = run(worker, to_sink(server.url(), false));
    CHECK(answer.error == llm::ErrorKind::kProtocol);
    CHECK(answer.error_message == "the answer is not what was asked for");
  }
}

TEST_CASE("redirects are followed, and each is a request of its own") {
  Answers server({moved("302", "/second", "look there"), moved("301", "third?x=1"),
                  http_answer("200 OK", "", "here")});
  WorkerFixture worker;
  const client::HttpAnswer answer = run(worker, get(server.url("/first")));
  CHECK_FALSE(answer.error);
  CHECK(answer.result.status == 200);
  CHECK(answer.body == "here");
  CHECK(answer.redirects == 2);
  CHECK(answer.url == server.url("/third?x=1"));
  CHECK(server.request(2).starts_with("GET /third?x=1 HTTP/1.1"));
  CHECK(requests(worker, "name=home,status=302,outcome=completed") == 1);
  CHECK(requests(worker, "name=home,status=301,outcome=completed") == 1);
  CHECK(requests(worker, "name=home,status=200,outcome=completed") == 1);
  CHECK(worker.counted().rate(metrics::kHttpReqFailed).total == 3);
  CHECK(worker.counted().trend(metrics::kHttpReqDuration).values.count() == 3);
}

TEST_CASE("a form that is answered by 303 goes on as a GET, counted as one") {
  Answers server({moved("303", "/done"), http_answer("200 OK", "")});
  WorkerFixture worker;
  client::HttpSpec spec = get(server.url("/form"));
  spec.request.method = "POST";
  spec.request.headers = {"Content-Type: text/plain"};
  spec.request.body = std::make_shared<const std::string>("a=1");
  run(worker, std::move(spec));
  CHECK(server.request(1).starts_with("GET /done HTTP/1.1"));
  CHECK(header_of(server.request(1), "Content-Type").empty());
  CHECK(requests(worker, "method=POST,status=303") == 1);
  CHECK(requests(worker, "method=GET,status=200") == 1);
}

TEST_CASE("a body goes along with 307") {
  Answers server({moved("307", "/there"), http_answer("200 OK", "")});
  WorkerFixture worker;
  client::HttpSpec spec = get(server.url());
  spec.request.method = "POST";
  spec.request.body = std::make_shared<const std::string>("a=1");
  run(worker, std::move(spec));
  CHECK(server.request(1).starts_with("POST /there HTTP/1.1"));
  CHECK(server.request(1).ends_with("\r\n\r\na=1"));
}

TEST_CASE("one redirect too many fails, with its answer kept") {
  Answers server({moved("302", "/"), moved("302", "/"), moved("302", "/", "again")});
  WorkerFixture worker;
  client::HttpSpec spec = get(server.url());
  spec.redirects = 2;
  const client::HttpAnswer answer = run(worker, std::move(spec));
  REQUIRE(answer.error);
  CHECK(*answer.error == llm::ErrorKind::kProtocol);
  CHECK(answer.error_message == "stopped after 2 redirects");
  CHECK(answer.result.status == 302);
  CHECK(answer.body == "again");
  CHECK(requests(worker, "status=302,outcome=completed") == 2);
  CHECK(requests(worker, "status=302,error=protocol,outcome=failed") == 1);
}

TEST_CASE("a redirect is an answer like any other where none is to be followed") {
  Answers server({moved("302", "/there")});
  WorkerFixture worker;
  client::HttpSpec spec = get(server.url());
  spec.redirects = 0;
  const client::HttpAnswer answer = run(worker, std::move(spec));
  CHECK_FALSE(answer.error);
  CHECK(answer.result.status == 302);
  CHECK(answer.redirects == 0);
}

TEST_CASE("a redirect that leads nowhere fails") {
  Answers server({moved("302", "gopher://127.0.0.1/")});
  WorkerFixture worker;
  const client::HttpAnswer answer = run(worker, get(server.url()));
  REQUIRE(answer.error);
  CHECK(*answer.error == llm::ErrorKind::kProtocol);
  CHECK(answer.error_message == "cannot follow the redirect to \"gopher://127.0.0.1/\"");
}

TEST_CASE("the time-out covers all redirects together") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, moved("302", "/slow"));
    LoopbackServer::read_request(fd);
    LoopbackServer::await_close(fd);
  });
  WorkerFixture worker;
  client::HttpSpec spec = get(server.url());
  spec.request.total_timeout = 50ms;
  const client::HttpAnswer answer = run(worker, std::move(spec));
  REQUIRE(answer.error);
  CHECK(*answer.error == llm::ErrorKind::kTimeout);
  CHECK(requests(worker, "status=302,outcome=completed") == 1);
  CHECK(requests(worker, "error=timeout,outcome=failed") == 1);
}

TEST_CASE("cookies that a redirect sets are sent to where it leads") {
  Answers server({http_answer("302 Found", "Location: /home\r\nSet-Cookie: session=abc\r\n"),
                  http_answer("200 OK", "")});
  WorkerFixture worker;
  client::HttpSpec spec = get(server.url("/login"));
  const auto jar = std::make_shared<net::CookieJar>();
  spec.request.cookies = jar;
  run(worker, std::move(spec));
  CHECK(header_of(server.request(1), "Cookie") == "session=abc");
  CHECK(jar->lines.size() == 1);
}

TEST_CASE("what counts as success can be chosen") {
  WorkerFixture worker;
  SECTION("a 404 that is expected has not failed") {
    Answers server({http_answer("404 Not Found", "")});
    client::HttpSpec spec = get(server.url());
    spec.expected_statuses = {{200, 299}, {404, 404}};
    CHECK_FALSE(run(worker, std::move(spec)).error);
    CHECK(requests(worker, "status=404,error=,outcome=completed") == 1);
    CHECK(worker.counted().rate(metrics::kHttpReqFailed).trues == 0);
  }
  SECTION("a 201 that is not expected has failed") {
    Answers server({http_answer("201 Created", "")});
    client::HttpSpec spec = get(server.url());
    spec.expected_statuses = {{200, 200}};
    const client::HttpAnswer answer = run(worker, std::move(spec));
    REQUIRE(answer.error);
    CHECK(*answer.error == llm::ErrorKind::kOther);
    CHECK(answer.error_message == "unexpected status 201");
    CHECK(worker.counted().rate(metrics::kHttpReqFailed).trues == 1);
  }
  SECTION("a redirect that was followed has succeeded, whatever is expected of the last answer") {
    Answers server({moved("302", "/there"), http_answer("200 OK", "")});
    client::HttpSpec spec = get(server.url());
    spec.expected_statuses = {{200, 200}};
    CHECK_FALSE(run(worker, std::move(spec)).error);
    CHECK(worker.counted().rate(metrics::kHttpReqFailed).trues == 0);
  }
}

TEST_CASE("a request that is destroyed after a redirect is censored once") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, moved("302", "/slow"));
    LoopbackServer::await_close(fd);
  });
  WorkerFixture worker;
  auto call = std::make_unique<HttpCall>(worker.context, get(server.url()), worker.origin(), [] {});
  net::EventLoop::Timer end(worker.loop, [&] {
    call.reset();
    worker.loop.stop();
  });
  end.arm_after(50ms);
  worker.loop.run([] {});
  CHECK(requests(worker, "outcome=completed,status=302") == 1);
  CHECK(requests(worker, "outcome=censored") == 1);
}
