// The files that grow while a run goes: the part of Run that opens and closes them.
#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "cli/run.h"
#include "cli/version.h"

namespace cli {

base::Result<void> Run::open_logs() {
  if (!flags_.events_file.empty()) {
    auto log = client::EventLog::open(flags_.events_file);
    if (!log) return base::fail_at("--events", log.error());
    event_log_ = std::move(*log);
  } else if (!flags_.as.empty()) {
    auto log = client::EventLog::open_temporary();
    if (!log) return base::fail_at("--as", log.error());
    event_log_ = std::move(*log);
  }
  if (flags_.requests_file.empty()) return {};
  auto log = client::RequestLog::open(
      flags_.requests_file, {.version = kVersion,
                             .script = flags_.script,
                             .zero = clock_.now(),
                             .zero_unix = std::chrono::system_clock::now().time_since_epoch()});
  if (!log) return base::fail_at("--requests", log.error());
  request_log_ = std::move(*log);
  return {};
}

void Run::finish_request_log() {
  const auto finished = request_log_->finish();
  if (!finished) {
    lost_requests_ = finished.error().message;
  } else if (const std::uint64_t dropped = request_log_->dropped(); dropped > 0) {
    lost_requests_ = fmt::format("the disk was too slow: {} of the requests are missing",
                                 base::format_count(dropped));
  }
  if (!lost_requests_.empty()) result_.warnings.push_back("--requests: " + lost_requests_);
}

}  // namespace cli
