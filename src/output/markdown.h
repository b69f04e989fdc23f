// A run as Markdown, for the job summary of a CI system.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "output/run_result.h"

namespace output {

// A heading of the given level with the verdict, then validity, cost, thresholds, tables by task and
// model, failures by kind, checks, script errors; the whole summary at the end, folded.
std::string markdown(const RunResult& result, int heading_level = 2);

// "✅", "❌", or "⚠️" for what was not judged or was interrupted.
std::string markdown_mark(int exit_code);

// Rows of cells that are Markdown already, the first of them the header. Columns are aligned left for
// an l, else right. Beyond 100 rows only how many more there are.
std::string markdown_table(const std::vector<std::vector<std::string>>& rows,
                           std::string_view alignment = "l");

}  // namespace output
