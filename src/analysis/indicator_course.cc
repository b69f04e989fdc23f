#include "analysis/indicator_course.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "metrics/builtin.h"

namespace analysis {
namespace {

using metrics::Threshold;
using nlohmann::json;
using Aggregate = Threshold::Aggregate;

constexpr std::size_t kFewestIntervals = 10;

double ratio(double numerator, double denominator) {
  return denominator > 0 ? numerator / denominator : std::numeric_limits<double>::quiet_NaN();
}

std::vector<double> column(const json& written) {
  std::vector<double> values;
  values.reserve(written.size());
  for (const json& value : written) values.push_back(value.is_null() ? 0 : value.get<double>());
  return values;
}

// What each interval added to cumulative columns, with its length in front.
Rows additions(const std::vector<double>& ends, const std::vector<std::vector<double>>& columns) {
  Rows rows(ends.size());
  for (std::size_t i = 0; i < ends.size(); ++i) {
    rows[i].push_back(ends[i] - (i > 0 ? ends[i - 1] : 0));
    for (const auto& values : columns) {
      rows[i].push_back(values.at(i) - (i > 0 ? values.at(i - 1) : 0));
    }
  }
  return rows;
}

// The intervals of a run grow wider as it grows longer. Resampling wants them alike, so neighbours
// are put together until each is as long as the longest; what is left at the end goes to the last.
Rows evened(const std::vector<double>& ends, const Rows& rows, double warmup_s) {
  double longest = 0;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    longest = std::max(longest, ends[i] - (i > 0 ? ends[i - 1] : 0));
  }
  constexpr double kNearly = 0.75;  // An interval ends at the first tick after its second.
  Rows result;
  std::vector<double> open;
  double open_s = 0;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const double begin = i > 0 ? ends[i - 1] : 0;
    if (begin < warmup_s - 1e-3) continue;
    if (open.empty()) open.assign(rows[i].size(), 0.0);
    for (std::size_t k = 0; k < open.size(); ++k) open[k] += rows[i][k];
    open_s += ends[i] - begin;
    if (open_s < kNearly * longest) continue;
    result.push_back(std::exchange(open, {}));
    open_s = 0;
  }
  if (!open.empty() && !result.empty()) {
    for (std::size_t k = 0; k < open.size(); ++k) result.back()[k] += open[k];
  }
  return result;
}

// The file's cumulative column of a counter; null where it has none.
const char* column_of(const std::string& metric) {
  static const std::map<std::string, const char*> names = {
      {"iterations", "iterations"},         {"http_reqs", "http_reqs"},
      {"llm_requests", "llm_requests"},     {"llm_output_tokens", "output_tokens"},
      {"llm_input_tokens", "input_tokens"}, {"llm_cost", "cost_usd"}};
  const auto found = names.find(metric);
  return found == names.end() ? nullptr : found->second;
}

const json* find_part(const json& intervals, const char* list, const Indicator& figure) {
  if (!intervals.contains(list)) return nullptr;
  const std::string selector = figure.measure.selector.to_string();
  for (const json& part : intervals.at(list)) {
    if (part.at("metric") == figure.metric.name && part.at("selector") == selector) return &part;
  }
  return nullptr;
}

base::Result<IndicatorCourse> of_counter(const Indicator& figure, const json& intervals,
                                         const std::vector<double>& ends, double warmup_s) {
  const char* name = column_of(figure.metric.name);
  if (name == nullptr || !intervals.contains(name) || !figure.measure.selector.terms.empty()) {
    return base::fail("a result file has no course of it: compare several runs a side");
  }
  std::vector<std::vector<double>> columns = {column(intervals.at(name))};
  if (figure.per_request) columns.push_back(column(intervals.at("llm_requests")));
  IndicatorCourse course;
  course.rows = evened(ends, additions(ends, columns), warmup_s);
  if (figure.per_request) {
    course.statistic = [](std::span<const double> sums) { return ratio(sums[1], sums[2]); };
  } else {
    // A count is as noisy as the rate, over a length that is what it is.
    double seconds = 0;
    for (const auto& row : course.rows) seconds += row[0];
    const bool is_rate = figure.measure.aggregate == Aggregate::kRate;
    course.statistic = [times = is_rate ? 1.0 : seconds](std::span<const double> sums) {
      return times * ratio(sums[1], sums[0]);
    };
  }
  return course;
}

