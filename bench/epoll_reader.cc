// The least that reading streams can cost: epoll, recv and one look at the clock for each read.
//
//     epoll_reader PORT STREAMS
//
// Opens the streams, reads them until SIGTERM, and prints how many reads and bytes there were. What
// perigee costs beyond this is its own: HTTP, events, tokens, metrics.
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

constexpr std::string_view kRequest =
    "POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    "x-api-key: k\r\nanthropic-version: 2023-06-01\r\nContent-Length: 102\r\n\r\n"
    R"({"model":"claude-haiku-4-5","max_tokens":64,"stream":true,)"
    R"("messages":[{"role":"user","content":"Hi"}]})";

volatile std::sig_atomic_t g_stop = 0;

int open_stream(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      send(fd, kRequest.data(), kRequest.size(), 0) < 0) {
    std::perror("epoll_reader: cannot open a stream");
    std::exit(1);
  }
  return fd;
}

void read_all(int epoll) {
  unsigned long long reads = 0;
  unsigned long long bytes = 0;
  std::chrono::steady_clock::time_point last{};
  std::array<epoll_event, 256> ready;
  std::array<char, 4096> buffer;
  while (g_stop == 0) {
    const int count = epoll_wait(epoll, ready.data(), ready.size(), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = ready[static_cast<std::size_t>(i)].data.fd;
      const ssize_t got = recv(fd, buffer.data(), buffer.size(), 0);
      if (got <= 0) {
        std::fputs("epoll_reader: a stream has ended\n", stderr);
        std::exit(1);
      }
      last = std::chrono::steady_clock::now();
      ++reads;
      bytes += static_cast<unsigned long long>(got);
    }
  }
  std::printf("%llu reads, %llu bytes, the last at %lld ns\n", reads, bytes,
              static_cast<long long>(last.time_since_epoch().count()));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: epoll_reader PORT STREAMS\n", stderr);
    return 104;
  }
  std::signal(SIGTERM, [](int) { g_stop = 1; });
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const int epoll = epoll_create1(0);
  const long streams = std::strtol(argv[2], nullptr, 10);
  for (long i = 0; i < streams; ++i) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = open_stream(static_cast<int>(std::strtol(argv[1], nullptr, 10)));
    epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
  }
  read_all(epoll);
}
