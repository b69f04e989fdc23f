#include "output/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace output {
namespace {

using metrics::Selector;

Selector narrowed(Selector selector, std::string_view key, std::string value) {
  selector.terms.push_back({std::string(key), Selector::Op::kEqual, std::move(value)});
  return selector;
}

}  // namespace

std::vector<Part> parts_by(const metrics::Store& store, metrics::MetricId metric,
                           std::string_view key, const Selector& selector) {
  const std::vector<std::string> values = store.tag_values(metric, key, selector);
  std::vector<Part> parts;
  for (const std::string& value : values) {
    parts.push_back({value, narrowed(selector, key, value)});
  }
  const Selector without = narrowed(selector, key, "");
  if (!values.empty() && metrics::has_samples(store.total(metric, without))) {
    parts.push_back({fmt::format("(no {})", key), without});
  }
  if (parts.size() != 1) parts.push_back({"all", selector});
  return parts;
}

std::vector<Part> parts_by_each(const metrics::Store& store, metrics::MetricId metric,
                                const std::vector<std::string>& keys) {
  std::vector<Part> parts;
  for (const std::string& key : keys) {
    std::vector<Part> of_key = parts_by(store, metric, key);
    const bool is_first = &key == &keys.front();
    if (of_key.size() == 1 && (!is_first || of_key[0].selector.terms.empty())) continue;
    if (of_key.size() > 1) of_key.pop_back();  // Its "all".
    for (Part& part : of_key) {
      if (key == "scenario" && part.label.front() != '(') part.label.insert(0, "scenario ");
      parts.push_back(std::move(part));
    }
  }
  if (parts.size() != 1) parts.push_back({"all", {}});
  return parts;
}

std::vector<std::string> counts_by(const metrics::Store& store, metrics::MetricId metric,
                                   std::string_view key, const Selector& selector) {
  std::vector<std::pair<double, std::string>> counts;
  for (const std::string& value : store.tag_values(metric, key, selector)) {
    counts.emplace_back(store.counter(metric, narrowed(selector, key, value)), value);
  }
  std::stable_sort(counts.begin(), counts.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> words;
  for (const auto& [count, value] : counts) words.push_back(value + " " + format_whole(count));
  return words;
}

std::vector<std::string> trend_header(std::string title) {
  return {std::move(title), "avg", "med ", "p90 ", "p95 ", "p99 ", "max", "count"};
}

std::vector<std::string> trend_cells(const metrics::Trend& trend, metrics::Unit unit,
                                     Legend& legend) {
  if (trend.count() == 0) return {"-", "- ", "- ", "- ", "- ", "-", "0"};
  std::vector<std::string> cells = {format_estimate(trend.mean(), unit, legend)};
  for (const double percentile : {50.0, 90.0, 95.0, 99.0}) {
    std::string cell = format_percentile(trend, percentile, unit, legend);
    // The sign hangs beside the column, so that the digits stay under one another.
    cells.push_back(cell.back() == '~' ? cell : cell + " ");
  }
  cells.push_back(format_estimate(trend.max(), unit, legend));
  cells.push_back(base::format_count(trend.count()));
  return cells;
}

void may_drop_statistics(Table& table) {
  for (const std::size_t column : {3, 1, 7}) table.may_drop(column);
}

}  // namespace output
