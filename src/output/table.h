// Text laid out for a terminal. Widths are columns, as display_width.h has them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "output/display_width.h"

namespace output {

// The text itself, or its beginning with … where it is wider.
std::string cut_to_width(std::string_view text, std::size_t width);
// The same with … in the middle: names that begin alike, such as URLs, stay apart.
std::string cut_in_the_middle(std::string_view text, std::size_t width);

std::string pad_left(std::string_view text, std::size_t width);   // Spaces before the text.
std::string pad_right(std::string_view text, std::size_t width);  // Spaces after the text.

// The text between newlines, spaces and all; one that ends the text begins no further line.
std::vector<std::string_view> lines_of(std::string_view text);

// Whether a word wider than a line is broken, or stays whole since half a path cannot be searched
// for.
enum class LongWords { kWhole, kBroken };

// Breaks at newlines and, where a line is too long, at spaces; lines after the first are indented,
// by three quarters of the width at most. No newline at the end.
std::string wrap(std::string_view text, std::size_t width, std::size_t hanging_indent,
                 LongWords long_words = LongWords::kWhole);

// Aligned columns. The first column is a label and aligned left, the others are numbers and aligned
// right. Where the table is too wide, columns that it may drop go first, then labels are cut.
class Table {
 public:
  struct Row {
    std::vector<std::string> cells;
    bool is_heading = false;
  };

  explicit Table(std::vector<std::string> header);

  void add_row(std::vector<std::string> cells);  // Cells that are missing at the end are empty.
  void add_heading(std::string_view text);       // A line across all columns.
  void may_drop(std::size_t column) { droppable_.push_back(column); }  // The first said goes first.

  // Columns that may go do so before labels are cut to less than this.
  void want_label(std::size_t width) { wanted_label_ = width; }

  std::size_t size() const { return rows_.size(); }  // Rows, with the header.
  const std::vector<Row>& rows() const { return rows_; }

  // Lines, each with a newline, none wider than width and none with spaces at its end.
  std::vector<std::string> lines(std::size_t width, std::size_t indent) const;

 private:
  // Width of each column; a dropped one has none.
  std::vector<std::size_t> column_widths(std::size_t width) const;

  std::vector<Row> rows_;  // The header is the first.
  std::vector<std::size_t> droppable_;
  std::size_t wanted_label_ = 20;
};

}  // namespace output
