// A server that does nothing but send paced events, so that what a reader costs can be measured at
// rates that `perigee mock` does not reach: event_server GAP_US
//
// Every POST gets an endless stream in the Messages API's form, one event of about 120 bytes every
// GAP_US, each stream at a phase of its own. GET /sent says how many streams it has begun and how
// many events it has sent. It prints its port and runs until it is killed.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Connection {
  std::uint64_t number = 0;
  std::string request;  // What has come of it.
};

struct Due {
  Clock::time_point at;
  int fd;
  std::uint64_t connection;  // The descriptor may be another connection's by then.
  bool operator>(const Due& other) const { return at > other.at; }
};

std::string chunk(std::string_view bytes) {
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return std::string(size).append(bytes).append("\r\n");
}

const std::string kBegin =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    "request-id: req_bench\r\nTransfer-Encoding: chunked\r\n\r\n" +
    chunk(
        "event: message_start\n"
        R"(data: {"type":"message_start","message":{"model":"claude-haiku-4-5","id":"msg_01",)"
        R"("type":"message","role":"assistant","content":[],"stop_reason":null,)"
        R"("stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}})"
        "\n\nevent: content_block_start\n"
        R"(data: {"type":"content_block_start","index":0,)"
        R"("content_block":{"type":"text","text":""}})"
        "\n\n");

const std::string kEvent = chunk(
    "event: content_block_delta\n"
    R"(data: {"type":"content_block_delta","index":0,)"
    R"("delta":{"type":"text_delta","text":" token"}})"
    "\n\n");

class Server {
 public:
  explicit Server(std::chrono::microseconds gap) : gap_(gap) {
    epoll_ = epoll_create1(0);
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
        listen(listener_, 4096) != 0) {
      std::perror("event_server: cannot listen");
      std::exit(1);
    }
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    watch(listener_);
    std::printf("%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
  }

  void run() {
    std::vector<epoll_event> ready(256);
    while (true) {
      const timespec wait = until_next();
      const int count =
          epoll_pwait2(epoll_, ready.data(), static_cast<int>(ready.size()), &wait, nullptr);
      for (int i = 0; i < count; ++i) {
        const int fd = ready[static_cast<std::size_t>(i)].data.fd;
        fd == listener_ ? accept_all() : read(fd);
      }
      send_due();
    }
  }

 private:
  void watch(int fd) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  timespec until_next() const {
    std::chrono::nanoseconds wait = std::chrono::seconds(1);
    if (!due_.empty()) wait = due_.top().at - Clock::now();
    const auto ns = std::max<std::int64_t>(0, wait.count());
    return {.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
  }

  void accept_all() {
    while (true) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
      if (fd < 0) return;
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      connections_[fd] = {.number = ++accepted_, .request = ""};
      watch(fd);
    }
  }

  void read(int fd) {
    char bytes[16384];
    const ssize_t got = recv(fd, bytes, sizeof bytes, 0);
    if (got <= 0) return close_connection(fd);
    Connection& connection = connections_[fd];
    connection.request.append(bytes, static_cast<std::size_t>(got));
    if (!is_complete(connection.request)) return;
    if (connection.request.starts_with("GET")) return report(fd);
    connection.request.clear();
    const std::uint64_t number = connection.number;
    if (!send_all(fd, kBegin)) return;
    ++streams_;
    // Spread over a gap by the golden ratio.
    const double phase = static_cast<double>(streams_) * 0.6180339887498949;
    const double part = phase - static_cast<double>(static_cast<std::uint64_t>(phase));
    const auto offset = std::chrono::nanoseconds(
        static_cast<std::int64_t>(part * 1e3 * static_cast<double>(gap_.count())));
    due_.push({Clock::now() + offset, fd, number});
  }

  static bool is_complete(std::string_view request) {
    const std::size_t end = request.find("\r\n\r\n");
    if (end == std::string_view::npos) return false;
    std::string head(request.substr(0, end));
    std::transform(head.begin(), head.end(), head.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    constexpr std::string_view kLength = "\r\ncontent-length:";
    const std::size_t at = head.find(kLength);
    if (at == std::string::npos) return true;
    return request.size() >=
           end + 4 + std::strtoul(head.c_str() + at + kLength.size(), nullptr, 10);
  }

  void report(int fd) {
    char text[256];
    const int length = std::snprintf(
        text, sizeof text, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%llu %llu\n",
        static_cast<unsigned long long>(streams_), static_cast<unsigned long long>(events_));
    if (send_all(fd, {text, static_cast<std::size_t>(length)})) close_connection(fd);
  }

  void send_due() {
    const Clock::time_point now = Clock::now();
    // Not all that is due at once, however late it is: new connections must be seen, too.
    for (int i = 0; i < 256 && !due_.empty() && due_.top().at <= now; ++i) {
      Due next = due_.top();
      due_.pop();
      const auto found = connections_.find(next.fd);
      if (found == connections_.end() || found->second.number != next.connection) continue;
      if (!send_all(next.fd, kEvent)) continue;
      ++events_;
      next.at += gap_;
      due_.push(next);
    }
  }

  // A reader that does not keep up would falsify everything, so it is cut off.
  bool send_all(int fd, std::string_view bytes) {
    if (send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size())) {
      return true;
    }
    close_connection(fd);
    return false;
  }

  void close_connection(int fd) {
    connections_.erase(fd);
    close(fd);
  }

  std::chrono::microseconds gap_;
  int epoll_ = -1;
  int listener_ = -1;
  std::unordered_map<int, Connection> connections_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::uint64_t accepted_ = 0;
  std::uint64_t streams_ = 0;
  std::uint64_t events_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const long gap_us = argc == 2 ? std::strtol(argv[1], nullptr, 10) : 0;
  if (gap_us <= 0) {
    std::fputs("usage: event_server GAP_US, as in event_server 20000\n", stderr);
    return 104;
  }
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  Server(std::chrono::microseconds(gap_us)).run();
}
