// What kept the client from keeping up, for people and for the result file.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "output/page.h"
#include "output/run_result.h"

namespace output {

// A line for each cause with its worst second, how long it lasted and what to do about it; nothing
// where the client kept up.
void add_client_findings(Page& page, const RunResult& result);

// "a worker used 99% of its core at 12s: give it more cores"
std::string finding_in_words(const metrics::ClientFinding& finding);

// {"reads", "enough_reads", "findings": [{"cause", "figure", "worst", "spans", "advice"}]}
nlohmann::ordered_json client_to_json(const RunResult& result);

// Columns of the client's own figures, one entry for each interval; null where there was nothing
// to measure.
nlohmann::ordered_json client_intervals_to_json(const std::vector<Interval>& intervals);

// The same back from a result file; nothing from one of an earlier version, which has none.
// Errors: throws what nlohmann::json does, and std::runtime_error for an unknown cause.
void read_client(const nlohmann::json& document, RunResult& result);

}  // namespace output
