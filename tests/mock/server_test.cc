#include "mock/server.h"

#include <curl/curl.h>

#include "server_fixture.h"

namespace {

using namespace tests;
using base::Distribution;
using nlohmann::json;

// The body of an answer over TLS; the certificate may be anybody's.
std::string fetch_over_tls(const std::string& url, const std::string& body) {
  std::string received;
  CURL* easy = curl_easy_init();
  curl_slist* headers = curl_slist_append(nullptr, "x-api-key: k");
  headers = curl_slist_append(headers, "anthropic-version: 2023-06-01");
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT, 10L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &received);
  curl_easy_setopt(
      easy, CURLOPT_WRITEFUNCTION, +[](char* bytes, size_t size, size_t count, void* text) {
        static_cast<std::string*>(text)->append(bytes, size * count);
        return size * count;
      });
  curl_easy_perform(easy);
  curl_slist_free_all(headers);
  curl_easy_cleanup(easy);
  return received;
}

}  // namespace

TEST_CASE("a stream comes in chunks of one event and the connection serves the next request") {
  std::string first;
  std::string second;
  serve(fast_options(3), [&](std::uint16_t port) {
    Client client(port);
    client.send(post_messages(true));
    first = client.read_until("0\r\n\r\n");
    client.send(post_messages(true));
    second = client.read_until("0\r\n\r\n");
  });
  const std::string head = base::to_lower(first.substr(0, first.find("\r\n\r\n")));
  CHECK(head.starts_with("http/1.1 200 ok\r\n"));
  CHECK(head.find("content-type: text/event-stream; charset=utf-8") != std::string::npos);
  CHECK(head.find("cache-control: no-cache") != std::string::npos);
  CHECK(head.find("request-id: req_011c") != std::string::npos);
  CHECK(head.find("anthropic-organization-id: ") != std::string::npos);
  const auto events = chunks_of(first);
  REQUIRE(events.size() == 9);
  CHECK(events.front().starts_with("event: message_start\n"));
  CHECK(events[2] == "event: ping\ndata: {\"type\": \"ping\"}\n\n");
  CHECK(events.back().starts_with("event: message_stop\n"));
  for (const auto& event : events) CHECK(event.ends_with("\n\n"));
  CHECK(chunks_of(second).size() == 9);
  CHECK(first != second);
}

TEST_CASE("an answer that is not streamed is one JSON message") {
  std::string head;
  std::string body;
  serve(fast_options(5), [&](std::uint16_t port) {
    Client client(port);
    client.send(post_messages(false, 4));
    head = client.read_until("\r\n\r\n");
    body = client.read_until("\"not_available\"}}");
  });
  CHECK(head.find("content-type: application/json\r\n") != std::string::npos);
  CHECK(head.find("request-id: req_011C") != std::string::npos);
  const auto message = json::parse(body);
  CHECK(message["model"] == "claude-haiku-4-5-20251001");
  CHECK(message["stop_reason"] == "max_tokens");
  CHECK(message["usage"]["output_tokens"] == 4);
  CHECK(message["content"][0]["text"].get<std::string>().find(' ') != std::string::npos);
}

TEST_CASE("a client that reads late gets every byte") {
  constexpr int kTokens = 30'000;
  auto options = fast_options(kTokens);
  options.profile.itl = Distribution::constant(0);
  std::string response;
  serve(options, [&](std::uint16_t port) {
    Client client(port, 4096);
    client.send(post_messages(true));
    // Another client's answer shows that all of the first one's has been sent or buffered by then.
    Client other(port);
    other.send(post_messages(true, 1));
    other.read_until("0\r\n\r\n");
    response = client.read_until("\r\n0\r\n\r\n");
  });
  const auto events = chunks_of(response);
  REQUIRE(events.size() == kTokens + 6);
  for (const auto& event : events) {
    REQUIRE(event.starts_with("event: "));
    REQUIRE(event.ends_with("\n\n"));
  }
}

