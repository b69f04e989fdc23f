#include "net/line_parser.h"

#include <utility>

namespace net {

LineParser::LineParser(SseParser::OnEvent on_event, std::size_t max_bytes)
    : on_event_(std::move(on_event)), max_bytes_(max_bytes) {}

bool LineParser::feed(std::string_view bytes) {
  while (!ended_) {
    const std::size_t length = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, length);
    if (line_.size() + piece.size() > max_bytes_) {
      ended_ = true;
      break;
    }
    if (length == std::string_view::npos) {
      line_ += piece;
      break;
    }
    if (line_.empty()) {
      on_line(piece);
    } else {
      line_ += piece;
      on_line(line_);
      line_.clear();
    }
    bytes.remove_prefix(length + 1);
  }
  return !ended_;
}

void LineParser::end() {
  if (!ended_) on_line(line_);
  line_.clear();
  ended_ = true;
}

void LineParser::on_line(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (!line.empty()) on_event_({.name = "", .data = line, .id = ""});
}

}  // namespace net
