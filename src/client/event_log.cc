#include "client/event_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "llm/timeline_file.h"

namespace client {

base::Result<std::unique_ptr<EventLog>> EventLog::open(const std::string& path) {
  auto file = base::BackgroundFile::open(path);
  if (!file) return tl::unexpected(file.error());
  return std::unique_ptr<EventLog>(new EventLog(std::move(*file), path));
}

base::Result<std::unique_ptr<EventLog>> EventLog::open_temporary() {
  const char* folder = std::getenv("TMPDIR");
  std::string path = folder != nullptr && *folder != '\0' ? folder : "/tmp";
  path += "/perigee-events-XXXXXX";
  const int fd = mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) return base::fail("cannot write {}: {}", path, std::strerror(errno));
  unlink(path.c_str());
  return std::unique_ptr<EventLog>(new EventLog(std::make_unique<base::BackgroundFile>(fd),
                                                fmt::format("/proc/self/fd/{}", fd)));
}

EventLog::EventLog(std::unique_ptr<base::BackgroundFile> file, std::string path)
    : file_(std::move(file)), path_(std::move(path)) {
  file_->write(llm::timeline_file_head());
}

EventLog::~EventLog() {
  const auto written = whole(file_->close());
  if (!written && !told_of_loss_) {
    fmt::print(stderr, "perigee: --events: {}\n", written.error().message);
  }
}

void EventLog::add(const llm::Timeline& timeline) {
  std::string record;
  llm::append_record(timeline, record);
  file_->write(record);
}

void EventLog::add(const llm::MeasuredSpan& span) {
  std::string record;
  llm::append_record(span, record);
  file_->write(record);
}

base::Result<void> EventLog::finish() {
  auto written = whole(file_->flush());
  told_of_loss_ = !written;
  return written;
}

base::Result<void> EventLog::whole(base::Result<void> written) const {
  if (!written) return written;
  if (const std::uint64_t dropped = file_->dropped(); dropped > 0) {
    return base::fail("the disk was too slow: {} records are missing", base::format_count(dropped));
  }
  return {};
}

}  // namespace client
