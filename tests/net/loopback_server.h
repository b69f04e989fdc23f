// A server for tests that says exactly the bytes it is told to, on its own thread.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace tests {

// An answer that ends with its body.
inline std::string http_answer(std::string_view status, std::string_view headers,
                               std::string_view body = "") {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

// The value of a request's header, "" where it has none.
inline std::string header_of(const std::string& request, const std::string& name) {
  const std::size_t at = request.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + name.size() + 4;
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

// Accepts connections one after the other; `serve` gets each one's descriptor and the request's
// text.
class LoopbackServer {
 public:
  using Serve = std::function<void(int fd, const std::string& request)>;

  LoopbackServer(int connections, Serve serve) : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, generic, length) != 0 || listen(listener_, 64) != 0 ||
        getsockname(listener_, generic, &length) != 0) {
      throw std::runtime_error("cannot listen on the loopback address");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, connections, serve = std::move(serve)] {
      for (int i = 0; i < connections; ++i) {
        const int fd = accept(listener_, nullptr, nullptr);
        if (fd < 0) return;
        serve(fd, read_request(fd));
        close(fd);
      }
    });
  }

  ~LoopbackServer() {
    shutdown(listener_, SHUT_RDWR);  // Ends an accept() that still waits.
    thread_.join();
    close(listener_);
  }

  int port() const { return port_; }

  std::string url(std::string_view path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }

  static void say(int fd, std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  // Waits for the peer to close.
  static void await_close(int fd) {
    char byte = 0;
    while (read(fd, &byte, 1) > 0) {
    }
  }

  static std::string read_request(int fd) {
    std::string text;
    char buffer[4096];
    while (true) {
      const std::size_t end = text.find("\r\n\r\n");
      if (end != std::string::npos && text.size() >= end + 4 + body_length(text)) return text;
      const ssize_t got = read(fd, buffer, sizeof buffer);
      if (got <= 0) return text;
      text.append(buffer, static_cast<std::size_t>(got));
    }
  }

 private:
  static std::size_t body_length(const std::string& request) {
    const std::size_t at = request.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::stoul(request.substr(at + 16));
  }

  int listener_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace tests
