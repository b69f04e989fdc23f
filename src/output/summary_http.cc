// What the summary shows of HTTP requests and of the metrics that a script declared.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "metrics/builtin.h"
#include "metrics/threshold.h"
#include "output/statistics.h"
#include "output/summary_tables.h"

namespace output {
namespace {

using metrics::Store;
using metrics::Unit;

void append(std::vector<std::string>& cells, std::vector<std::string> more) {
  for (std::string& cell : more) cells.push_back(std::move(cell));
}

void add_requests(Page& page, const RunResult& result, bool by_name) {
  const Store& store = *result.store;
  std::vector<Part> parts = {{"all", {}}};
  if (by_name) parts = parts_by_each(store, metrics::kHttpReqs, {"name", "task", "scenario"});
  std::vector<std::string> header = trend_header("http");
  header.back() = "requests";
  append(header, {"req/s", "failed"});
  Table table(header);
  for (const Part& part : parts) {
    const metrics::Trend duration = store.trend(metrics::kHttpReqDuration, part.selector);
    const double requests = store.counter(metrics::kHttpReqs, part.selector);
    const metrics::Rate failed = store.rate(metrics::kHttpReqFailed, part.selector);
    std::vector<std::string> cells = {"  " + part.label};
    append(cells, trend_cells(duration, Unit::kTime, page.legend()));
    cells.back() = format_whole(requests);
    append(cells, {format_rate(per_second(requests, result.counted_time())),
                   failed.total == 0 ? "-" : metrics::format_value(failed.share(), Unit::kShare)});
    table.add_row(std::move(cells));
  }
  for (const std::size_t column : {3, 1, 8, 5}) table.may_drop(column);
  page.add_table(table);
}

void add_phases(Page& page, const RunResult& result) {
  constexpr std::pair<const char*, metrics::MetricId> kPhases[] = {
      {"  blocked", metrics::kHttpReqBlocked},
      {"  looking up", metrics::kHttpReqLookingUp},
      {"  connecting", metrics::kHttpReqConnecting},
      {"  TLS handshaking", metrics::kHttpReqTlsHandshaking},
      {"  sending", metrics::kHttpReqSending},
      {"  waiting", metrics::kHttpReqWaiting},
      {"  receiving", metrics::kHttpReqReceiving}};
  Table table(trend_header("http phases"));
  for (const auto& [label, metric] : kPhases) {
    const metrics::Trend trend = result.store->trend(metric);
    if (trend.count() == 0) continue;
    std::vector<std::string> cells = {label};
    append(cells, trend_cells(trend, Unit::kTime, page.legend()));
    table.add_row(std::move(cells));
  }
  may_drop_statistics(table);
  if (table.size() > 1) page.add_table(table);
}

std::vector<std::string> data_words(const RunResult& result) {
  const auto amount = [&result](const char* what, metrics::MetricId metric) {
    const double bytes = result.store->counter(metric);
    return fmt::format(
        "{} {} ({}/s)", what, metrics::format_value(bytes, Unit::kBytes),
        metrics::format_value(per_second(bytes, result.counted_time()), Unit::kBytes));
  };
  return {amount("sent", metrics::kDataSent), amount("received", metrics::kDataReceived)};
}

}  // namespace

void add_http(Page& page, const RunResult& result, bool in_full, bool with_phases) {
  const Store& store = *result.store;
  if (store.counter(metrics::kHttpReqs) == 0) return;
  add_requests(page, result, in_full);
  if (in_full && with_phases) add_phases(page, result);
  page.start_section();
  const auto errors = counts_by(store, metrics::kHttpReqs, "error");
  if (!errors.empty()) page.add_titled(in_full ? "failures" : "of all HTTP", errors);
  const auto statuses = counts_by(store, metrics::kHttpReqs, "status");
  if (!statuses.empty()) page.add_titled("status", statuses);
  page.add_titled("data", data_words(result));
}

std::string custom_metric_in_words(const RunResult& result, metrics::MetricId id, Legend& legend) {
  const Store& store = *result.store;
  const metrics::Unit unit = store.registry().at(id).unit;
  const metrics::Series series = store.total(id);
  if (!metrics::has_samples(series)) return "-";
  if (const auto* counter = std::get_if<metrics::Counter>(&series)) {
    return fmt::format("{} · {}/s", metrics::format_value(counter->sum, unit),
                       format_rate(per_second(counter->sum, result.counted_time())));
  }
  if (const auto* gauge = std::get_if<metrics::Gauge>(&series)) {
    return fmt::format("{} · min {} · max {}", metrics::format_value(gauge->last, unit),
                       metrics::format_value(gauge->min, unit),
                       metrics::format_value(gauge->max, unit));
  }
  if (const auto* rate = std::get_if<metrics::Rate>(&series)) {
    return fmt::format("{} · {} of {}", metrics::format_value(rate->share(), Unit::kShare),
                       base::format_count(rate->trues), base::format_count(rate->total));
  }
  const auto& trend = std::get<metrics::Trend>(series);
  std::string line = "avg " + format_estimate(trend.mean(), unit, legend);
  line += " · med " + format_percentile(trend, 50, unit, legend);
  for (const int percentile : {90, 95, 99}) {
    line +=
        fmt::format(" · p{} {}", percentile, format_percentile(trend, percentile, unit, legend));
  }
  line += " · max " + format_estimate(trend.max(), unit, legend);
  return line + " · count " + base::format_count(trend.count());
}

void add_custom_metrics(Page& page, const RunResult& result) {
  const metrics::Registry& registry = result.store->registry();
  if (registry.size() <= metrics::kBuiltinCount) return;
  page.start_section();
  page.add_line(page.paint().bold("custom metrics"));
  std::size_t width = 0;
  for (metrics::MetricId id = metrics::kBuiltinCount; id < registry.size(); ++id) {
    width = std::max(width, width_of(registry.at(id).name));
  }
  width = std::min(width, std::min<std::size_t>(page.width() / 3, 40));
  for (metrics::MetricId id = metrics::kBuiltinCount; id < registry.size(); ++id) {
    const std::string name = pad_right(registry.at(id).name, width);
    page.add_wrapped("  " + name + "  " + custom_metric_in_words(result, id, page.legend()),
                     width + 4);
  }
}

}  // namespace output
