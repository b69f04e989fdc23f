// CSV by RFC 4180, read by libcsv.
#pragma once

#include <csv.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace base {

// Strict: a quote stands only around a whole field or doubled within one, and spaces belong to the
// fields. After an error a reader is of no further use.
class CsvReader {
 public:
  enum class Keep { kFields, kNothing };

  // A longest field of `field_size` bytes costs one allocation.
  CsvReader(Keep keep, std::size_t field_size);
  ~CsvReader();
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  // Reads on. False where a quote stands where none can be.
  bool read(std::string_view text);
  // The end of the text. False inside quotes.
  bool finish();

  std::size_t rows() const { return rows_; }  // That have ended so far.
  std::vector<std::string>& fields() { return fields_; }

 private:
  static void on_field(void* text, std::size_t size, void* reader);
  static void on_row(int terminator, void* reader);

  csv_parser parser_;
  Keep keep_;
  std::size_t rows_ = 0;
  std::vector<std::string> fields_;
};

// What a text that CsvReader refuses is told.
inline constexpr std::string_view kMisplacedQuote =
    "a quote in the wrong place; a field with quotes is written \"like \"\"this\"\"\", all of it "
    "inside quotes";

// The fields of one row. Errors: a quote where none can be.
Result<std::vector<std::string>> parse_csv_row(std::string_view row);

}  // namespace base
