#include "client/event_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace client {

base::Result<std::unique_ptr<EventLog>> EventLog::open(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr) return base::fail("cannot write {}: {}", path, std::strerror(errno));
  return std::unique_ptr<EventLog>(new EventLog(file));
}

EventLog::~EventLog() {
  const bool whole = std::ferror(file_) == 0;
  if (std::fclose(file_) != 0 || !whole) {
    fmt::print(stderr, "perigee: --events: the file could not be written whole\n");
  }
}

void EventLog::add(const std::string& request_id, base::TimePoint sending,
                   const std::vector<Event>& events) {
  const auto ns = [](base::TimePoint at) { return at.time_since_epoch().count(); };
  // It comes from the server: what would need escaping in JSON is no id.
  std::string id = request_id;
  std::replace_if(
      id.begin(), id.end(),
      [](unsigned char c) { return c < 0x20 || c > 0x7e || c == '"' || c == '\\'; }, '_');
  fmt::memory_buffer line;
  fmt::format_to(std::back_inserter(line), R"({{"request_id":"{}","sending_ns":{},"events":[)", id,
                 ns(sending));
  for (std::size_t i = 0; i < events.size(); ++i) {
    fmt::format_to(std::back_inserter(line), "{}[{},{}]", i == 0 ? "" : ",", ns(events[i].arrived),
                   ns(events[i].handled));
  }
  line.append(std::string_view("]}\n"));
  const std::lock_guard lock(mutex_);
  std::fwrite(line.data(), 1, line.size(), file_);
}

}  // namespace client
