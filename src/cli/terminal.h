// What is known of where text is printed.
#pragma once

#include <string_view>

#include "output/live_frame.h"
#include "output/page.h"

namespace cli {

// 100 columns and 24 rows where it is none, or where it does not know.
output::FrameSize terminal_size(int fd);

// A terminal that knows the sequences by which lines are drawn over.
bool can_redraw(int fd);

bool wants_colours(int fd);  // The same, and NO_COLOR is not set or empty.

// For stdout; the word is that of --summary.
output::SummaryOptions summary_options(std::string_view detail = "full");

}  // namespace cli
