// What the live view shows of a moment, laid out.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "output/output.h"
#include "output/paint.h"

namespace output {

struct FrameSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

// A line for the run, one for each scenario, then requests, tokens, latencies, failures by kind,
// buckets, budget, client and keys, as far as there is anything to say: docs/metrics.md defines
// each. No line is wider than the columns less one (the last one stays free, so that a terminal
// never breaks a line), and there are fewer lines than rows: in a low terminal the scenarios are
// cut first, then what stands last.
std::vector<std::string> frame_lines(const Progress& progress, FrameSize size, const Paint& paint);

}  // namespace output
