#include "net/read_ahead.h"

#include <poll.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "allocations.h"
#include "net/http_client.h"
#include "net/loopback_server.h"

using namespace std::chrono_literals;
using net::AheadSocket;
using net::ReadAhead;
using net::TransferError;
using tests::LoopbackServer;

namespace {

constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n0,\r\n";
constexpr auto kApart = 2ms;  // So that each piece is a read of its own.

struct Told {
  std::string bytes;
  net::BodyPart part;
  base::TimePoint at;
};

// Requests on one client, whose answers may be read ahead from their first part on.
struct Reader {
  explicit Reader(std::string url) : url_(std::move(url)) {
    static const bool initialized = (net::initialize_http(), true);
    static_cast<void>(initialized);
  }

  void start() {
    told.clear();
    net::HttpRequest request;
    request.url = url_;
    request.total_timeout = 10s;
    transfer = client.start(std::move(request),
                            {.on_headers = nullptr,
                             .on_body =
                                 [this](const net::BodyPart& part) {
                                   told.push_back({std::string(part.bytes), part, loop.now()});
                                   transfer->allow_read_ahead();
                                   return true;
                                 },
                             .on_done =
                                 [this](net::HttpResult done) {
                                   result = std::move(done);
                                   done_at = loop.now();
                                   loop.stop();
                                 }});
  }

  void run() {
    start();
    loop.run([] {});
  }

  std::string body() const {
    std::string all;
    for (const Told& each : told) all += each.bytes;
    return all;
  }

  bool kept_some() const {
    return std::any_of(told.begin(), told.end(),
                       [](const Told& each) { return each.at - each.part.handled > kApart / 2; });
  }

  net::EventLoop loop;
  net::HttpClient client{loop, {}};
  std::unique_ptr<net::HttpTransfer> transfer;
  std::vector<Told> told;
  net::HttpResult result;
  base::TimePoint done_at{};

 private:
  std::string url_;
};

void say_slowly(int fd, std::initializer_list<std::string_view> pieces) {
  for (const std::string_view piece : pieces) {
    std::this_thread::sleep_for(kApart);
    LoopbackServer::say(fd, piece);
  }
}

// A connection over TCP, since only its reads have the kernel's stamps.
class Link {
 public:
  Link() {
    net::start_stamping();
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(bind(listener, generic, length) == 0);
    REQUIRE(listen(listener, 1) == 0);
    REQUIRE(getsockname(listener, generic, &length) == 0);
    near_ = socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(connect(near_, generic, length) == 0);
    far_ = accept(listener, nullptr, nullptr);
    REQUIRE(far_ >= 0);
    close(listener);
    net::ask_for_stamps(near_);
    // The kernel begins to stamp a moment after the first socket asked.
    do {
      LoopbackServer::say(far_, "x");
      char byte = 0;
      REQUIRE(recv(near_, &byte, 1, 0) == 1);
    } while (!net::last_read().by_kernel);
  }
  ~Link() {
    close(near_);
    if (far_ >= 0) close(far_);
  }

  int fd() const { return near_; }
  void say(std::string_view text) const { LoopbackServer::say(far_, text); }
  void break_off() {
    const linger hard{.l_onoff = 1, .l_linger = 0};
    setsockopt(far_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(std::exchange(far_, -1));
  }
  bool readable() const {
    pollfd look{.fd = near_, .events = POLLIN, .revents = 0};
    return poll(&look, 1, 0) == 1;
  }

 private:
  int near_ = -1;
  int far_ = -1;
};

// Takes everything as libcurl does: reads, and looks whether there is more.
struct Consumer {
  explicit Consumer(const Link& from, std::size_t room = 4096) : link(from), buffer(room, '\0') {}

  void operator()() {
    do {
      got = recv(link.fd(), buffer.data(), buffer.size(), 0);
      error = got < 0 ? errno : 0;
      if (got <= 0) return;
      bytes += static_cast<std::size_t>(got);
      numbers.push_back(net::last_read().number);
    } while (link.readable());
  }

  const Link& link;
  std::string buffer;
  ssize_t got = 0;
  int error = 0;
  std::size_t bytes = 0;
  std::vector<std::uint64_t> numbers;
};

base::TimePoint far_off() { return base::MonotonicClock().now() + 1h; }

}  // namespace

TEST_CASE("reads that were made ahead are told later, with the same pieces and stamps") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, kHead);
    for (int i = 0; i < 20; ++i) say_slowly(fd, {"3\r\nabc\r\n"});
    say_slowly(fd, {"0\r\n\r\n"});
  });
  Reader reader(server.url());
  reader.run();
  CHECK(reader.result.error == TransferError::kNone);
  REQUIRE(reader.told.size() == 21);
  CHECK(reader.kept_some());
  int reads = 1;
  for (std::size_t i = 1; i < reader.told.size(); ++i) {
    const net::BodyPart& before = reader.told[i - 1].part;
    const net::BodyPart& part = reader.told[i].part;
    CHECK(reader.told[i].bytes == "abc");
    // On a busy machine one read may bring two pieces.
    if (part.read_number == before.read_number) continue;
    ++reads;
    CHECK(part.read_number > before.read_number);
    CHECK(part.arrived > before.handled);
    CHECK(part.arrived <= part.handled);
    CHECK(part.earliest <= part.arrived);
    CHECK(part.found_empty <= part.earliest);
  }
  CHECK(reads > 10);
}

