// Reads the sockets of streams ahead of libcurl, and lets it read what was kept, several reads at a
// time.
//
// libcurl walks a lot of memory to find out which transfer a socket belongs to and what is next for
// it. With many streams that memory is cold each time, and a stream's next event finds it cold
// again. So each read is made by us as soon as the socket is readable, with its stamps, and kept;
// a while later libcurl's recv() (net/arrival_stamps.h) is answered with the kept reads, one each,
// and finds its memory warm for all but the first. What it is told is the same bytes in the same
// pieces with the same stamps; only the moment it is told moves, by kLongest at the most. What is
// counted when an event is parsed moves as much, at times into the next second.
//
// Kept reads are handed over at once where the answer may be at its end (an empty line ends its
// last chunk), the connection's end or an error follows, many bytes are kept, or the owner asks.
// Whatever else makes libcurl read the socket gets them first.
//
// Threads:  their loop's.
// Lifetime: the ReadAhead outlives its sockets, the loop outlives it.
// Cost:     4 KB for each socket that has something kept, from a pool; nothing is allocated once
//           the pool is as large as it needs to be.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "net/arrival_stamps.h"
#include "net/event_loop.h"

namespace net {

class AheadSocket;

// The sockets of one client: what they keep, and in which order it is due.
class ReadAhead {
 public:
  // How long a read may be kept.
  static constexpr base::Duration kLongest = std::chrono::milliseconds(100);

  explicit ReadAhead(EventLoop& loop);
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

 private:
  friend class AheadSocket;
  static constexpr std::size_t kBlock = 4096;
  // As large as libcurl's own buffer, so that its reads and ours end at the same bytes.
  static constexpr std::size_t kLargestRead = 4096;
  struct alignas(16) Block {
    std::array<char, kBlock> bytes;
  };
  struct Due {
    base::TimePoint at;
    AheadSocket* socket;
  };

  std::unique_ptr<Block> take_block();
  void give_back(std::unique_ptr<Block> block);
  void put_in_line(AheadSocket& socket, base::TimePoint due);
  void hand_over_due(base::TimePoint now, int most);
  void on_timer();

  EventLoop& loop_;
  EventLoop::Timer timer_;  // For what no later read hands over.
  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<Due> line_;  // From next_ on; the earliest first.
  std::size_t next_ = 0;
  std::array<char, kLargestRead> buffer_;
};

// A descriptor of libcurl's. Passive until begin().
class AheadSocket {
 public:
  // `consume` makes libcurl read the descriptor; it may call end().
  AheadSocket(ReadAhead& owner, int fd, std::function<void()> consume);
  ~AheadSocket();
  AheadSocket(const AheadSocket&) = delete;
  AheadSocket& operator=(const AheadSocket&) = delete;

  // From now on on_readable() keeps what it reads. What comes after `until` is handed over at once.
  void begin(base::TimePoint until);
  // The transfer is over. Where its connection stays open, and bytes are left that were not part of
  // the answer, it looks closed to the next transfer.
  void end(bool connection_stays);
  bool begun() const { return begun_; }

  void on_readable();  // REQUIRES: begun().
  void hand_over();    // What is kept, now. May end().

  // For recv() and poll().
  bool holds() const { return count_ > 0 || error_ != 0 || spoiled_; }
  ssize_t serve(void* buffer, std::size_t length, bool peek, LastRead& read);
  // Nothing followed what was served, when it was read.
  bool served_all() const { return count_ == 0 && !more_follows_; }

 private:
  friend class ReadAhead;
  struct Kept;
  void keep(const LastRead& read, const char* bytes, std::size_t size);
  bool fits(std::size_t size) const;
  bool may_end_with(const char* bytes, std::size_t size);
  void consume_kept();
  void release();

  ReadAhead& owner_;
  int fd_;
  bool begun_ = false;
  bool spoiled_ = false;
  bool more_follows_ = false;
  int error_ = 0;          // What a read ended with; libcurl is to see it after the kept ones.
  int reads_to_skip_ = 0;  // Not kept, since the stream is slow.
  std::uint32_t serves_ = 0;
  std::uint32_t count_ = 0;  // Kept reads, from begin_ to end_ of the block.
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
  std::uint32_t served_ = 0;  // Bytes of the first one.
  std::uint32_t last_bytes_ = 0;
  base::TimePoint due_{};  // Of what is kept; the epoch where nothing is.
  base::TimePoint until_{};
  std::unique_ptr<ReadAhead::Block> block_;
  std::unique_ptr<ReadAhead::Block> overflow_;  // The last read, where it did not fit.
  std::function<void()> consume_;
};

// The socket whose kept reads come before what the kernel has for the descriptor; else null.
AheadSocket* holder_of(int fd);

}  // namespace net
