#include "net/arrival_stamps.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <string_view>

namespace {

// Two sockets that are joined; what is written to one is read from the other.
class Pair {
 public:
  Pair() { REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds_.data()) == 0); }
  ~Pair() {
    for (const int fd : fds_) close(fd);
  }

  void write(std::string_view text) {
    REQUIRE(send(fds_[0], text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }
  void read(std::size_t room) {
    std::array<char, 16> buffer{};
    REQUIRE(recv(fds_[1], buffer.data(), room, 0) > 0);
  }
  int readable() { return poll_for(POLLIN); }
  int poll_for(short events) {
    pollfd look{.fd = fds_[1], .events = events, .revents = 0};
    return poll(&look, 1, 0);
  }

 private:
  std::array<int, 2> fds_{};
};

}  // namespace

TEST_CASE("the first look after a read that left room is answered without asking the kernel") {
  Pair pair;
  pair.write("abc");
  pair.read(16);
  pair.write("d");
  CHECK(pair.readable() == 0);
  CHECK(pair.readable() == 1);
}

TEST_CASE("the kernel is asked after a read that may have left something") {
  Pair pair;
  pair.write("abcd");
  pair.read(3);
  CHECK(pair.readable() == 1);
}

TEST_CASE("the kernel is asked about another socket and about writing") {
  Pair pair;
  Pair other;
  other.write("x");
  pair.write("abc");
  pair.read(16);
  CHECK(pair.poll_for(POLLIN | POLLOUT) == 1);
  CHECK(other.readable() == 1);
}

TEST_CASE("the kernel is asked once the read is forgotten") {
  Pair pair;
  pair.write("abc");
  pair.read(16);
  pair.write("d");
  net::forget_short_read();
  CHECK(pair.readable() == 1);
}
