// Dates with a time of day, as recordings and servers write them.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace base {

// Reads "2023-11-16 18:15:46.6805900": a space or "T" in between, any number of decimals or none,
// and "Z", "+01:00", "+0100" or "+01" at the end or nothing, which is taken as UTC.
// Returns: the time since 1970; nothing where the text is no such date.
std::optional<Duration> parse_timestamp(std::string_view text);

}  // namespace base