TEST_CASE("an answer's end is told at once, whatever is kept") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, kHead);
    say_slowly(fd, {"1\r\na\r\n", "1\r\nb\r\n", "1\r\nc\r\n0\r\n\r\n"});
    LoopbackServer::await_close(fd);
  });
  {
    Reader reader(server.url());
    reader.run();
    CHECK(reader.result.error == TransferError::kNone);
    CHECK(reader.body() == "0,abc");
    CHECK(reader.kept_some());
    CHECK(reader.done_at - reader.result.stamps.done < ReadAhead::kLongest / 2);
  }
}

TEST_CASE("a chunked answer may be cut anywhere") {
  const std::string rest = "1\r\na\r\n5;x=1\r\nbcdef\r\n0\r\n\r\n";
  LoopbackServer server(1, [&](int fd, const std::string&) {
    for (std::size_t cut = 1; cut < rest.size(); ++cut) {
      if (cut > 1) LoopbackServer::read_request(fd);
      LoopbackServer::say(fd, kHead);
      say_slowly(fd, {rest.substr(0, cut), rest.substr(cut)});
    }
  });
  Reader reader(server.url());
  for (std::size_t cut = 1; cut < rest.size(); ++cut) {
    CAPTURE(cut);
    reader.run();
    CHECK(reader.result.error == TransferError::kNone);
    CHECK(reader.body() == "0,abcdef");
    CHECK(reader.done_at - reader.result.stamps.done < ReadAhead::kLongest / 2);
    // The connection goes on to the next one.
    CHECK((reader.result.stamps.connecting == 0ns) == (cut > 1));
  }
}

TEST_CASE("what was kept is told before the connection's end is") {
  const bool hard = GENERATE(false, true);
  LoopbackServer server(1, [&](int fd, const std::string&) {
    LoopbackServer::say(fd, kHead);
    say_slowly(fd, {"1\r\na\r\n", "1\r\nb\r\n"});
    std::this_thread::sleep_for(kApart);
    const linger off{.l_onoff = hard ? 1 : 0, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &off, sizeof off);
  });
  Reader reader(server.url());
  reader.run();
  CHECK(reader.result.error == (hard ? TransferError::kReset : TransferError::kPartial));
  CHECK(reader.body() == "0,ab");
  CHECK(reader.kept_some());
}

TEST_CASE("what was kept is told in a pause") {
  LoopbackServer server(1, [&](int fd, const std::string&) {
    LoopbackServer::say(fd, kHead);
    say_slowly(fd, {"1\r\na\r\n", "1\r\nb\r\n"});
    std::this_thread::sleep_for(3 * ReadAhead::kLongest);
    LoopbackServer::say(fd, "1\r\nc\r\n0\r\n\r\n");
  });
  Reader reader(server.url());
  reader.run();
  REQUIRE(reader.body() == "0,abc");
  REQUIRE(reader.told.size() == 4);
  CHECK(reader.kept_some());
  CHECK(reader.told[2].at < reader.told[3].part.arrived);
}

TEST_CASE("the owner of a transfer gets what was kept when it asks") {
  LoopbackServer server(1, [&](int fd, const std::string&) {
    LoopbackServer::say(fd, kHead);
    say_slowly(fd, {"1\r\na\r\n", "1\r\nb\r\n"});
    LoopbackServer::await_close(fd);
  });
  Reader reader(server.url());
  std::size_t told_before = 0;
  net::EventLoop::Timer look(reader.loop, [&] {
    told_before = reader.told.size();
    reader.transfer->hand_over();
    reader.loop.stop();
  });
  reader.start();
  // Late enough for both, and before the first one is due: counted from the last thing told.
  net::EventLoop::Timer wait(reader.loop, [&] {
    if (reader.told.empty()) return wait.arm_after(1ms);
    look.arm_at(reader.told[0].at + ReadAhead::kLongest / 2);
  });
  wait.arm_after(1ms);
  reader.loop.run([] {});
  CHECK(told_before == 1);
  CHECK(reader.body() == "0,ab");
  CHECK(reader.transfer->result_so_far().bytes_received >= kHead.size() - 7 + 4);
  reader.transfer.reset();
}