TEST_CASE("the record tells what was sent, to the end or until the client went away") {
  const RecordFile file;
  auto options = fast_options(4);
  options.record_file = file.path;
  options.profile.itl = Distribution::constant(0.01);
  serve(options, [&](std::uint16_t port) {
    Client whole(port);
    whole.send(post_messages(true));
    whole.read_until("0\r\n\r\n");
    Client leaving(port);
    leaving.send(post_messages(true));
    leaving.read_until("ping");
    leaving.close();
    whole.send(get("/health"));
    whole.read_until("ok");
  });
  const auto records = file.lines();
  REQUIRE(records.size() == 2);
  CHECK(records[0]["closed_early"] == false);
  CHECK(records[0]["output_tokens"] == 4);
  REQUIRE(records[0]["events"].size() == 10);
  std::int64_t last = records[0]["received_ns"].get<std::int64_t>() + 1'000'000;
  for (const auto& event : records[0]["events"]) {
    CHECK(event["sent_ns"] >= last);
    last = event["sent_ns"];
  }
  CHECK(last >= records[0]["received_ns"].get<std::int64_t>() + 31'000'000);
  CHECK(records[1]["closed_early"] == true);
  CHECK(records[1]["output_tokens"] < 4);
}

TEST_CASE("a client that leaves before the first token is noticed at once") {
  const RecordFile file;
  auto options = fast_options(4);
  options.record_file = file.path;
  options.profile.ttft = Distribution::constant(3600);
  size_t lines = 0;
  serve(options, [&](std::uint16_t port) {
    Client leaving(port);
    leaving.send(post_messages(true));
    Client waiting(port);
    waiting.send(post_messages(false));
    waiting.close();
    leaving.close();
    // The record is written while the server still runs: at most a few seconds of looking.
    for (int i = 0; i < 100 && lines == 0; ++i) {
      Client other(port);
      other.send(get("/delay/50ms"));
      other.read_until("50ms");
      lines = file.lines().size();
    }
  });
  CHECK(lines == 1);
  REQUIRE(file.lines().size() == 1);
  CHECK(file.lines()[0]["closed_early"] == true);
  CHECK(file.lines()[0]["events"].empty());
}

TEST_CASE("a server that ends closes its streams and records them") {
  const RecordFile file;
  auto options = fast_options(1000);
  options.record_file = file.path;
  options.profile.itl = Distribution::constant(60);
  std::string rest;
  {
    std::unique_ptr<Client> client;
    serve(options, [&](std::uint16_t port) {
      client = std::make_unique<Client>(port);
      client->send(post_messages(true));
      client->read_until("text_delta");
    });
    rest = client->read_until("message_stop");
  }
  CHECK(rest.find("message_stop") == std::string::npos);
  REQUIRE(file.lines().size() == 1);
  CHECK(file.lines()[0]["closed_early"] == true);
  CHECK(file.lines()[0]["output_tokens"] == 1);
}

TEST_CASE("a frozen server sends nothing until the freeze is over, and then all of it in order") {
  const RecordFile file;
  auto options = fast_options(20);
  options.record_file = file.path;
  options.profile.itl = Distribution::constant(0.01);
  options.freeze = {std::chrono::milliseconds(300), std::chrono::milliseconds(600)};
  serve(options, [&](std::uint16_t port) {
    Client client(port);
    // About 200 ms each: among four in a row one meets a freeze.
    for (int i = 0; i < 4; ++i) {
      client.send(post_messages(true));
      client.read_until("0\r\n\r\n");
      client.send(get("/health"));
      client.read_until("ok");
    }
  });
  std::int64_t longest_gap = 0;
  const auto records = file.lines();
  REQUIRE(records.size() == 4);
  for (const auto& record : records) {
    REQUIRE(record["events"].size() == 26);
    auto last = record["received_ns"].get<std::int64_t>();
    for (const auto& event : record["events"]) {
      const auto sent = event["sent_ns"].get<std::int64_t>();
      CHECK(sent >= last);
      longest_gap = std::max(longest_gap, sent - last);
      last = sent;
    }
  }
  CHECK(longest_gap >= 250'000'000);
}

