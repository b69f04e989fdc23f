#include "base/row_index.h"

#include <algorithm>

#include "base/csv_reader.h"

namespace base {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

tl::unexpected<RowError> refuse(std::size_t offset, std::string message) {
  return tl::unexpected(RowError{offset, std::move(message)});
}

// Just behind the line's end.
std::size_t next_line(std::string_view text, std::size_t begin) {
  const std::size_t end = text.find('\n', begin);
  return end == std::string_view::npos ? text.size() : end + 1;
}

// At the closing quote, or npos.
std::size_t end_of_string(std::string_view text, std::size_t open) {
  for (std::size_t at = open + 1;; ++at) {
    at = text.find('"', at);
    if (at == std::string_view::npos) return at;
    std::size_t before = at;
    while (text[before - 1] == '\\') --before;
    const bool is_escaped = (at - before) % 2 == 1;
    if (!is_escaped) return at;
  }
}

// At the comma or bracket that follows the value, or npos.
std::size_t end_of_value(std::string_view text, std::size_t begin) {
  std::size_t depth = 0;
  for (std::size_t at = begin; at < text.size(); ++at) {
    switch (text[at]) {
      case '"':
        at = end_of_string(text, at);
        if (at == std::string_view::npos) return at;
        break;
      case '[':
      case '{':
        ++depth;
        break;
      case ']':
      case '}':
        if (depth == 0) return at;
        --depth;
        break;
      case ',':
        if (depth == 0) return at;
        break;
      default:
        break;
    }
  }
  return std::string_view::npos;
}

}  // namespace

RowIndex index_lines(std::string_view text, bool blank_is_empty) {
  const std::string_view passed_over = blank_is_empty ? kSpace : std::string_view("\r\n");
  std::vector<std::size_t> offsets;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t next = next_line(text, begin);
    const std::string_view line = text.substr(begin, next - begin);
    if (line.find_first_not_of(passed_over) != std::string_view::npos) offsets.push_back(begin);
    begin = next;
  }
  return offsets;
}

// libcsv alone decides what a quote means; lines without any are rows without asking it.
RowIndex index_csv(std::string_view text) {
  constexpr std::size_t kFieldSize = std::size_t{1} << 16U;
  CsvReader reader(CsvReader::Keep::kNothing, kFieldSize);
  std::vector<std::size_t> offsets;
  std::size_t rows_before = 0;
  bool inside_row = false;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t next = next_line(text, begin);
    const std::string_view line = text.substr(begin, next - begin);
    const bool is_empty = line.find_first_not_of("\r\n") == std::string_view::npos;
    if (!inside_row && !is_empty) offsets.push_back(begin);
    if (inside_row || line.find('"') != std::string_view::npos) {
      rows_before = reader.rows();
      if (!reader.read(line)) return refuse(begin, std::string(kMisplacedQuote));
      inside_row = reader.rows() == rows_before;
    }
    begin = next;
  }
  if (!reader.finish()) return refuse(offsets.back(), "the quotes of this row do not close");
  return offsets;
}

RowIndex index_json_array(std::string_view text) {
  const auto next_token = [text](std::size_t from) {
    return std::min(text.find_first_not_of(kSpace, from), text.size());
  };
  const std::size_t open = next_token(0);
  std::vector<std::size_t> offsets;
  std::size_t begin = next_token(open + 1);
  while (begin < text.size() && !(offsets.empty() && text[begin] == ']')) {
    const std::size_t end = end_of_value(text, begin);
    if (end == std::string_view::npos) return refuse(begin, "the row that begins here has no end");
    if (end == begin) return refuse(begin, "expected a row of the array");
    if (text[end] == '}') return refuse(end, "expected a comma or ], got }");
    offsets.push_back(begin);
    begin = text[end] == ',' ? next_token(end + 1) : end;
    if (text[end] == ']') break;
  }
  if (begin == text.size()) return refuse(open, "the array that begins here has no end");
  const std::size_t rest = next_token(begin + 1);
  if (rest < text.size()) return refuse(rest, "expected nothing after the array");
  return offsets;
}

}  // namespace base