base::Result<IndicatorCourse> of_rate(const Indicator& figure, const json& intervals,
                                      const std::vector<double>& ends, double warmup_s) {
  const json* part = find_part(intervals, "rates", figure);
  if (part == nullptr) {
    return base::fail("a result file has no course of it: compare several runs a side");
  }
  IndicatorCourse course;
  course.rows = evened(
      ends, additions(ends, {column(part->at("trues")), column(part->at("totals"))}), warmup_s);
  const bool is_share = figure.measure.aggregate == Aggregate::kRate;
  course.statistic = [is_share](std::span<const double> sums) {
    return is_share ? ratio(sums[1], sums[2]) : sums[1];
  };
  return course;
}

// Bucket `index` of one scale at a coarser one: the coarser bucket holds all of it.
int coarser(int index, int from, int to) {
  return static_cast<int>(std::floor(std::ldexp(static_cast<double>(index), to - from)));
}

using Buckets = std::vector<std::pair<int, double>>;

Buckets buckets_of(const json& histogram, int scale) {
  Buckets buckets;
  const json& deltas = histogram.at("index_deltas");
  const json& counts = histogram.at("counts");
  int index = 0;
  for (std::size_t i = 0; i < deltas.size(); ++i) {
    index += deltas[i].get<int>();
    buckets.emplace_back(coarser(index, histogram.at("scale").get<int>(), scale),
                         counts.at(i).get<double>());
  }
  return buckets;
}

// The layout of a trend's rows: length, count, sum, zeros, then the buckets from `first` on.
constexpr std::size_t kCountColumn = 1;
constexpr std::size_t kSumColumn = 2;
constexpr std::size_t kZerosColumn = 3;

struct BucketRows {
  Rows rows;
  int first = 0;
  int scale = 0;
};

// The histograms of each interval: of what was measured, and of what is known only from below,
// which a figure of the whole run takes in as well.
std::vector<std::vector<const json*>> histograms_of(const json& part, std::size_t intervals) {
  std::vector<std::vector<const json*>> found(intervals);
  for (const char* list : {"histograms", "lower_bounds"}) {
    const json& written = part.at(list);
    for (std::size_t i = 0; i < written.size() && i < intervals; ++i) {
      if (!written[i].is_null()) found[i].push_back(&written[i]);
    }
  }
  return found;
}

BucketRows bucket_rows(const json& part, const std::vector<double>& ends) {
  const auto histograms = histograms_of(part, ends.size());
  BucketRows result;
  result.scale = metrics::Histogram::kScale;
  for (const auto& of_interval : histograms) {
    for (const json* one : of_interval) {
      result.scale = std::min(result.scale, one->at("scale").get<int>());
    }
  }
  int last = std::numeric_limits<int>::min();
  result.first = std::numeric_limits<int>::max();
  std::vector<Buckets> buckets(ends.size());
  for (std::size_t i = 0; i < ends.size(); ++i) {
    for (const json* one : histograms[i]) {
      for (const auto& bucket : buckets_of(*one, result.scale)) {
        result.first = std::min(result.first, bucket.first);
        last = std::max(last, bucket.first);
        buckets[i].push_back(bucket);
      }
    }
  }
  const auto width = last < result.first ? 0U : static_cast<std::size_t>(last - result.first) + 1;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    std::vector<double> row(kZerosColumn + 1 + width, 0.0);
    row[0] = ends[i] - (i > 0 ? ends[i - 1] : 0);
    for (const json* one : histograms[i]) {
      row[kCountColumn] += one->at("count").get<double>();
      row[kSumColumn] += one->at("sum").get<double>();
      row[kZerosColumn] += one->at("zeros").get<double>();
    }
    for (const auto& [index, count] : buckets[i]) {
      row[kZerosColumn + 1 + static_cast<std::size_t>(index - result.first)] += count;
    }
    result.rows.push_back(std::move(row));
  }
  return result;
}

