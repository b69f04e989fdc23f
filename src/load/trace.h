// A recording of when requests arrived, to be replayed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/row_file.h"

namespace load {

struct TracedArrival {
  base::Duration due{};   // From the trace's first arrival.
  std::uint64_t row = 0;  // In the file.
};

// Shared read-only by all workers.
struct Trace {
  std::vector<TracedArrival> arrivals;          // By due time.
  std::shared_ptr<const base::RowFile> rows{};  // What else the recording says, row by row.
};

// Reads a JSON (lines, or one array) or CSV file. A row's time is the first that it has of
// - `timestamp`: milliseconds, as in the public Mooncake traces, or a date with a time of day,
// - `time` or `at`: seconds, or a duration such as "250ms",
// - `TIMESTAMP`: a date with a time of day, as in the Azure traces: "2023-11-16 18:15:46.68", with
//   "T" for the space and a zone such as "Z" or "+01:00" where it has one.
// Times count from the earliest one; the rows may stand in any order.
//
// Errors: no such file, no rows, a row without a time or with one that cannot be read: with the
// file, the line and what was expected.
base::Result<std::shared_ptr<const Trace>> read_trace(const std::string& path);

}  // namespace load
