// What the tables of a summary have in common: their rows and their cells.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metrics/store.h"
#include "output/figures.h"
#include "output/table.h"

namespace output {

// A part of a metric's series and how a row names it.
struct Part {
  std::string label;
  metrics::Selector selector;
};

// One part for each value of the tag, one for series without it where others have it, and "all" at
// the end. Where that would be one value and the same again, only the value's.
std::vector<Part> parts_by(const metrics::Store& store, metrics::MetricId metric,
                           std::string_view key, const metrics::Selector& selector = {});

// The same by several tags, with one "all" at the end: those after the first where they have
// several values. A scenario's row is called "scenario NAME", as scenarios and tasks often share
// names.
std::vector<Part> parts_by_each(const metrics::Store& store, metrics::MetricId metric,
                                const std::vector<std::string>& keys);

// "rate_limited 12", "timeout 1": a counter by the values of a tag, the largest first.
std::vector<std::string> counts_by(const metrics::Store& store, metrics::MetricId metric,
                                   std::string_view key, const metrics::Selector& selector = {});

// The header and the cells of a distribution: avg med p90 p95 p99 max count.
std::vector<std::string> trend_header(std::string title);
std::vector<std::string> trend_cells(const metrics::Trend& trend, metrics::Unit unit,
                                     Legend& legend);
// What such a table does without in a narrow terminal: p90, then avg, then count.
void may_drop_statistics(Table& table);

}  // namespace output
