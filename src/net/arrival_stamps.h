// When the bytes of a read really arrived, by the kernel's own stamp.
//
// libcurl reads with recv(2); this file's object defines recv, send and poll itself, so libcurl's
// calls come here and are made with recvmsg, which hands out the stamp that SO_TIMESTAMPNS asks
// for. For TCP that is the arrival of the last byte returned (Linux 4.14 and later). A poll right
// after a read that left nothing is answered without asking the kernel. Where reads were made ahead
// (net/read_ahead.h), recv and poll answer with those first.
//
// Two traps, both measured: the interposed symbols work only if this object is linked for another
// reason too (net calls it) and libcurl is a shared library; and the kernel begins to stamp a
// moment after the first socket asks, so one socket that asks is held as long as the process lives.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "net/arrival_bounds.h"

namespace net {

// The last recv() of this thread that brought bytes.
struct LastRead {
  int fd = -1;
  std::uint64_t number = 0;   // Counts this thread's reads.
  base::TimePoint arrived{};  // The kernel's stamp, else the same as handled.
  base::TimePoint handled{};  // When recv() returned.
  bool by_kernel = false;
  std::optional<ArrivalBounds> bounds{};  // Of a read that was made ahead.
};

const LastRead& last_read();

// recvmsg for libcurl's recv and for whoever reads in its place: where bytes came, `read` says
// when.
ssize_t read_stamped(int fd, void* buffer, std::size_t length, int flags, LastRead& read);

// When this thread last called send() on the descriptor; the epoch where it never did.
base::TimePoint last_send(int fd);

// When this thread next calls send(), on whatever descriptor, the moment before is written to
// `moment`, once. Null forgets about it; the caller does so before `moment` dies.
void stamp_next_send(base::TimePoint* moment);

// Asks the kernel to stamp what arrives on the socket.
void ask_for_stamps(int fd);

// The next poll asks the kernel, whatever was read. Call when the socket changes hands.
void forget_short_read();

// Starts stamping ahead of the first connection. Call once, before threads start.
void start_stamping();

}  // namespace net
