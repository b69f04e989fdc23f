// A file of rows (JSON lines, CSV, plain lines), held once and shared by all threads.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace base {

// The file is mapped into memory, not read: rows that nobody looks at cost nothing, and all threads
// and processes share the same pages. Beside it an index of 8 bytes per row.
//
// Threads: any, all members are const.
class RowFile {
 public:
  enum class Format { kJsonLines, kCsv, kLines };

  // Errors: no such file, not readable, no rows, a CSV file without a header.
  static Result<std::shared_ptr<const RowFile>> open(const std::string& path, Format format);
  ~RowFile();
  RowFile(const RowFile&) = delete;
  RowFile& operator=(const RowFile&) = delete;

  const std::string& path() const { return path_; }
  Format format() const { return format_; }
  std::size_t size() const { return offsets_.size(); }  // Without the header; empty lines left out.

  // The row's text as it stands in the file, without its line end. REQUIRES: row < size().
  std::string_view row(std::size_t row) const;
  std::size_t line_number(std::size_t row) const;  // From 1, for error messages.

  // CSV: the header's names, and the fields of a row by RFC 4180 (quotes, line ends in quotes).
  const std::vector<std::string>& columns() const { return columns_; }
  Result<std::vector<std::string>> fields(std::size_t row) const;

 private:
  RowFile() = default;
  std::string path_;
  Format format_ = Format::kLines;
  std::string_view text_;  // The mapping.
  std::vector<std::size_t> offsets_;
  std::vector<std::string> columns_;
};

// By the file's name: .jsonl and .ndjson, .csv, else lines.
RowFile::Format row_format_of(std::string_view path);

}  // namespace base
