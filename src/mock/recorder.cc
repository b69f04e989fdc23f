#include "mock/recorder.h"

#include <fmt/compile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iterator>
#include <utility>

namespace mock {
namespace {

constexpr auto kWriteEvery = std::chrono::milliseconds(100);
constexpr size_t kWriteSize = 1 << 18;
constexpr off_t kLongestTail = 16 << 20;

std::int64_t to_ns(base::TimePoint time) { return time.time_since_epoch().count(); }

}  // namespace

void format_record(const StreamRecord& record, fmt::memory_buffer& out) {
  auto at = std::back_inserter(out);
  fmt::format_to(at, FMT_COMPILE(R"({{"request_id":"{}","received_ns":{},"events":[)"),
                 record.request_id, to_ns(record.received));
  std::string_view comma = "";
  for (const StreamRecord::Event& event : record.events) {
    fmt::format_to(at, FMT_COMPILE(R"({}{{"name":"{}","sent_ns":{},"tokens":{}}})"), comma,
                   event.name, to_ns(event.sent), event.tokens);
    comma = ",";
  }
  fmt::format_to(at, FMT_COMPILE(R"(],"output_tokens":{},"status":{},"closed_early":{}}})"),
                 record.output_tokens, record.status, record.closed_early);
  out.push_back('\n');
}

base::Result<std::unique_ptr<Recorder>> Recorder::open(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "w+e");
  if (file == nullptr) {
    return base::fail("cannot write the record file \"{}\": {}", path, std::strerror(errno));
  }
  return std::unique_ptr<Recorder>(new Recorder(file, path));
}

Recorder::Recorder(std::FILE* file, std::string path)
    : file_(file), path_(std::move(path)), thread_([this] { run(); }) {}

Recorder::~Recorder() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_one();
  thread_.join();
  std::fclose(file_);
}

void Recorder::record(StreamRecord record) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(record));
}

// Reads past the stream, whose buffer is empty between two writes: a line may be there in part.
Recorder::Tail Recorder::tail() const {
  Tail tail;
  struct stat state = {};
  const int fd = fileno(file_);
  if (fstat(fd, &state) != 0 || !S_ISREG(state.st_mode)) return tail;
  const off_t from = std::max<off_t>(0, state.st_size - kLongestTail);
  tail.lines.resize(static_cast<size_t>(state.st_size - from));
  const ssize_t got = pread(fd, tail.lines.data(), tail.lines.size(), from);
  tail.lines.resize(static_cast<size_t>(std::max<ssize_t>(0, got)));
  tail.lines.resize(tail.lines.rfind('\n') + 1);
  if (from == 0) return tail;
  tail.is_cut = true;
  tail.lines.erase(0, tail.lines.find('\n') + 1);
  return tail;
}

// Looks by the clock instead of being woken: a wake-up for each record would cost the loop's thread
// a system call.
void Recorder::run() {
  fmt::memory_buffer buffer;
  std::vector<StreamRecord> taken;
  bool last = false;
  while (!last) {
    {
      std::unique_lock lock(mutex_);
      stopped_.wait_for(lock, kWriteEvery, [this] { return stopping_; });
      last = stopping_;
      taken.swap(waiting_);
    }
    write_all(taken, buffer);
    taken.clear();
  }
}

void Recorder::write_all(const std::vector<StreamRecord>& records, fmt::memory_buffer& buffer) {
  for (const StreamRecord& record : records) {
    format_record(record, buffer);
    if (buffer.size() >= kWriteSize) flush(buffer);
  }
  flush(buffer);
}

void Recorder::flush(fmt::memory_buffer& buffer) {
  if (buffer.size() > 0 && !failed_) {
    const bool written = std::fwrite(buffer.data(), 1, buffer.size(), file_) == buffer.size() &&
                         std::fflush(file_) == 0;
    if (!written) {
      failed_ = true;
      fmt::print(stderr, "perigee mock: cannot write the record file \"{}\": {}; it ends here\n",
                 path_, std::strerror(errno));
    }
  }
  buffer.clear();
}

}  // namespace mock
