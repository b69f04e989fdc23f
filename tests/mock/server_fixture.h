// A server on a free port, and a client of plain sockets.
#pragma once

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/text.h"
#include "mock/server.h"

namespace tests {

// A free port; the first token after 1 ms, then one every 0.1 ms.
inline mock::Options fast_options(double tokens) {
  using base::Distribution;
  mock::Profile profile = {"test", Distribution::constant(0.001), Distribution::constant(0.0001),
                           Distribution::constant(tokens), Distribution::constant(1)};
  return {.host = "127.0.0.1",
          .port = 0,
          .profile = std::move(profile),
          .faults = {},
          .limits = {},
          .batches = {},
          .record_file = {},
          .certificate_file = {},
          .key_file = {}};
}

// REQUIRES: rules that are right.
inline std::vector<mock::FaultRule> faults(std::string_view text) {
  return mock::parse_faults(text).value();
}

// A blocking client; every read gives up after a few seconds, so that no test can hang.
class Client {
 public:
  explicit Client(std::uint16_t port, int receive_buffer = 0)
      : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience = {.tv_sec = 10, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (receive_buffer > 0) {
      setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) close();
  }
  ~Client() { close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  void send(const std::string& bytes) {
    [[maybe_unused]] const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  // Everything up to and with the mark, or up to the end where it does not come.
  std::string read_until(std::string_view mark) {
    std::size_t found = std::string::npos;
    std::size_t searched = 0;
    while ((found = received_.find(mark, searched)) == std::string::npos) {
      searched = received_.size() < mark.size() ? 0 : received_.size() - mark.size();
      if (!receive()) return std::exchange(received_, "");
    }
    const std::string result = received_.substr(0, found + mark.size());
    received_.erase(0, result.size());
    return result;
  }

  // The next answer: its head, and as much of a body as content-length says.
  std::pair<std::string, std::string> read_answer() {
    std::string head = read_until("\r\n\r\n");
    const std::string lower = base::to_lower(head);
    const std::size_t length_at = lower.find("content-length: ");
    if (length_at == std::string::npos) return {std::move(head), ""};
    const std::size_t length = std::strtoul(lower.c_str() + length_at + 16, nullptr, 10);
    while (received_.size() < length && receive()) continue;
    std::string body = received_.substr(0, length);
    received_.erase(0, length);
    return {std::move(head), std::move(body)};
  }

 private:
  // False at the end.
  bool receive() {
    char buffer[16384];
    const ssize_t got = recv(fd_, buffer, sizeof buffer, 0);
    if (got > 0) received_.append(buffer, static_cast<std::size_t>(got));
    return got > 0;
  }

  int fd_;
  std::string received_;
};

inline std::string post(std::string_view path, const nlohmann::json& body,
                        std::string_view headers =
                            "x-api-key: k\r\n"
                            "anthropic-version: 2023-06-01\r\n") {
  const std::string text = body.dump();
  return fmt::format("POST {} HTTP/1.1\r\nhost: mock\r\n{}content-length: {}\r\n\r\n{}", path,
                     headers, text.size(), text);
}

inline nlohmann::json message_body(bool stream, std::int64_t max_tokens = 64000) {
  return {{"model", "claude-haiku-4-5"},
          {"max_tokens", max_tokens},
          {"stream", stream},
          {"messages", {{{"role", "user"}, {"content", "hello"}}}}};
}

inline std::string post_messages(bool stream, std::int64_t max_tokens = 64000) {
  return post("/v1/messages?beta=true", message_body(stream, max_tokens));
}

inline std::string get(std::string_view path) {
  return fmt::format("GET {} HTTP/1.1\r\nhost: mock\r\n\r\n", path);
}

// The events in a chunked body: each chunk holds one.
inline std::vector<std::string> chunks_of(const std::string& response) {
  std::vector<std::string> chunks;
  std::size_t at = response.find("\r\n\r\n") + 4;
  while (at < response.size()) {
    const std::size_t length = std::strtoul(response.c_str() + at, nullptr, 16);
    at = response.find("\r\n", at) + 2;
    if (length == 0) break;
    chunks.push_back(response.substr(at, length));
    at += length + 2;
  }
  return chunks;
}

inline void serve(mock::Options options, const std::function<void(std::uint16_t port)>& client) {
  std::signal(SIGPIPE, SIG_IGN);
  net::EventLoop loop;
  const auto server = mock::Server::start(loop, std::move(options));
  REQUIRE(server);
  std::thread thread([&] {
    client((*server)->port());
    loop.stop();
  });
  loop.run([] {});
  thread.join();
}

struct RecordFile {
  RecordFile() { close(mkstemp(path.data())); }
  ~RecordFile() { unlink(path.c_str()); }
  std::vector<nlohmann::json> lines() const {
    std::ifstream in(path);
    std::vector<nlohmann::json> records;
    for (std::string line; std::getline(in, line);) records.push_back(nlohmann::json::parse(line));
    return records;
  }
  std::string path = "/tmp/perigee_mock_XXXXXX";
};

}  // namespace tests
