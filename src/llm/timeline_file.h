// Timelines as bytes: the file of `perigee run --events`. docs/events-file.md has the format.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "llm/timeline.h"

namespace llm {

// What the file begins with: a name and the version of the format.
std::string_view timeline_file_head();

// Appends one record. Moments of requests are kept to the nanosecond, those of events to the
// microsecond.
//
// Cost: 4 to 6 bytes for most events, and about 80 for the request itself.
void append_record(const Timeline& timeline, std::string& out);
void append_record(const MeasuredSpan& span, std::string& out);

// Reads a file record by record.
//
// Threads:  none of its own.
// Errors:   a file that cannot be read, is no such file or has a newer version: from open(). A
//           record that is damaged or cut short: from next(), naming the byte where it begins. What
//           came before it is whole; nothing comes after it.
// Cost:     one record in memory at a time.
class TimelineReader {
 public:
  static base::Result<TimelineReader> open(const std::string& path);

  // The next request; nothing at the end.
  base::Result<std::optional<Timeline>> next();

  // The last span among the records that were passed so far.
  const std::optional<MeasuredSpan>& measured() const { return measured_; }

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  struct Record {
    unsigned char kind = 0;
    bool end = false;  // Of the file.
  };

  TimelineReader(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {}

  base::Result<Record> read_record();

  std::unique_ptr<std::FILE, CloseFile> file_;
  std::string path_;
  std::string payload_;  // Of the record that was read last.
  std::uint64_t offset_ = 0;
  std::uint64_t record_begin_ = 0;
  std::optional<MeasuredSpan> measured_;
};

// The span of a file, which is written at its end; nothing where the file has none, because it was
// cut short. Errors: those of open().
base::Result<std::optional<MeasuredSpan>> read_measured_span(const std::string& path);

}  // namespace llm
