// How many columns of a terminal text takes: CJK and most emoji two, combining marks none. From any
// thread, under any locale (it asks the C library's tables for C.UTF-8; where a system has no such
// locale, every code point is one wide).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace output {

// The bytes of a code point, or of a colour's escape sequence, which is 0 wide. A byte that is no
// UTF-8 is a glyph of width 1.
struct Glyph {
  std::string_view bytes;
  std::size_t width = 0;
};

Glyph first_glyph(std::string_view text);  // Of text that is not empty.

std::size_t width_of(std::string_view text);

// The text with a space for each control character, since a name from a script must not move the
// cursor; newlines too, unless they are kept.
enum class Newlines { kReplaced, kKept };
std::string printable(std::string_view text, Newlines newlines = Newlines::kReplaced);

}  // namespace output
