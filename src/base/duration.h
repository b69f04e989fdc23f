// Durations as users write and read them.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace base {

// Reads "250ms", "30s", "1m30s", "1.5h", "10us", "100ns", or a bare number, which is seconds.
// Errors: `expected a duration such as "30s", got "30x"`; negative and non-finite ones are refused.
Result<Duration> parse_duration(std::string_view text);

// Writes with about three significant digits and one unit: 950ns, 12.3us, 4.56ms, 1.23s, 2m05s,
// 1h02m. Below a minute the decimals are kept, so that columns of latencies compare at a glance.
std::string format_duration(Duration duration);

}  // namespace base
