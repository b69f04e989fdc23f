// What is known of where text is printed.
#pragma once

#include <cstddef>

#include "output/page.h"

namespace cli {

std::size_t terminal_width(int fd);  // 100 where it is none.

bool wants_colours(int fd);  // A terminal, and NO_COLOR is not set.

output::SummaryOptions summary_options();  // For stdout.

}  // namespace cli
