#include "output/table.h"

#include <algorithm>
#include <numeric>

namespace output {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowestLabel = 8;  // Once all columns that may go are gone.

// A word that is wider than a line, at the column.
void append_broken(std::string_view word, std::size_t width, std::size_t hanging_indent,
                   std::size_t& column, std::string& out) {
  while (!word.empty()) {
    const Glyph glyph = first_glyph(word);
    if (column + glyph.width > width && column > hanging_indent) {
      out += '\n' + std::string(hanging_indent, ' ');
      column = hanging_indent;
    }
    out += glyph.bytes;
    column += glyph.width;
    word.remove_prefix(glyph.bytes.size());
  }
}

// Appends one line of text at the column, breaking it at spaces where it reaches the width.
void append_wrapped(std::string_view text, std::size_t width, std::size_t hanging_indent,
                    LongWords long_words, std::size_t column, std::string& out) {
  bool line_has_word = false;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t word = std::min(text.find_first_not_of(' ', at), text.size());
    const std::size_t end = std::min(text.find(' ', word), text.size());
    const std::string_view spaces = text.substr(at, word - at);
    const std::string_view letters = text.substr(word, end - word);
    at = end;
    if (letters.empty()) break;
    const std::size_t own = width_of(letters);
    if (line_has_word && column + spaces.size() + own > width) {
      out += '\n' + std::string(hanging_indent, ' ');
      column = hanging_indent;
    } else {
      out += spaces;
      column += spaces.size();
    }
    if (long_words == LongWords::kBroken && column + own > width) {
      append_broken(letters, width, hanging_indent, column, out);
    } else {
      out += letters;
      column += own;
    }
    line_has_word = true;
  }
}

std::size_t total_width(const std::vector<std::size_t>& widths) {
  return std::accumulate(
      widths.begin() + 1, widths.end(), widths[0],
      [](std::size_t sum, std::size_t width) { return width == 0 ? sum : sum + kGap + width; });
}

}  // namespace

std::string cut_to_width(std::string_view text, std::size_t width) {
  if (width_of(text) <= width) return std::string(text);
  if (width == 0) return "";
  std::size_t column = 0;
  std::size_t end = 0;
  while (end < text.size()) {
    const Glyph glyph = first_glyph(text.substr(end));
    if (column + glyph.width + 1 > width) break;
    column += glyph.width;
    end += glyph.bytes.size();
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string cut_in_the_middle(std::string_view text, std::size_t width) {
  const std::size_t own = width_of(text);
  if (own <= width || width < 3) return cut_to_width(text, width);
  const std::size_t of_end = (width - 1) * 2 / 3;
  std::string_view rest = text;
  std::size_t rest_width = own;
  while (rest_width > of_end || (!rest.empty() && first_glyph(rest).width == 0)) {
    const Glyph glyph = first_glyph(rest);  // A mark goes with the letter that it stands on.
    rest.remove_prefix(glyph.bytes.size());
    rest_width -= glyph.width;
  }
  return cut_to_width(text, width - of_end) + std::string(rest);
}

std::string pad_left(std::string_view text, std::size_t width) {
  const std::size_t own = width_of(text);
  return std::string(own < width ? width - own : 0, ' ') + std::string(text);
}

std::string pad_right(std::string_view text, std::size_t width) {
  const std::size_t own = width_of(text);
  return std::string(text) + std::string(own < width ? width - own : 0, ' ');
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string wrap(std::string_view text, std::size_t width, std::size_t hanging_indent,
                 LongWords long_words) {
  hanging_indent = std::min(hanging_indent, width * 3 / 4);
  std::string out;
  std::size_t column = 0;
  bool is_first = true;
  for (const std::string_view line : lines_of(text)) {
    if (!is_first) {
      out += '\n' + std::string(hanging_indent, ' ');
      column = hanging_indent;
    }
    append_wrapped(line, width, hanging_indent, long_words, column, out);
    is_first = false;
  }
  return out;
}

Table::Table(std::vector<std::string> header) { add_row(std::move(header)); }

void Table::add_row(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = printable(cell);
  if (!rows_.empty()) cells.resize(rows_[0].cells.size());
  rows_.push_back({std::move(cells), false});
}

void Table::add_heading(std::string_view text) { rows_.push_back({{printable(text)}, true}); }

std::vector<std::size_t> Table::column_widths(std::size_t width) const {
  std::vector<std::size_t> widths(rows_[0].cells.size(), 0);
  for (const Row& row : rows_) {
    if (row.is_heading) continue;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(row.cells[i]));
    }
  }
  const std::size_t label = widths[0];
  const auto fit_label = [&](std::size_t narrowest) {
    const std::size_t others = total_width(widths) - widths[0];
    const std::size_t room = width > others ? width - others : 0;
    widths[0] = std::min(label, std::max(room, narrowest));
  };
  fit_label(wanted_label_);
  for (const std::size_t column : droppable_) {
    if (total_width(widths) <= width) break;
    widths[column] = 0;
    fit_label(wanted_label_);
  }
  fit_label(kNarrowestLabel);
  return widths;
}

std::vector<std::string> Table::lines(std::size_t width, std::size_t indent) const {
  const std::vector<std::size_t> widths = column_widths(width > indent ? width - indent : 0);
  std::vector<std::string> lines;
  for (const Row& row : rows_) {
    std::string line(indent, ' ');
    if (row.is_heading) {
      line += row.cells[0];
    } else {
      line += pad_right(cut_in_the_middle(row.cells[0], widths[0]), widths[0]);
      for (std::size_t i = 1; i < row.cells.size(); ++i) {
        if (widths[i] > 0) line += std::string(kGap, ' ') + pad_left(row.cells[i], widths[i]);
      }
    }
    line = cut_to_width(line, width);
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(line + "\n");
  }
  return lines;
}

}  // namespace output
