#include "net/sse_parser.h"

#include <cstring>
#include <utility>

namespace net {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The first `c` in [begin, end), or end.
const char* find(const char* begin, const char* end, char c) {
  if (begin == end) return end;
  const void* found = std::memchr(begin, c, static_cast<std::size_t>(end - begin));
  return found == nullptr ? end : static_cast<const char*>(found);
}

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

SseParser::SseParser(OnEvent on_event, std::size_t max_bytes)
    : on_event_(std::move(on_event)), max_bytes_(max_bytes) {}

bool SseParser::feed(std::string_view bytes) {
  if (ended_) return false;
  if (at_start_) bytes = without_bom(bytes);
  if (last_was_cr_ && !bytes.empty()) {
    if (bytes.front() == '\n') bytes.remove_prefix(1);
    last_was_cr_ = false;
  }
  ended_ = !at_start_ && !on_lines(bytes);
  keep_data();
  return !ended_;
}

bool SseParser::has_partial_event() const {
  const bool in_comment = !line_.empty() && line_.front() == ':';
  return data_at_ != Data::kNone || !name_.empty() || (!line_.empty() && !in_comment);
}

std::string_view SseParser::without_bom(std::string_view bytes) {
  while (at_start_ && !bytes.empty()) {
    if (bytes.front() != kByteOrderMark[line_.size()]) {
      at_start_ = false;
      break;
    }
    line_.push_back(bytes.front());
    bytes.remove_prefix(1);
    if (line_.size() == kByteOrderMark.size()) {
      line_.clear();
      at_start_ = false;
    }
  }
  return bytes;
}

bool SseParser::on_lines(std::string_view bytes) {
  const char* begin = bytes.data();
  const char* const end = begin + bytes.size();
  // The next LF is kept over lines that a CR ends; looking for it anew at each of them would make
  // the work quadratic. The CR is looked for only before that LF, for the same reason.
  const char* lf = find(begin, end, '\n');
  while (true) {
    if (lf < begin) lf = find(begin, end, '\n');
    const char* line_end = find(begin, lf, '\r');
    if (line_end == end) break;
    if (!on_line(between(begin, line_end))) return false;
    begin = line_end + 1;
    if (*line_end == '\n') continue;
    if (begin == end) {
      last_was_cr_ = true;
    } else if (*begin == '\n') {
      ++begin;
    }
  }
  if (line_.size() + static_cast<std::size_t>(end - begin) > max_bytes_) return false;
  line_.append(begin, end);
  return true;
}

bool SseParser::on_line(std::string_view rest) {
  if (line_.size() + rest.size() > max_bytes_) return false;
  if (line_.empty()) return on_whole_line(rest, true);
  line_.append(rest);
  const bool within_limit = on_whole_line(line_, false);
  line_.clear();
  return within_limit;
}

bool SseParser::on_whole_line(std::string_view line, bool in_feed) {
  if (line.empty()) {
    dispatch();
    return true;
  }
  const std::size_t colon = line.find(':');
  if (colon == 0) {
    ++comments_;
    return true;
  }
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (!value.empty() && value.front() == ' ') value.remove_prefix(1);

  if (field == "data") return add_data(value, in_feed);
  if (field == "event") {
    name_ = value;
  } else if (field == "error") {
    name_ = "error";
    return add_data(value, in_feed);
  } else if (field == "id" && value.find('\0') == std::string_view::npos) {
    id_ = value;
  }
  return true;
}

bool SseParser::add_data(std::string_view value, bool in_feed) {
  if (data_at_ == Data::kNone && in_feed) {
    data_at_ = Data::kInFeed;
    data_view_ = value;
    return true;
  }
  keep_data();
  if (data_at_ == Data::kCopied) data_ += '\n';
  data_at_ = Data::kCopied;
  data_ += value;
  return data_.size() <= max_bytes_;
}

// The bytes being fed are the caller's once feed() has returned.
void SseParser::keep_data() {
  if (data_at_ != Data::kInFeed) return;
  data_ = data_view_;
  data_at_ = Data::kCopied;
}

void SseParser::dispatch() {
  if (data_at_ != Data::kNone) {
    on_event_({name_, data_at_ == Data::kInFeed ? data_view_ : std::string_view(data_), id_});
  }
  name_.clear();
  data_.clear();
  data_at_ = Data::kNone;
}

}  // namespace net
