#include "llm/error_text.h"

#include "base/text.h"

namespace llm {
namespace {

constexpr std::size_t kMaxMessageBytes = 500;

// The number of bytes of the well-formed UTF-8 sequence at the start of `text`; 0 where none is.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead < 0xC2   ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what lies beyond U+10FFFF.
  const unsigned second = byte(1);
  if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return 0;
  if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return 0;
  return length;
}

bool is_key_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

// The length of the API key at the start of `text`; 0 where none is. Some servers quote the key
// that they do not accept.
std::size_t key_length(std::string_view text) {
  constexpr std::size_t kShortestKey = 16;
  if (text.substr(0, 3) != "sk-") return 0;
  std::size_t length = 3;
  while (length < text.size() && is_key_char(text[length])) ++length;
  return length < kShortestKey ? 0 : length;
}

}  // namespace

std::string presentable(std::string_view text) {
  text = base::trim(text);
  std::string shown;
  while (!text.empty()) {
    std::size_t taken = sequence_length(text);
    std::string_view piece = text.substr(0, taken);
    const auto lead = static_cast<unsigned char>(text.front());
    const bool in_word = !shown.empty() && is_key_char(shown.back());
    if (taken == 0) {
      taken = 1;
      piece = "?";
    } else if (lead <= ' ' || lead == 0x7F) {
      piece = !shown.empty() && shown.back() == ' ' ? "" : " ";
    } else if (const std::size_t key = in_word ? 0 : key_length(text); key > 0) {
      taken = key;
      piece = "sk-...";
    }
    if (shown.size() + piece.size() > kMaxMessageBytes) break;
    shown += piece;
    text.remove_prefix(taken);
  }
  return shown;
}

std::string_view html_title(std::string_view body) {
  const std::string lower = base::to_lower(body);
  const std::size_t tag = lower.find("<title");
  if (tag == std::string::npos) return {};
  const std::size_t begin = lower.find('>', tag);
  const std::size_t end = lower.find("</title", tag);
  if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
  return body.substr(begin + 1, end - begin - 1);
}

}  // namespace llm