TEST_CASE("a client that leaves during a freeze is forgotten") {
  auto options = fast_options(1);
  options.freeze = {std::chrono::milliseconds(390), std::chrono::milliseconds(400)};
  std::string answer;
  serve(options, [&](std::uint16_t port) {
    for (int i = 0; i < 5; ++i) {
      Client leaving(port);
      leaving.send(post_messages(true));
      leaving.close();
    }
    Client client(port);
    client.send(get("/health"));
    answer = client.read_until("ok");
  });
  CHECK(answer.starts_with("HTTP/1.1 200 "));
}

TEST_CASE("wrong requests get the API's errors") {
  std::vector<std::string> answers;
  serve(fast_options(1), [&](std::uint16_t port) {
    const auto ask = [&](const std::string& request, std::string_view last) {
      Client client(port);
      client.send(request);
      answers.push_back(client.read_until(last));
    };
    ask("POST /v1/messages HTTP/1.1\r\nhost: m\r\ncontent-length: 2\r\n\r\n{}", "\"}");
    ask(get("/v1/messages"), "\"}");
    ask(get("/v1/nothing"), "\"}");
    ask(get("/status/418"), "}");
    const std::string large((32 << 20) + 1, 'x');
    ask(fmt::format("POST /v1/messages HTTP/1.1\r\nhost: m\r\ncontent-length: {}\r\n\r\n{}",
                    large.size(), large),
        "\r\n\r\n");
  });
  CHECK(answers[0].starts_with("HTTP/1.1 401 "));
  CHECK(answers[0].find("\"type\":\"authentication_error\"") != std::string::npos);
  CHECK(answers[1].starts_with("HTTP/1.1 405 "));
  CHECK(answers[2].starts_with("HTTP/1.1 404 "));
  CHECK(answers[2].find("\"type\":\"not_found_error\"") != std::string::npos);
  CHECK(answers[3].starts_with("HTTP/1.1 418 "));
  CHECK(answers[4].starts_with("HTTP/1.1 413 "));
}

TEST_CASE("over TLS streams and whole answers come as they do without") {
  auto options = fast_options(5);
  options.tls = true;
  std::string stream;
  std::string whole;
  serve(options, [&](std::uint16_t port) {
    const std::string url = fmt::format("https://127.0.0.1:{}/v1/messages", port);
    stream = fetch_over_tls(url, message_body(true).dump());
    whole = fetch_over_tls(url, message_body(false).dump());
  });
  CHECK(stream.starts_with("event: message_start\n"));
  CHECK(stream.find("event: message_stop\n") != std::string::npos);
  CHECK(json::parse(whole)["usage"]["output_tokens"] == 5);
}

TEST_CASE("a certificate that cannot be used is an error that names its file") {
  net::EventLoop loop;
  auto options = fast_options(1);
  options.tls = true;
  options.certificate_file = "/none/c.pem";
  options.key_file = "/none/k.pem";
  const auto server = mock::Server::start(loop, options);
  REQUIRE_FALSE(server);
  CHECK(server.error().message.find("/none/c.pem") != std::string::npos);
}

TEST_CASE("faults are recorded for streams") {
  const RecordFile file;
  auto options = fast_options(1);
  options.record_file = file.path;
  options.faults = faults("529=100%");
  std::string head;
  serve(options, [&](std::uint16_t port) {
    Client client(port);
    client.send(post_messages(true));
    head = client.read_until("\r\n\r\n");
  });
  CHECK(head.starts_with("HTTP/1.1 529 "));
  REQUIRE(file.lines().size() == 1);
  CHECK(file.lines()[0]["status"] == 529);
}

TEST_CASE("an address that is taken or unknown is an error that names it") {
  net::EventLoop loop;
  const auto server = mock::Server::start(loop, fast_options(1));
  REQUIRE(server);
  auto options = fast_options(1);
  options.port = (*server)->port();
  const auto second = mock::Server::start(loop, options);
  REQUIRE_FALSE(second);
  CHECK(second.error().message ==
        fmt::format("cannot listen on 127.0.0.1:{}: Address already in use", options.port));
  options.host = "999.0.0.1";
  CHECK_FALSE(mock::Server::start(loop, options));
}
