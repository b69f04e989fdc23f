#include "output/live_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "output/paint.h"
#include "output/table.h"

namespace output {
namespace {

constexpr const char* kEraseLine = "\x1b[K";   // From the cursor to the line's end.
constexpr const char* kEraseBelow = "\x1b[J";  // From the cursor to the screen's end.
constexpr const char* kClearScreen = "\x1b[H\x1b[2J";
constexpr std::size_t kMessagesKept = 100;

}  // namespace

LiveView::LiveView(Sink sink, LiveViewOptions options)
    : sink_(std::move(sink)), options_(std::move(options)) {}

void LiveView::on_progress(const Progress& progress) {
  if (!options_.in_foreground()) return;
  const std::string begin = go_to_top();
  lines_ = frame_lines(progress, options_.size(), Paint(options_.colours));
  sink_(begin + draw());
}

void LiveView::on_message(const std::string& line) {
  const bool over_frame = drawn_ > 0 && options_.in_foreground();
  std::string text = over_frame ? go_to_top() : "";
  std::vector<std::string_view> parts = lines_of(line);
  if (parts.empty()) parts.emplace_back();
  for (const std::string_view part : parts) {
    text += std::string(part) + (over_frame ? kEraseLine : "") + "\n";
    messages_.emplace_back(part);
    if (messages_.size() > kMessagesKept) messages_.pop_front();
  }
  sink_(over_frame ? text + draw() : text);
}

void LiveView::on_end(const RunResult& /*result*/) { remove(); }

void LiveView::on_suspend() { remove(); }

void LiveView::on_continue() { drawn_ = 0; }

void LiveView::remove() {
  if (drawn_ > 0 && options_.in_foreground()) sink_(go_to_top() + kEraseBelow);
  drawn_ = 0;
}

// To the first column of the first line drawn; after that nothing counts as drawn.
std::string LiveView::go_to_top() {
  const std::size_t drawn = std::exchange(drawn_, 0);
  if (drawn == 0) return "";
  const FrameSize size = options_.size();
  if (size.columns >= drawn_at_.columns && drawn < size.rows) return fmt::format("\x1b[{}F", drawn);
  lines_.clear();  // They were cut to another width.
  std::string text = kClearScreen;
  const std::size_t room = size.rows > drawn + 1 ? size.rows - drawn - 1 : 0;
  const std::size_t shown = std::min(room, messages_.size());
  for (std::size_t i = messages_.size() - shown; i < messages_.size(); ++i) {
    text += messages_[i] + "\n";
  }
  return text;
}

std::string LiveView::draw() {
  std::string text;
  for (const std::string& line : lines_) text += line + kEraseLine + "\n";
  drawn_ = lines_.size();
  drawn_at_ = options_.size();
  return text + kEraseBelow;
}

}  // namespace output
