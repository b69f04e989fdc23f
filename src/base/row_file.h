// A file of rows (JSON, CSV, plain lines), held once and shared by all threads.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace base {

// The file is mapped into memory, not read: rows that nobody looks at cost nothing, and all threads
// and processes share the same pages. Beside it an index of 8 bytes per row.
//
// Threads:  any, all members are const.
// Lifetime: texts that it hands out live as long as it does. The file must not be cut short
//           meanwhile; replacing it by renaming another one is harmless.
// Cost:     opening passes over the file once.
class RowFile {
 public:
  enum class Format {
    kJsonLines,
    kJson,  // One array whose elements are the rows; JSON lines where it does not begin with "[".
    kCsv,
    kLines,
  };

  // A UTF-8 byte order mark is passed over.
  //
  // Errors: no such file, not readable, no rows, a CSV file without a header or with a column
  // twice, quotes or brackets that do not close: with the file and, where there is one, the line.
  // What stands inside a row is looked at when the row is.
  static Result<std::shared_ptr<const RowFile>> open(const std::string& path, Format format);
  ~RowFile();
  RowFile(const RowFile&) = delete;
  RowFile& operator=(const RowFile&) = delete;

  const std::string& path() const { return path_; }
  Format format() const { return format_; }
  std::size_t size() const { return offsets_.size(); }  // Without the header; empty lines left out.

  // The row's text as it stands in the file, without its line end. REQUIRES: row < size().
  std::string_view row(std::size_t row) const;
  // Where the row begins, from 1. Cost: a pass over the file; for error messages.
  std::size_t line_number(std::size_t row) const;

  // CSV: the header's names, and the fields of a row by RFC 4180 (quotes, line ends in quotes), as
  // many as there are columns.
  //
  // Errors: of fields, a row with more or fewer, or with a quote where none can be; whoever asked
  // adds the place.
  const std::vector<std::string>& columns() const { return columns_; }
  Result<std::vector<std::string>> fields(std::size_t row) const;

 private:
  RowFile(std::string path, Format format) : path_(std::move(path)), format_(format) {}
  Result<void> map();
  Result<void> index();
  Result<void> read_header();

  std::string path_;
  Format format_;
  std::string_view mapping_;
  std::string_view text_;             // The mapping without a byte order mark.
  bool is_array_ = false;             // The rows are one array's elements.
  std::vector<std::size_t> offsets_;  // Where the rows begin in text_.
  std::vector<std::string> columns_;
};

// By the file's name: .jsonl and .ndjson, .json, .csv, else lines.
RowFile::Format row_format_of(std::string_view path);

}  // namespace base
