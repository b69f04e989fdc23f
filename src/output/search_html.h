// A search for the highest load as one HTML file that opens offline. docs/search.md says what it
// shows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "metrics/metric.h"
#include "metrics/series.h"
#include "output/page.h"
#include "output/report_chart.h"
#include "output/verdict.h"

namespace output {

struct SearchedObjective {
  std::string source;                         // As it was written.
  metrics::Unit unit = metrics::Unit::kNone;  // Of its limit, and of what was measured.
  bool per_second = false;
  double limit = 0;
};

// What a step came to for an objective.
struct SearchedValue {
  std::optional<metrics::Estimate> measured;  // Nothing where no sample was.
  bool few_samples = false;                   // Fewer than its percentile wants.
};

struct SearchedStep {
  enum class Outcome { kHeld, kFailed, kNotKnown };
  double load = 0;
  Outcome outcome = Outcome::kHeld;
  std::string why;                    // What did not hold; "" where all did.
  std::vector<std::string> cells;     // As the table has it; one for each of SearchReport::columns.
  std::vector<SearchedValue> values;  // One for each objective.
  double answered_per_s = 0;
  double goodput_per_s = 0;
  std::optional<metrics::Estimate> ttft_p50;  // Seconds, as are the next two.
  std::optional<metrics::Estimate> ttft_p95;
  std::optional<metrics::Estimate> duration_p95;
};

struct SearchReport {
  std::string script;  // Its path.
  std::string version;
  std::string started_at;  // RFC 3339, UTC.
  Headline headline;
  std::vector<Page::Block> summary;
  bool by_rate = true;  // Else by users.
  std::vector<SearchedObjective> objectives;
  std::vector<std::string> columns;
  std::vector<SearchedStep> steps;  // In the order in which they ran.
  double held = 0;                  // The knee; 0 where not even the first step held.
};

// A chart for each objective, the times that every search has, and the goodput; none without steps.
// Steps stand in the order of their loads, those of one load in the order in which they ran.
std::vector<Chart> search_charts(const SearchReport& report);

std::string search_html(const SearchReport& report);

}  // namespace output
