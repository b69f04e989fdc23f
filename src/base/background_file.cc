#include "base/background_file.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace base {
namespace {

constexpr std::size_t kBlock = std::size_t{256} << 10;
constexpr std::size_t kMostSpare = 8;
constexpr std::chrono::milliseconds kLongestWait(200);

}  // namespace

Result<std::unique_ptr<BackgroundFile>> BackgroundFile::open(const std::string& path,
                                                             std::size_t most_waiting) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return fail("cannot write {}: {}", path, std::strerror(errno));
  return std::make_unique<BackgroundFile>(fd, most_waiting);
}

BackgroundFile::BackgroundFile(int fd, std::size_t most_waiting)
    : fd_(fd), most_waiting_(most_waiting), thread_([this] { run(); }) {}

BackgroundFile::~BackgroundFile() { static_cast<void>(close()); }

bool BackgroundFile::write(std::string_view record) {
  const std::lock_guard lock(mutex_);
  if (error_ != 0 || closing_ || bytes_ + record.size() > most_waiting_) {
    ++dropped_;
    return false;
  }
  // Blocks are never moved as they fill: a growing string would hold everybody up now and then.
  if (waiting_.empty() || waiting_.back().size() + record.size() > kBlock) {
    if (spare_.empty()) {
      waiting_.emplace_back().reserve(kBlock);
    } else {
      waiting_.push_back(std::move(spare_.back()));
      spare_.pop_back();
    }
    if (waiting_.size() > 1) wake_.notify_one();
  }
  waiting_.back().append(record);
  bytes_ += record.size();
  return true;
}

std::uint64_t BackgroundFile::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

Result<void> BackgroundFile::flush() {
  std::unique_lock lock(mutex_);
  in_a_hurry_ = true;
  wake_.notify_one();
  idle_.wait(lock, [this] { return bytes_ == 0; });
  in_a_hurry_ = false;
  return outcome();
}

Result<void> BackgroundFile::close() {
  if (thread_.joinable()) {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    wake_.notify_one();
    thread_.join();
    // A full disk may show itself only here.
    if (::close(fd_) != 0 && error_ == 0) error_ = errno;
  }
  return outcome();
}

Result<void> BackgroundFile::outcome() const {
  if (error_ == 0) return {};
  return fail("the file could not be written whole: {}", std::strerror(error_));
}

void BackgroundFile::run() {
  pthread_setname_np(pthread_self(), "file writer");
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait_for(lock, kLongestWait,
                   [this] { return closing_ || in_a_hurry_ || waiting_.size() > 1; });
    if (waiting_.empty()) {
      idle_.notify_all();
      if (closing_) return;
      // In a hurry with nothing to do: whoever hurries takes that back.
      if (in_a_hurry_) wake_.wait_for(lock, std::chrono::milliseconds(1));
      continue;
    }
    std::vector<std::string> blocks = std::exchange(waiting_, {});
    lock.unlock();
    write_blocks(blocks);
    lock.lock();
    for (std::string& block : blocks) {
      bytes_ -= block.size();
      block.clear();
      if (spare_.size() < kMostSpare) spare_.push_back(std::move(block));
    }
  }
}

// Called without the mutex.
void BackgroundFile::write_blocks(std::vector<std::string>& blocks) {
  for (const std::string& block : blocks) {
    std::size_t written = 0;
    while (written < block.size()) {
      const ssize_t now = ::write(fd_, block.data() + written, block.size() - written);
      if (now > 0) {
        written += static_cast<std::size_t>(now);
      } else if (now < 0 && errno != EINTR) {
        const std::lock_guard lock(mutex_);
        error_ = errno;
        return;
      }
    }
  }
}

}  // namespace base
