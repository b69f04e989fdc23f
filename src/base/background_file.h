// A file that a thread of its own writes, so that nobody who has something for it waits for the
// disk.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"

namespace base {

// Records stand in the file in the order in which they were written, each whole. What the disk does
// not take in time waits in memory; a record for which there is no room there is dropped and
// counted.
//
// Threads: any; but close() and the destructor once all have written.
// Errors:  opening says what the system says. A full disk is told by flush() and close(); from then
// on
//          every record counts as dropped.
// Cost:    a copy under a mutex. The file is some 0.2 s behind.
// Memory:  `most_waiting` bytes and a block.
class BackgroundFile {
 public:
  static constexpr std::size_t kMostWaiting = std::size_t{32} << 20;

  static Result<std::unique_ptr<BackgroundFile>> open(const std::string& path,
                                                      std::size_t most_waiting = kMostWaiting);

  // Takes the descriptor.
  explicit BackgroundFile(int fd, std::size_t most_waiting = kMostWaiting);
  ~BackgroundFile();
  BackgroundFile(const BackgroundFile&) = delete;
  BackgroundFile& operator=(const BackgroundFile&) = delete;

  // False where it was dropped.
  bool write(std::string_view record);

  std::uint64_t dropped() const;

  // Waits until all that was written so far is with the system.
  Result<void> flush();

  // The same, and the end of it. Nothing where it is closed already.
  Result<void> close();

 private:
  void run();
  void write_blocks(std::vector<std::string>& blocks);
  Result<void> outcome() const;

  int fd_;
  std::size_t most_waiting_;
  mutable std::mutex mutex_;  // Guards all below but thread_.
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::vector<std::string> waiting_;  // Blocks; the last one is being filled.
  std::vector<std::string> spare_;    // Empty ones, to be filled again.
  std::size_t bytes_ = 0;             // That wait or are being written.
  std::uint64_t dropped_ = 0;
  int error_ = 0;  // The system's; 0 for none.
  bool in_a_hurry_ = false;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace base
