#include "output/display_width.h"

#include <locale.h>  // newlocale is POSIX.

#include <algorithm>
#include <cwchar>
#include <cwctype>

namespace output {
namespace {

struct Character {
  wchar_t code = 0;
  std::size_t bytes = 1;
  std::size_t width = 1;
  bool is_control = false;
};

// The thread's locale is UTF-8's for as long as this lives; the process' own may be any.
class Utf8Locale {
 public:
  Utf8Locale() {
    static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (locale != nullptr) before_ = uselocale(locale);
  }
  ~Utf8Locale() {
    if (before_ != nullptr) uselocale(before_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

  bool is_set() const { return before_ != nullptr; }

 private:
  locale_t before_ = nullptr;
};

bool is_ascii(char byte) { return static_cast<unsigned char>(byte) < 0x80; }

bool is_ascii_control(char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f; }

std::size_t bytes_until_next_code_point(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  return end;
}

// Of text that begins with a byte beyond ASCII.
Character first_character(std::string_view text) {
  const Utf8Locale locale;
  if (!locale.is_set()) return {.bytes = bytes_until_next_code_point(text)};
  Character found;
  std::mbstate_t state{};
  const std::size_t bytes = std::mbrtowc(&found.code, text.data(), text.size(), &state);
  if (bytes == 0 || bytes > text.size()) return {};  // Malformed or cut off.
  found.bytes = bytes;
  found.is_control = std::iswcntrl(static_cast<std::wint_t>(found.code)) != 0;
  const int width = wcwidth(found.code);
  if (width >= 0) found.width = static_cast<std::size_t>(width);
  return found;
}

// "\x1b[31m": the length of the sequence that the text begins with, 0 where it begins with none.
std::size_t escape_length(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const auto end = std::find_if(text.begin() + 2, text.end(),
                                [](char byte) { return byte >= 0x40 && byte <= 0x7e; });
  return end == text.end() ? 0 : static_cast<std::size_t>(end - text.begin()) + 1;
}

}  // namespace

Glyph first_glyph(std::string_view text) {
  if (const std::size_t escape = escape_length(text); escape > 0) {
    return {text.substr(0, escape), 0};
  }
  if (is_ascii(text[0])) {
    return {text.substr(0, 1), is_ascii_control(text[0]) ? std::size_t{0} : std::size_t{1}};
  }
  const Character first = first_character(text);
  return {text.substr(0, first.bytes), first.width};
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Glyph glyph = first_glyph(text);
    width += glyph.width;
    text.remove_prefix(glyph.bytes.size());
  }
  return width;
}

std::string printable(std::string_view text, Newlines newlines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::size_t bytes = 1;
    bool is_control = is_ascii_control(text[0]);
    if (!is_ascii(text[0])) {
      const Character first = first_character(text);
      bytes = first.bytes;
      is_control = first.is_control;
    }
    if (is_control && !(text[0] == '\n' && newlines == Newlines::kKept)) {
      out += ' ';
    } else {
      out += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
  }
  return out;
}

}  // namespace output
