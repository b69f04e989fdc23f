#include "client/http_call.h"

#include <catch2/catch.hpp>

#include "client/worker_fixture.h"
#include "net/loopback_server.h"

using namespace std::chrono_literals;
using client::HttpCall;
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