// The share of values below a quantile; nothing for the other aggregates.
std::optional<double> share_below(const Threshold& measure) {
  if (measure.aggregate == Aggregate::kMed) return 0.5;
  const bool is_inner = measure.percentile > 0 && measure.percentile < 100;
  if (measure.aggregate == Aggregate::kPercentile && is_inner) return measure.percentile / 100;
  return std::nullopt;
}

base::Result<Statistic> trend_statistic(const Indicator& figure, const BucketRows& buckets) {
  if (const auto q = share_below(figure.measure)) {
    return [q = *q, first = buckets.first, scale = buckets.scale](std::span<const double> sums) {
      return quantile_of(sums.subspan(kZerosColumn), first, scale, q);
    };
  }
  switch (figure.measure.aggregate) {
    case Aggregate::kAvg:
      return
          [](std::span<const double> sums) { return ratio(sums[kSumColumn], sums[kCountColumn]); };
    case Aggregate::kSum:
      return [](std::span<const double> sums) { return sums[kSumColumn]; };
    case Aggregate::kCount:
      return [](std::span<const double> sums) { return sums[kCountColumn]; };
    default:
      return base::fail(
          "one run cannot say how far off it is, as it hangs on single values: compare several "
          "runs a side");
  }
}

base::Result<IndicatorCourse> of_trend(const Indicator& figure, const json& intervals,
                                       const std::vector<double>& ends, double warmup_s) {
  const json* part = find_part(intervals, "trends", figure);
  if (part == nullptr) {
    return base::fail("{}", figure.measure.selector.terms.empty()
                                ? "the run's course has no samples of it"
                                : "a run keeps the course of a selector only where a threshold "
                                  "names it: add one, or compare several runs a side");
  }
  const BucketRows buckets = bucket_rows(*part, ends);
  auto statistic = trend_statistic(figure, buckets);
  if (!statistic) return tl::unexpected(statistic.error());
  return IndicatorCourse{evened(ends, buckets.rows, warmup_s), std::move(*statistic)};
}

base::Result<IndicatorCourse> of_type(const Indicator& figure, const json& intervals,
                                      const std::vector<double>& ends, double warmup_s) {
  switch (figure.metric.type) {
    case metrics::Type::kCounter:
      return of_counter(figure, intervals, ends, warmup_s);
    case metrics::Type::kRate:
      return of_rate(figure, intervals, ends, warmup_s);
    case metrics::Type::kTrend:
      return of_trend(figure, intervals, ends, warmup_s);
    case metrics::Type::kGauge:
      break;
  }
  return base::fail("a gauge has no course: compare several runs a side");
}

}  // namespace

double quantile_of(std::span<const double> counts, int first, int scale, double q) {
  double total = 0;
  for (const double count : counts) total += count;
  if (total <= 0) return std::numeric_limits<double>::quiet_NaN();
  const double rank = q * total;
  double seen = counts[0];
  if (seen >= rank) return 0;
  for (std::size_t i = 1; i < counts.size(); ++i) {
    if (counts[i] > 0 && seen + counts[i] >= rank) {
      const double place = first + static_cast<double>(i - 1) + (rank - seen) / counts[i];
      return std::exp2(std::ldexp(place, -scale));
    }
    seen += counts[i];
  }
  return std::numeric_limits<double>::quiet_NaN();
}

base::Result<IndicatorCourse> indicator_course(const Indicator& figure, const StoredRun& run) {
  if (run.document.at("schema_version").get<int>() < 2) {
    return base::fail(
        "a file of schema version 1 does not have the run's course: run it again with this "
        "perigee, or compare several runs a side");
  }
  try {
    const json& intervals = run.document.at("intervals");
    const double warmup_s = run.document.at("run").value("warmup_s", 0.0);
    auto course = of_type(figure, intervals, column(intervals.at("elapsed_s")), warmup_s);
    if (course && course->rows.size() < kFewestIntervals) {
      return base::fail(
          "the run is too short: its course has {} intervals of the {} that are wanted: run "
          "longer, or compare several runs a side",
          course->rows.size(), kFewestIntervals);
    }
    return course;
  } catch (const json::exception& error) {
    return base::fail("the run's course is damaged: {}", error.what());
  }
}

}  // namespace analysis