TEST_CASE("an answer of known length is told as it comes") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n");
    say_slowly(fd, {"ab", "cd", "ef"});
  });
  Reader reader(server.url());
  reader.run();
  REQUIRE(reader.told.size() == 3);
  CHECK(reader.told[0].at < reader.told[1].part.arrived);
  CHECK(reader.told[1].at < reader.told[2].part.arrived);
}

TEST_CASE("kept reads come before what the kernel has, each by itself") {
  net::EventLoop loop;
  ReadAhead ahead(loop);
  Link link;
  AheadSocket socket(ahead, link.fd(), [] {});
  socket.begin(far_off());
  link.say("abc");
  socket.on_readable();
  link.say("de");
  socket.on_readable();
  link.say("later");
  CHECK(link.readable());
  char bytes[16];
  CHECK(recv(link.fd(), bytes, 2, MSG_PEEK) == 2);
  CHECK(recv(link.fd(), bytes, 2, 0) == 2);
  const std::uint64_t first = net::last_read().number;
  CHECK(recv(link.fd(), bytes, sizeof bytes, 0) == 1);
  CHECK(net::last_read().number == first);
  CHECK(link.readable());
  CHECK(recv(link.fd(), bytes, sizeof bytes, 0) == 2);
  CHECK(net::last_read().number > first);
  CHECK_FALSE(link.readable());  // As it was when it was read; what is there by now wakes the loop.
  CHECK(recv(link.fd(), bytes, sizeof bytes, 0) == 5);
  socket.end(true);
}

TEST_CASE("an error comes after what was kept, once") {
  net::EventLoop loop;
  ReadAhead ahead(loop);
  Link link;
  Consumer consumer(link);
  AheadSocket socket(ahead, link.fd(), [&] { consumer(); });
  socket.begin(far_off());
  link.say("abc");
  socket.on_readable();
  CHECK(consumer.bytes == 0);
  link.break_off();
  socket.on_readable();
  CHECK(consumer.bytes == 3);
  CHECK(consumer.error == ECONNRESET);
  CHECK_FALSE(socket.holds());
}

TEST_CASE("a reader with less room gets a kept read in parts") {
  net::EventLoop loop;
  ReadAhead ahead(loop);
  Link link;
  Consumer consumer(link, 10);
  AheadSocket socket(ahead, link.fd(), [&] { consumer(); });
  socket.begin(far_off());
  link.say(std::string(25, 'a'));
  socket.on_readable();
  link.say("b");
  socket.on_readable();
  socket.hand_over();
  CHECK(consumer.bytes == 26);
  REQUIRE(consumer.numbers.size() == 4);
  CHECK(consumer.numbers[0] == consumer.numbers[2]);
  CHECK(consumer.numbers[2] < consumer.numbers[3]);
}

TEST_CASE("a full block is handed over at once, and nothing is lost") {
  net::EventLoop loop;
  ReadAhead ahead(loop);
  Link link;
  Consumer consumer(link);
  AheadSocket socket(ahead, link.fd(), [&] { consumer(); });
  socket.begin(far_off());
  const std::string piece(GENERATE(1, 100, 1500, 3900, 4095), 'x');
  std::size_t said = 0;
  for (int i = 0; i < 100; ++i) {
    link.say(piece);
    said += piece.size();
    socket.on_readable();
  }
  CHECK(said - consumer.bytes < 4096);
  socket.hand_over();
  CHECK(consumer.bytes == said);
}

TEST_CASE("a stream that goes on allocates nothing") {
  net::EventLoop loop;
  ReadAhead ahead(loop);
  Link link;
  Consumer consumer(link);
  consumer.numbers.reserve(10'000);
  AheadSocket socket(ahead, link.fd(), [&] { consumer(); });
  socket.begin(far_off());
  const auto stream = [&] {
    for (int i = 0; i < 4000; ++i) {
      link.say("event");
      socket.on_readable();
    }
    socket.hand_over();
  };
  stream();
  CHECK(tests::count_allocations(stream) == 0);
  CHECK(consumer.bytes == 2 * 4000 * 5);
}

TEST_CASE("bytes after an answer's end make its connection look closed") {
  net::EventLoop loop;
  ReadAhead ahead(loop);
  Link link;
  AheadSocket socket(ahead, link.fd(), [] {});
  socket.begin(far_off());
  link.say("abc");
  socket.on_readable();
  socket.end(true);
  char byte = 0;
  CHECK(link.readable());
  CHECK(recv(link.fd(), &byte, 1, MSG_PEEK) == 0);
  socket.end(false);
  CHECK_FALSE(link.readable());
}
