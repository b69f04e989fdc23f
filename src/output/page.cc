#include "output/page.h"

#include <algorithm>
#include <utility>

namespace output {
namespace {

constexpr std::size_t kTitleWidth = 12;
constexpr std::size_t kLongestTitle = 32;
constexpr std::size_t kNarrowest = 20;  // Of terminals: what says it is less does not know.

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

std::size_t width_of_last_line(std::string_view text) {
  return width_of(text.substr(text.rfind('\n') + 1));  // npos + 1 is 0.
}

}  // namespace

Page::Page(const SummaryOptions& options)
    : width_(std::max(options.width, kNarrowest)),
      long_words_(options.is_terminal ? LongWords::kBroken : LongWords::kWhole),
      paint_(options.colours) {}

std::string Page::join_parts(const std::vector<std::string>& parts, std::size_t column,
                             std::size_t hanging_indent) const {
  constexpr std::size_t kSeparatorWidth = 3;
  std::string text;
  for (const std::string& raw : parts) {
    const std::string part = printable(raw);
    const std::size_t own = width_of(part);
    // Two columns are kept for the dot that a line ends with where another follows.
    const bool fits = column + kSeparatorWidth + own + 2 <= width_;
    if (!text.empty()) {
      text += fits ? " · " : " ·\n" + std::string(hanging_indent, ' ');
      column = fits ? column + kSeparatorWidth : hanging_indent;
    }
    const std::string before(column, ' ');
    const std::string wrapped = wrap(before + part, width_ - 2, hanging_indent, long_words_);
    text += wrapped.substr(std::min(column, wrapped.size()));
    column = width_of_last_line(wrapped);
  }
  return text;
}

void Page::start_section() { section_begins_ = !text_.empty(); }

void Page::open_section() {
  if (std::exchange(section_begins_, false)) text_ += "\n";
}

void Page::add_line(std::string_view line) {
  open_section();
  if (long_words_ == LongWords::kWhole || line.empty()) {
    text_ += line;
    text_ += '\n';
    return;
  }
  for (const std::string_view own : lines_of(line)) {
    text_ += width_of(own) <= width_ ? std::string(own)
                                     : wrap(own, width_, indent_of(own) + 2, long_words_);
    text_ += '\n';
  }
}

void Page::add_wrapped(std::string_view text, std::size_t hanging_indent) {
  add_line(wrap(printable(text, Newlines::kKept), width_, hanging_indent, long_words_));
}

std::string Page::title_column(std::string_view title) const {
  const std::size_t most = std::clamp(width_ / 3, kTitleWidth - 1, kLongestTitle);
  const std::string shown = cut_in_the_middle(printable(title), most);
  return width_of(shown) < kTitleWidth ? pad_right(shown, kTitleWidth) : shown + "  ";
}

void Page::add_titled(std::string_view title, std::string_view text) {
  blocks_.push_back({std::string(title), {std::string(text)}});
  const std::string head = title_column(title);
  const std::string whole = head + printable(text, Newlines::kKept);
  add_titled_lines(head, wrap(whole, width_, kTitleWidth, long_words_));
}

void Page::add_titled(std::string_view title, const std::vector<std::string>& parts) {
  blocks_.push_back({std::string(title), parts});
  const std::string head = title_column(title);
  add_titled_lines(head, head + join_parts(parts, width_of(head), kTitleWidth));
}

void Page::add_parts(const std::vector<std::string>& parts, std::size_t hanging_indent) {
  add_line(join_parts(parts, 0, hanging_indent));
}

// The head is the title with the spaces behind it.
void Page::add_titled_lines(std::string_view head, std::string_view lines) {
  const std::size_t end = std::min(head.find_last_not_of(' ') + 1, lines.size());
  const std::string title = end == 0 ? "" : paint_.bold(lines.substr(0, end));
  add_line(title + std::string(lines.substr(end)));
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
