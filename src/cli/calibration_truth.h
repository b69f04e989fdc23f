// What the server wrote down and what the client saw of the same streams.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace cli {

// Of the streams that both sides have, joined by the requests' ids: when the content events were
// sent, the truth that a run's figures are held against.
struct CalibrationTruth {
  std::vector<double> gaps;      // Between events that follow one another in a stream, in seconds.
  std::vector<double> ttfts;     // From the client's sending to the first event's, in seconds.
  std::uint64_t streams = 0;     // That were joined.
  std::uint64_t unmatched = 0;   // Known to one side alone, or with other numbers of events.
  double events_per_second = 0;  // Sent in the middle half of the time from the first to the last.
};

// Reads the files that `perigee mock --record` (one of each server) and `perigee run --events`
// have written.
//
// Errors: a file that cannot be read or understood, with its path.
// Cost:   all of it is read into memory: some 20 bytes an event.
base::Result<CalibrationTruth> read_truth(const std::vector<std::string>& record_files,
                                          const std::string& events_file);

}  // namespace cli
