// A file with the timeline of each request, to hold against what the server says it sent, and to
// read by any tool's definitions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/background_file.h"
#include "base/result.h"
#include "llm/timeline.h"

namespace client {

// The writing side of llm/timeline_file.h: one record for each request, in the order in which they
// ended.
//
// Threads: any. Records are buffered, and dropped where the disk is too slow for them; what is left
// is
//          written by finish() or the destructor.
class EventLog {
 public:
  static base::Result<std::unique_ptr<EventLog>> open(const std::string& path);

  // A file in TMPDIR, or /tmp, that has no name and is gone with the log, however the process ends.
  // path() leads to it meanwhile.
  static base::Result<std::unique_ptr<EventLog>> open_temporary();

  ~EventLog();  // Says on stderr where the file could not be written whole.
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  void add(const llm::Timeline& timeline);
  void add(const llm::MeasuredSpan& span);

  // Writes what is buffered, so that the file can be read. Errors: a full disk, now or before;
  // records that were dropped.
  base::Result<void> finish();

  const std::string& path() const { return path_; }

 private:
  EventLog(std::unique_ptr<base::BackgroundFile> file, std::string path);
  base::Result<void> whole(base::Result<void> written) const;

  std::unique_ptr<base::BackgroundFile> file_;
  std::string path_;
  bool told_of_loss_ = false;
};

}  // namespace client
