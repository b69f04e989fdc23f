#include "output/prometheus_endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "output/sample_run.h"

using namespace std::chrono_literals;
using namespace tests;
using Catch::Contains;
using output::parse_listen_address;
using output::PrometheusEndpoint;

namespace {

std::uint16_t port_of(const PrometheusEndpoint& endpoint) {
  const std::string url = endpoint.url();
  return static_cast<std::uint16_t>(std::stoi(url.substr(url.find(':', 7) + 1)));
}

std::string get(std::uint16_t port, const std::string& path) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  const std::string request = "GET " + path + " HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
  REQUIRE(write(fd, request.data(), request.size()) == static_cast<ssize_t>(request.size()));
  std::string answer;
  char bytes[4096];
  while (true) {
    const ssize_t now = read(fd, bytes, sizeof bytes);
    if (now <= 0) break;
    answer.append(bytes, static_cast<std::size_t>(now));
  }
  close(fd);
  return answer;
}

}  // namespace

TEST_CASE("an address is a port, or a host and a port") {
  CHECK(parse_listen_address("9464")->host == "127.0.0.1");
  CHECK(parse_listen_address("9464")->port == 9464);
  CHECK(parse_listen_address("0.0.0.0:80")->host == "0.0.0.0");
  CHECK(parse_listen_address("[::1]:80")->host == "::1");
  CHECK(parse_listen_address("[::1]:80")->port == 80);
  for (const char* text : {"", ":80", "x:", "65536", "-1", "80x", "::1:80", "host:port"}) {
    INFO(text);
    const auto address = parse_listen_address(text);
    REQUIRE_FALSE(address);
    CHECK_THAT(address.error().message, Contains("expected a port or HOST:PORT"));
    CHECK_THAT(address.error().message, Contains(std::string("got \"") + text + "\""));
  }
}

TEST_CASE("it answers with what the run had counted when it was last told") {
  auto endpoint = PrometheusEndpoint::start({}, "0.1", "chat.lua");
  REQUIRE(endpoint);
  const std::uint16_t port = port_of(**endpoint);
  const std::string before = get(port, "/metrics");
  CHECK_THAT(before, Contains("200 OK"));
  CHECK_THAT(before, Contains("text/plain; version=0.0.4"));
  CHECK_THAT(before, Contains("perigee_run_info{script=\"chat.lua\",version=\"0.1\"} 1\n"));
  SampleRun run;
  run.add(metrics::kIterations, {}, 5);
  output::Progress progress;
  progress.elapsed = 2s;
  progress.store = run.finish().store;
  (*endpoint)->on_progress(progress);
  const std::string after = get(port, "/metrics");
  CHECK_THAT(after, Contains("perigee_run_elapsed_seconds 2\n"));
  CHECK_THAT(after, Contains("perigee_iterations_total 5\n"));
  CHECK_THAT(get(port, "/other"), Contains("404"));
}

TEST_CASE("a port in use is told") {
  auto first = PrometheusEndpoint::start({}, "", "");
  REQUIRE(first);
  const auto second = PrometheusEndpoint::start({"127.0.0.1", port_of(**first)}, "", "");
  REQUIRE_FALSE(second);
  CHECK_THAT(second.error().message, Contains("cannot listen on 127.0.0.1:"));
  CHECK_THAT(second.error().message, Contains("Address already in use"));
}
