// Small work on text that several folders need.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace base {

// The parts between the separators, each trimmed; "" is one empty part.
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);

// The candidate nearest in spelling, or "" where none is near enough to be a slip of the keys.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

// ` (did you mean "duration"?)`, or "" where nothing is near: ready to stand in an error message.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

// True where text matches a pattern in which * stands for any run of characters and ? for one.
bool matches_glob(std::string_view pattern, std::string_view text);

// The text with control characters but for newline and tab replaced by "?", so that what a script
// or a server says cannot move the cursor of the terminal that shows it.
std::string without_controls(std::string_view text);

// 1234567 -> "1,234,567".
std::string format_count(std::uint64_t count);

}  // namespace base
