#include "base/csv_reader.h"

#include <algorithm>
#include <stdexcept>

namespace base {
namespace {

int is_never_space(unsigned char /*character*/) { return 0; }

}  // namespace

CsvReader::CsvReader(Keep keep, std::size_t field_size) : keep_(keep) {
  if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI) != 0) {
    throw std::runtime_error("libcsv cannot be set up");
  }
  csv_set_space_func(&parser_, &is_never_space);
  // By default its buffer grows by 128 bytes at a time.
  csv_set_blk_size(&parser_, std::max<std::size_t>(field_size + 1, 256));
}

CsvReader::~CsvReader() { csv_free(&parser_); }

bool CsvReader::read(std::string_view text) {
  const auto on_field_or_none = keep_ == Keep::kFields ? &on_field : nullptr;
  return csv_parse(&parser_, text.data(), text.size(), on_field_or_none, &on_row, this) ==
         text.size();
}

bool CsvReader::finish() {
  const auto on_field_or_none = keep_ == Keep::kFields ? &on_field : nullptr;
  return csv_fini(&parser_, on_field_or_none, &on_row, this) == 0;
}

void CsvReader::on_field(void* text, std::size_t size, void* reader) {
  static_cast<CsvReader*>(reader)->fields_.emplace_back(static_cast<const char*>(text), size);
}

void CsvReader::on_row(int /*terminator*/, void* reader) {
  ++static_cast<CsvReader*>(reader)->rows_;
}

Result<std::vector<std::string>> parse_csv_row(std::string_view row) {
  CsvReader reader(CsvReader::Keep::kFields, row.size());
  if (reader.read(row) && reader.finish()) return std::move(reader.fields());
  return fail("{}", kMisplacedQuote);
}

}  // namespace base
