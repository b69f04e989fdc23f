#include "client/request_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "client/http_call.h"
#include "client/llm_call_fixture.h"
#include "temporary_file.h"

using namespace std::chrono_literals;
using namespace tests;
using client::RequestLog;
using Json = nlohmann::json;

namespace {

std::vector<Json> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<Json> lines;
  std::string line;
  while (std::getline(file, line)) lines.push_back(Json::parse(line));
  return lines;
}

struct Fixture {
  Fixture() {
    auto opened = RequestLog::open(file.path(), {.version = "1.2",
                                                 .script = "a \"b\".lua",
                                                 .zero = worker.loop.now(),
                                                 .zero_unix = 1'700'000'000s + 1ms});
    REQUIRE(opened);
    log = std::move(*opened);
    worker.context.request_log = log.get();
  }

  std::vector<Json> lines() {
    REQUIRE(log->finish());
    return lines_of(file.path());
  }

  TemporaryFile file{".jsonl", ""};
  WorkerFixture worker;
  std::unique_ptr<RequestLog> log;
};

}  // namespace

TEST_CASE("a file of requests begins with the run and ends with its counts") {
  Fixture fixture;
  fixture.log->begin_load(fixture.worker.loop.now(), 2s);
  const std::vector<Json> lines = fixture.lines();
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == Json{{"type", "run"},
                         {"schema", "perigee-requests"},
                         {"schema_version", 1},
                         {"perigee", "1.2"},
                         {"script", "a \"b\".lua"},
                         {"started_at", "2023-11-14T22:13:20.001000Z"},
                         {"started_unix_s", 1'700'000'000.001}});
  CHECK(lines[1].at("type") == "load");
  CHECK(lines[1].at("start_s").get<double>() >= 0);
  CHECK(lines[1].at("warmup_s") == 2);
  CHECK(lines[2] == Json{{"type", "end"}, {"llm", 0}, {"http", 0}, {"dropped", 0}});
}

TEST_CASE("a streamed request's line has its moments in order, its usage and its cost") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, kStreamHead + message_start());
    std::this_thread::sleep_for(15ms);
    LoopbackServer::say(fd, delta("Hello") + delta(" world") + message_end(3) + "0\r\n\r\n");
  });
  Fixture fixture;
  fixture.worker.context.apart = false;
  client::Origin origin = fixture.worker.origin();
  origin.due = fixture.worker.loop.now() - 1s;
  run(fixture.worker, spec_for(server), origin);
  const std::vector<Json> lines = fixture.lines();
  REQUIRE(lines.size() == 3);
  const Json& line = lines[1];
  CHECK(line.at("type") == "llm");
  CHECK(line.at("apart") == false);
  CHECK(line.at("request_id") == "req_011");
  CHECK(line.at("status") == 200);
  CHECK(line.at("outcome") == "completed");
  CHECK(line.at("error").is_null());
  CHECK(line.at("model") == "claude-haiku-4-5");
  CHECK(line.at("answered_model") == "claude-haiku-4-5-20251001");
  CHECK(line.at("usage").at("input_tokens") == 12);
  CHECK(line.at("usage").at("output_tokens") == 3);
  CHECK(line.at("usage").at("final") == true);
  CHECK(line.at("tags").at("task") == "simple");
  CHECK(line.at("tags").at("name") == "messages");
  CHECK(line.at("due_s").get<double>() < 0);  // Before the file was opened.
  double before = line.at("due_s");
  for (const char* name : {"asked_s", "start_s", "sending_s", "sent_s", "first_byte_s",
                           "first_token_s", "last_token_s", "done_s", "ended_s"}) {
    INFO(name);
    REQUIRE(line.at(name).is_number());
    CHECK(line.at(name).get<double>() >= before);
    before = line.at(name);
  }
  CHECK(line.at("ttft_s").get<double>() ==
        Approx(line.at("first_token_s").get<double>() - line.at("sending_s").get<double>())
            .margin(1e-8));
  CHECK(lines[2].at("llm") == 1);
  CHECK(lines[2].at("http") == 0);
}

