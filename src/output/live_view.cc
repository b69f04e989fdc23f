#include "output/live_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "output/paint.h"
#include "output/table.h"

namespace output {
namespace {

constexpr const char* kEraseLine = "\x1b[K";    // From the cursor to the line's end.
constexpr const char* kEraseBelow = "\x1b[J";   // From the cursor to the screen's end.

// Without the sequences of colours.
std::size_t shown_width(const std::string& line) {
  std::string plain;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b') {
      i = std::min(line.find('m', i), line.size());
    } else {
      plain += line[i];
    }
  }
  return width_of(plain);
}

}  // namespace

LiveView::LiveView(Sink sink, LiveViewOptions options)
    : sink_(std::move(sink)), options_(std::move(options)) {}

void LiveView::on_progress(const Progress& progress) {
  if (!options_.in_foreground()) return;
  const FrameSize size = options_.size();
  const std::string begin = go_to_top(size);
  lines_ = frame_lines(progress, size, Paint(options_.colours));
  sink_(begin + draw());
}

void LiveView::on_message(const std::string& line) {
  if (lines_.empty() || !options_.in_foreground()) return sink_(line + "\n");
  std::string text = go_to_top(options_.size());
  std::size_t at = 0;
  while (at <= line.size()) {
    const std::size_t end = std::min(line.find('\n', at), line.size());
    text += line.substr(at, end - at) + kEraseLine + "\n";
    at = end + 1;
  }
  sink_(text + draw());
}

void LiveView::on_end(const RunResult& /*result*/) { remove(); }

void LiveView::on_suspend() { remove(); }

void LiveView::on_continue() { drawn_.clear(); }

void LiveView::remove() {
  lines_.clear();
  if (drawn_.empty() || !options_.in_foreground()) return drawn_.clear();
  sink_(go_to_top(options_.size()) + kEraseBelow);
}

// To the first column of the first line drawn; after that nothing counts as drawn.
std::string LiveView::go_to_top(FrameSize size) {
  std::size_t rows = 0;
  for (const std::size_t width : drawn_) {
    rows += std::max<std::size_t>(1, (width + size.columns - 1) / std::max<std::size_t>(size.columns, 1));
  }
  drawn_.clear();
  return rows == 0 ? "" : fmt::format("\x1b[{}F", rows);
}

std::string LiveView::draw() {
  std::string text;
  for (const std::string& line : lines_) {
    text += line + kEraseLine + "\n";
    drawn_.push_back(shown_width(line));
  }
  return text + kEraseBelow;
}

}  // namespace output
