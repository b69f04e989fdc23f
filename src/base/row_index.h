// Where the rows of a text begin.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace base {

// What keeps a text from being split into rows, and where in the text it stands.
struct RowError {
  std::size_t offset = 0;
  std::string message;
};

using RowIndex = tl::expected<std::vector<std::size_t>, RowError>;

// Of all three, cost: one pass, at the speed of memchr where rows are long.

// The lines that are not empty. A line of white space alone counts as empty where `blank_is_empty`.
RowIndex index_lines(std::string_view text, bool blank_is_empty);

// The rows of a CSV text, the header among them: lines, but for line ends inside quotes.
RowIndex index_csv(std::string_view text);

// The elements of the array that the text is. The elements are not validated, only their strings
// and brackets are followed. REQUIRES: the first byte that is no white space is "[".
RowIndex index_json_array(std::string_view text);

}  // namespace base
