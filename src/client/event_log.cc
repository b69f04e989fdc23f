#include "client/event_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "llm/timeline_file.h"

namespace client {

base::Result<std::unique_ptr<EventLog>> EventLog::open(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "wbe");
  if (file == nullptr) return base::fail("cannot write {}: {}", path, std::strerror(errno));
  return std::unique_ptr<EventLog>(new EventLog(file, path));
}

base::Result<std::unique_ptr<EventLog>> EventLog::open_temporary() {
  const char* folder = std::getenv("TMPDIR");
  std::string path = folder != nullptr && *folder != '\0' ? folder : "/tmp";
  path += "/perigee-events-XXXXXX";
  const int fd = mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) return base::fail("cannot write {}: {}", path, std::strerror(errno));
  unlink(path.c_str());
  std::FILE* file = fdopen(fd, "wb");
  if (file == nullptr) {
    close(fd);
    return base::fail("cannot write {}: {}", path, std::strerror(errno));
  }
  return std::unique_ptr<EventLog>(new EventLog(file, fmt::format("/proc/self/fd/{}", fd)));
}

EventLog::EventLog(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {
  write(std::string(llm::timeline_file_head()));
}

EventLog::~EventLog() {
  const bool whole = std::ferror(file_) == 0;
  if ((std::fclose(file_) != 0 || !whole) && !told_of_loss_) {
    fmt::print(stderr, "perigee: --events: the file could not be written whole\n");
  }
}

void EventLog::add(const llm::Timeline& timeline) {
  std::string record;
  llm::append_record(timeline, record);
  write(record);
}

void EventLog::add(const llm::MeasuredSpan& span) {
  std::string record;
  llm::append_record(span, record);
  write(record);
}

base::Result<void> EventLog::finish() {
  const std::lock_guard lock(mutex_);
  if (std::fflush(file_) == 0 && std::ferror(file_) == 0) return {};
  told_of_loss_ = true;
  return base::fail("the file could not be written whole: {}", std::strerror(errno));
}

void EventLog::write(const std::string& record) {
  const std::lock_guard lock(mutex_);
  std::fwrite(record.data(), 1, record.size(), file_);
}

}  // namespace client
