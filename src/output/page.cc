#include "output/page.h"

#include <algorithm>
#include <utility>

namespace output {
namespace {

constexpr std::size_t kTitleWidth = 12;

std::string join_parts(const std::vector<std::string>& parts, std::size_t width, std::size_t column,
                       std::size_t hanging_indent) {
  constexpr std::size_t kSeparatorWidth = 3;
  std::string text;
  for (const std::string& part : parts) {
    const std::size_t own = width_of(part);
    // Two columns are kept for the dot that a line ends with where another follows.
    const bool fits = column + kSeparatorWidth + own + 2 <= width;
    if (!text.empty()) {
      text += fits ? " · " : " ·\n" + std::string(hanging_indent, ' ');
      column = fits ? column + kSeparatorWidth : hanging_indent;
    }
    text += part;
    column += own;
  }
  return text;
}

}  // namespace

void Page::start_section() { section_begins_ = !text_.empty(); }

void Page::open_section() {
  if (std::exchange(section_begins_, false)) text_ += "\n";
}

void Page::add_line(std::string_view line) {
  open_section();
  text_ += line;
  text_ += '\n';
}

void Page::add_wrapped(std::string_view text, std::size_t hanging_indent) {
  add_line(wrap(text, width_, hanging_indent));
}

void Page::add_titled(std::string_view title, std::string_view text) {
  blocks_.push_back({std::string(title), {std::string(text)}});
  const std::string head = pad_right(title, kTitleWidth);
  add_titled_lines(title, wrap(head + std::string(text), width_, kTitleWidth));
}

void Page::add_titled(std::string_view title, const std::vector<std::string>& parts) {
  blocks_.push_back({std::string(title), parts});
  const std::string head = pad_right(title, kTitleWidth);
  add_titled_lines(title, head + join_parts(parts, width_, kTitleWidth, kTitleWidth));
}

void Page::add_parts(const std::vector<std::string>& parts, std::size_t hanging_indent) {
  add_line(join_parts(parts, width_, 0, hanging_indent));
}

void Page::add_titled_lines(std::string_view title, std::string_view lines) {
  const std::size_t title_end = std::min(title.size(), lines.size());
  add_line(paint_.bold(lines.substr(0, title_end)) + std::string(lines.substr(title_end)));
}

void Page::add_table(const Table& table) {
  blocks_.push_back({.title = "", .table = table});
  start_section();
  open_section();
  bool is_header = true;
  for (const std::string& line : table.lines(width_, 0)) {
    text_ +=
        is_header ? paint_.bold(std::string_view(line).substr(0, line.size() - 1)) + "\n" : line;
    is_header = false;
  }
}

}  // namespace output
