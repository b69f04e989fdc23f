// The parts of a summary that show what was measured. Each adds nothing where it has nothing to
// show.
#pragma once

#include <string>

#include "output/page.h"

namespace output {

// LLM requests and their times by task, and by scenario and model where there are several.
void add_request_tables(Page& page, const RunResult& result);
// In full also first text, thinking and tool input.
void add_latency_table(Page& page, const RunResult& result, bool in_full);
// Whether the full table has more rows than the short one.
bool shows_more_latencies(const metrics::Store& store);
void add_per_request_table(Page& page, const RunResult& result);  // Tokens of one request.
void add_failures(Page& page, const RunResult& result);
void add_budget(Page& page, const RunResult& result);
void add_limits(Page& page, const RunResult& result);  // Buckets, queueing, retries, batches.
void add_objectives(Page& page, const RunResult& result);
// Failures by kind; in full also times by name; then, with phases, what each phase took.
void add_http(Page& page, const RunResult& result, bool in_full, bool with_phases);
void add_checks(Page& page, const RunResult& result);
// "avg 3 · med 2 · …": one metric that the script declared.
std::string custom_metric_in_words(const RunResult& result, metrics::MetricId id, Legend& legend);
void add_custom_metrics(Page& page, const RunResult& result);
void add_groups(Page& page, const RunResult& result);
void add_iterations(Page& page, const RunResult& result);
void add_starts(Page& page, const RunResult& result);  // Of open executors.
void add_dropped(Page& page, const RunResult& result);  // Iterations that were due, never begun.
void add_apart(Page& page, const RunResult& result);   // Warm-up, setup, teardown.
void add_client(Page& page, const RunResult& result);
void add_script_errors(Page& page, const RunResult& result);
void add_definitions(Page& page, const RunResult& result);  // As other tools would report it.

}  // namespace output