TEST_CASE("each try of a call has a line, with its kind and what it waits for") {
  LoopbackServer server(2, [](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 529 Overloaded\r\ncontent-length: 0\r\n\r\n");
  });
  Fixture fixture;
  client::LlmSpec spec = spec_for(server);
  spec.retries.max = 1;
  spec.retries.base = 1ms;
  run(fixture.worker, spec, fixture.worker.origin());
  const std::vector<Json> lines = fixture.lines();
  REQUIRE(lines.size() == 4);
  for (const int i : {1, 2}) {
    CHECK(lines[i].at("outcome") == "failed");
    CHECK(lines[i].at("error") == "overloaded");
    CHECK(lines[i].at("status") == 529);
    CHECK(lines[i].at("apart") == true);
    CHECK(lines[i].at("attempt") == i - 1);
    CHECK(lines[i].at("done_s").is_null());
    CHECK(lines[i].at("first_token_s").is_null());
  }
  CHECK(lines[1].at("retry_in_s").is_number());
  CHECK(lines[2].at("retry_in_s").is_null());
}

TEST_CASE("what the end cuts off has a line as well") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, kStreamHead + message_start() + delta("Hello"));
    std::this_thread::sleep_for(100ms);
  });
  Fixture fixture;
  auto call = std::make_unique<client::LlmCall>(fixture.worker.context, spec_for(server),
                                                fixture.worker.origin(), [] {});
  net::EventLoop::Timer end(fixture.worker.loop, [&] {
    call.reset();
    fixture.worker.loop.stop();
  });
  end.arm_after(50ms);
  fixture.worker.loop.run([] {});
  const std::vector<Json> lines = fixture.lines();
  REQUIRE(lines.size() == 3);
  CHECK(lines[1].at("outcome") == "censored");
  CHECK(lines[1].at("done_s").is_null());
  CHECK(lines[1].at("ended_s").is_number());
}

TEST_CASE("a plain request's line has its own status, and says why it failed") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd,
                        "HTTP/1.1 404 Not Found\r\nx-request-id: abc\r\n"
                        "content-length: 2\r\n\r\nno");
  });
  Fixture fixture;
  client::HttpSpec spec;
  spec.request.url = server.url("/x");
  spec.tags.set("name", "page");
  client::HttpCall call(fixture.worker.context, std::move(spec), fixture.worker.origin(),
                        [&] { fixture.worker.loop.stop(); });
  fixture.worker.loop.run([] {});
  const std::vector<Json> lines = fixture.lines();
  REQUIRE(lines.size() == 3);
  CHECK(lines[1].at("type") == "http");
  CHECK(lines[1].at("status") == 404);
  CHECK(lines[1].at("request_id") == "abc");
  CHECK(lines[1].at("outcome") == "failed");
  CHECK(lines[1].at("error") == "not_found");
  CHECK(lines[1].at("message") == "the server answered 404");
  CHECK(lines[1].at("tags").at("method") == "GET");
  CHECK(lines[1].at("bytes_received").get<int>() > 2);
  CHECK(lines[2].at("http") == 1);
}

TEST_CASE("lines that a slow reader leaves no room for are counted, and the file says so") {
  const std::string pipe = TemporaryFile("", "").path();
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(reader >= 0);
  auto log = RequestLog::open(pipe, {}, 100'000);
  REQUIRE(log);
  const client::HttpRecord record;
  constexpr std::uint64_t kLines = 1'000;  // Of some 600 bytes.
  for (std::uint64_t i = 0; i < kLines; ++i) (*log)->add(record, "", false);
  const std::uint64_t dropped = (*log)->dropped();
  CHECK(dropped > 100);
  CHECK(dropped < kLines - 100);

  std::string came;
  std::thread drain([&came, reader] {
    fcntl(reader, F_SETFL, 0);  // It waits now.
    char bytes[65'536];
    while (true) {
      const ssize_t now = read(reader, bytes, sizeof bytes);
      if (now <= 0) return;
      came.append(bytes, static_cast<std::size_t>(now));
    }
  });
  REQUIRE((*log)->finish());
  drain.join();
  close(reader);
  std::filesystem::remove(pipe);
  const std::size_t last = came.rfind('\n', came.size() - 2) + 1;
  CHECK(Json::parse(came.substr(last)) ==
        Json{{"type", "end"}, {"llm", 0}, {"http", kLines - dropped}, {"dropped", dropped}});
  CHECK(static_cast<std::uint64_t>(std::count(came.begin(), came.end(), '\n')) ==
        kLines - dropped + 2);
}

TEST_CASE("a file that cannot be written is told") {
  const auto log = RequestLog::open("/no/such/folder/x", {});
  REQUIRE_FALSE(log);
  CHECK(log.error().message == "cannot write /no/such/folder/x: No such file or directory");
  auto full = RequestLog::open("/dev/full", {});
  REQUIRE(full);
  CHECK_FALSE((*full)->finish());
}
