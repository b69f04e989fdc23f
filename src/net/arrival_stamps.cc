#include "net/arrival_stamps.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>
#include <vector>

#include "net/read_ahead.h"

namespace net {
namespace {

using std::chrono::nanoseconds;

thread_local LastRead t_last_read;
thread_local std::uint64_t t_reads = 0;
thread_local std::vector<base::TimePoint> t_last_send;
thread_local base::TimePoint* t_next_send = nullptr;
// The socket whose last read left room in its buffer, so that nothing more was there; else -1.
thread_local int t_emptied_fd = -1;

std::int64_t clock_ns(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return ts.tv_sec * std::int64_t{1'000'000'000} + ts.tv_nsec;
}

// REALTIME − MONOTONIC, with how far it may be off.
struct Offset {
  std::int64_t ns = 0;
  std::int64_t width = 0;
};

Offset narrowest_offset(int brackets) {
  Offset best{0, INT64_MAX};
  for (int i = 0; i < brackets; ++i) {
    const std::int64_t before = clock_ns(CLOCK_MONOTONIC);
    const std::int64_t real = clock_ns(CLOCK_REALTIME);
    const std::int64_t after = clock_ns(CLOCK_MONOTONIC);
    if (after - before < best.width) best = {real - (before + after) / 2, after - before};
  }
  return best;
}

std::atomic<std::int64_t> g_offset_ns{0};
std::atomic<std::int64_t> g_offset_checked_ns{0};

// Both clocks are slewed together, so their offset changes only when REALTIME is stepped: it is
// kept until a fresh look differs by more than that look's own width.
std::int64_t offset_ns(std::int64_t now_ns) {
  constexpr std::int64_t kCheckEvery = 1'000'000'000;
  constexpr std::int64_t kStep = 100'000;
  if (now_ns - g_offset_checked_ns.load(std::memory_order_relaxed) > kCheckEvery) {
    g_offset_checked_ns.store(now_ns, std::memory_order_relaxed);
    const Offset fresh = narrowest_offset(3);
    const std::int64_t change = fresh.ns - g_offset_ns.load(std::memory_order_relaxed);
    if (std::abs(change) > kStep + fresh.width) {
      g_offset_ns.store(narrowest_offset(64).ns, std::memory_order_relaxed);
    }
  }
  return g_offset_ns.load(std::memory_order_relaxed);
}

base::TimePoint to_time_point(std::int64_t monotonic_ns) {
  return base::TimePoint(nanoseconds(monotonic_ns));
}

std::int64_t kernel_stamp_ns(msghdr& message) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec ts{};
    std::memcpy(&ts, CMSG_DATA(c), sizeof ts);
    return ts.tv_sec * std::int64_t{1'000'000'000} + ts.tv_nsec;
  }
  return 0;
}

void note_read(int fd, std::int64_t stamp_ns, LastRead& read) {
  // A stamp outside this span is not ours to believe: the clock was stepped since, or bytes had
  // lain unread for minutes.
  constexpr std::int64_t kOldest = 300'000'000'000;
  const std::int64_t now = clock_ns(CLOCK_MONOTONIC);
  const std::int64_t arrived = stamp_ns - offset_ns(now);
  const bool usable = stamp_ns != 0 && arrived <= now + 1'000'000 && now - arrived < kOldest;
  read.fd = fd;
  read.number = ++t_reads;
  read.handled = to_time_point(now);
  read.arrived = usable && arrived < now ? to_time_point(arrived) : read.handled;
  read.by_kernel = usable;
  read.bounds.reset();
}

void note_send(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  if (t_last_send.size() <= index) t_last_send.resize(index + 64);
  t_last_send[index] = to_time_point(clock_ns(CLOCK_MONOTONIC));
  if (t_next_send != nullptr) *std::exchange(t_next_send, nullptr) = t_last_send[index];
}

}  // namespace

const LastRead& last_read() { return t_last_read; }

ssize_t read_stamped(int fd, void* buffer, std::size_t length, int flags, LastRead& read) {
  iovec part{.iov_base = buffer, .iov_len = length};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(timespec))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t got = recvmsg(fd, &message, flags);
  if (got > 0 && (flags & MSG_PEEK) == 0) note_read(fd, kernel_stamp_ns(message), read);
  return got;
}

base::TimePoint last_send(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  return fd >= 0 && index < t_last_send.size() ? t_last_send[index] : base::TimePoint{};
}

void stamp_next_send(base::TimePoint* moment) { t_next_send = moment; }

void ask_for_stamps(int fd) {
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

void forget_short_read() { t_emptied_fd = -1; }

void start_stamping() {
  static const int held = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (held >= 0) ask_for_stamps(held);
  g_offset_ns.store(narrowest_offset(1000).ns);
  g_offset_checked_ns.store(clock_ns(CLOCK_MONOTONIC));
}

}  // namespace net

// The functions that libcurl's calls resolve to, instead of the C library's.
extern "C" __attribute__((visibility("default"))) ssize_t recv(int fd, void* buffer, size_t length,
                                                               int flags) {
  const bool peeks = (flags & MSG_PEEK) != 0;
  if (net::AheadSocket* kept = net::holder_of(fd)) {
    const ssize_t got = kept->serve(buffer, length, peeks, net::t_last_read);
    net::t_emptied_fd = got > 0 && !peeks && kept->served_all() ? fd : -1;
    return got;
  }
  const ssize_t got = net::read_stamped(fd, buffer, length, flags, net::t_last_read);
  const bool took = got > 0 && !peeks;
  net::t_emptied_fd = took && static_cast<std::size_t>(got) < length ? fd : -1;
  return got;
}

// libcurl 7.88 looks after each read whether there is more: a system call for each event of a
// stream. A read that came back short has told already, and what comes later wakes the loop. Only
// the first look after it is answered so: a later one asks whether a kept connection still lives.
// (By its own name here, since the C library declares that poll does not look into what it is
// given.)
extern "C" __attribute__((visibility("default"))) int poll_unless_known(
    pollfd* fds, nfds_t count, int timeout_ms) __asm__("poll");
extern "C" int poll_unless_known(pollfd* fds, nfds_t count, int timeout_ms) {
  if (count == 1 && (fds->events & POLLIN) != 0 && net::holder_of(fds->fd) != nullptr) {
    fds->revents = POLLIN;
    return 1;
  }
  if (count == 1 && timeout_ms == 0 && fds->fd >= 0 && (fds->events & POLLOUT) == 0 &&
      fds->fd == std::exchange(net::t_emptied_fd, -1)) {
    fds->revents = 0;
    return 0;
  }
  const timespec timeout{.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1'000'000L};
  return ppoll(fds, count, timeout_ms < 0 ? nullptr : &timeout, nullptr);
}

extern "C" __attribute__((visibility("default"))) ssize_t send(int fd, const void* buffer,
                                                               size_t length, int flags) {
  // Before the call: on a busy machine the peer's answer can be there before it returns.
  net::note_send(fd);
  return sendto(fd, buffer, length, flags, nullptr, 0);
}
