#include "output/merge_intervals.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "output/course.h"

namespace output {
namespace {

// Ends of intervals are not struck to the nanosecond.
constexpr double kSlack = 0.01;

double end_of(const PlacedIntervals& run, std::size_t row) {
  return base::to_seconds(run.begin) + run.result->intervals[row].elapsed_s;
}

// Whole seconds; the last interval of a run may be short, and says nothing.
double widest(std::span<const PlacedIntervals> runs) {
  double width = 1;
  for (const PlacedIntervals& run : runs) {
    double before = 0;
    for (const Interval& interval : run.result->intervals) {
      width = std::max(width, std::ceil(interval.elapsed_s - before - kSlack));
      before = interval.elapsed_s;
    }
  }
  return width;
}

class Grid {
 public:
  explicit Grid(std::span<const PlacedIntervals> runs) : width_(widest(runs)) {
    for (const PlacedIntervals& run : runs) {
      if (!run.result->intervals.empty()) {
        end_ = std::max(end_, end_of(run, run.result->intervals.size() - 1));
      }
    }
    while (cell_of(end_) >= Course::kMostIntervals) width_ *= 2;
    size_ = end_ > 0 ? cell_of(end_) + 1 : 0;
  }

  std::size_t size() const { return size_; }
  std::size_t cell_of(double end) const {
    return static_cast<std::size_t>(std::max(0.0, std::ceil((end - kSlack) / width_) - 1));
  }
  double end_of_cell(std::size_t cell) const {
    return std::min(end_, static_cast<double>(cell + 1) * width_);
  }

 private:
  double width_;
  double end_ = 0;
  std::size_t size_ = 0;
};

// Calls fn(cell, row) for each cell: `row` is the run's last one that ends in it or before, or -1.
template <typename Fn>
void for_each_held(const Grid& grid, const PlacedIntervals& run, Fn fn) {
  std::size_t next = 0;
  const std::size_t rows = run.result->intervals.size();
  for (std::size_t cell = 0; cell < grid.size(); ++cell) {
    while (next < rows && grid.cell_of(end_of(run, next)) <= cell) ++next;
    fn(cell, static_cast<std::ptrdiff_t>(next) - 1);
  }
}

template <typename T>
void add_column(const Grid& grid, const PlacedIntervals& run, const std::vector<T>& column,
                std::vector<T>& into) {
  into.resize(grid.size());
  for_each_held(grid, run, [&](std::size_t cell, std::ptrdiff_t row) {
    if (row >= 0) into[cell] += column[static_cast<std::size_t>(row)];
  });
}

void add_histograms(const Grid& grid, const PlacedIntervals& run,
                    const std::vector<metrics::CoarseHistogram>& histograms,
                    std::vector<metrics::CoarseHistogram>& into) {
  for (std::size_t row = 0; row < histograms.size(); ++row) {
    into[grid.cell_of(end_of(run, row))].merge(histograms[row]);
  }
}

void add_row(const Interval& row, bool is_over, Interval& into) {
  if (!is_over) into.vus += row.vus;
  for (double Interval::*total :
       {&Interval::iterations, &Interval::http_reqs, &Interval::llm_requests,
        &Interval::llm_requests_failed, &Interval::input_tokens, &Interval::output_tokens,
        &Interval::cost_usd}) {
    into.*total += row.*total;
  }
  for (double Interval::*share : {&Interval::requests_used, &Interval::tokens_used,
                                  &Interval::input_tokens_used, &Interval::output_tokens_used}) {
    into.*share = std::max(into.*share, row.*share);
  }
}

void add_rows(const Grid& grid, const PlacedIntervals& run, std::vector<Interval>& into) {
  const std::vector<Interval>& rows = run.result->intervals;
  if (rows.empty()) return;
  const std::size_t last_cell = grid.cell_of(end_of(run, rows.size() - 1));
  for_each_held(grid, run, [&](std::size_t cell, std::ptrdiff_t row) {
    if (row >= 0) add_row(rows[static_cast<std::size_t>(row)], cell > last_cell, into[cell]);
  });
  for (std::size_t row = 0; row < rows.size(); ++row) {
    into[grid.cell_of(end_of(run, row))].client.take_worst(rows[row].client);
  }
}

// The entry of that metric and selector, a new one where there was none.
template <typename Entry>
Entry& entry_of(std::vector<Entry>& entries, metrics::MetricId metric,
                const std::string& selector) {
  for (Entry& entry : entries) {
    if (entry.metric == metric && entry.selector == selector) return entry;
  }
  entries.emplace_back();
  entries.back().metric = metric;
  entries.back().selector = selector;
  return entries.back();
}

void add_series(const Grid& grid, const PlacedIntervals& run, const metrics::Registry& registry,
                IntervalSeries& into) {
  const IntervalSeries& series = run.result->interval_series;
  const auto id_of = [&](metrics::MetricId id) {
    return *registry.find(run.registry->at(id).name);
  };
  for (const auto& [kind, column] : series.failures) {
    add_column(grid, run, column, into.failures[kind]);
  }
  for (const IntervalTrend& trend : series.trends) {
    IntervalTrend& merged = entry_of(into.trends, id_of(trend.metric), trend.selector);
    merged.values.resize(grid.size());
    add_histograms(grid, run, trend.values, merged.values);
    if (trend.lower_bounds.empty()) continue;
    merged.lower_bounds.resize(grid.size());
    add_histograms(grid, run, trend.lower_bounds, merged.lower_bounds);
  }
  for (const IntervalRate& rate : series.rates) {
    IntervalRate& merged = entry_of(into.rates, id_of(rate.metric), rate.selector);
    add_column(grid, run, rate.trues, merged.trues);
    add_column(grid, run, rate.totals, merged.totals);
  }
}

}  // namespace

void merge_intervals(std::span<const PlacedIntervals> runs, const metrics::Registry& registry,
                     RunResult& into) {
  const Grid grid(runs);
  into.intervals.assign(grid.size(), {});
  into.interval_series = {};
  for (std::size_t cell = 0; cell < grid.size(); ++cell) {
    into.intervals[cell].elapsed_s = grid.end_of_cell(cell);
  }
  for (const PlacedIntervals& run : runs) {
    add_rows(grid, run, into.intervals);
    add_series(grid, run, registry, into.interval_series);
  }
}

}  // namespace output
