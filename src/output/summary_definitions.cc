// What the summary shows of a run as other tools would report it.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"
#include "metrics/threshold.h"
#include "output/summary_tables.h"

namespace output {
namespace {

using analysis::Definition;
using analysis::Figure;

// 99 of "p99" and "p(99)", 50 of "median": of what is not a percentile, nothing.
std::optional<double> percentile_of(std::string_view statistic) {
  if (statistic == "median" || statistic == "med") return 50;
  if (!statistic.starts_with('p')) return std::nullopt;
  statistic.remove_prefix(statistic.starts_with("p(") ? 2 : 1);
  double percentile = 0;
  const char* const end = statistic.data() + statistic.size();
  const auto read = std::from_chars(statistic.data(), end, percentile);
  if (read.ec != std::errc()) return std::nullopt;
  return percentile;
}

// Tables have room for numbers alone; the explanation says their unit. Marked as percentiles of
// perigee's own are where they rest on too few samples; the sign hangs beside the column.
std::string cell(const Figure& figure, std::size_t i, std::string_view statistic, Legend& legend) {
  if (figure.values.empty()) return percentile_of(statistic) ? "- " : "-";
  const bool has_sign = figure.unit == metrics::Unit::kTime;
  const std::string text =
      metrics::format_value(figure.values[i], has_sign ? figure.unit : metrics::Unit::kNone);
  const std::optional<double> percentile = percentile_of(statistic);
  if (!percentile) return text;
  if (figure.count >= metrics::samples_wanted(*percentile)) return text + " ";
  legend.few_samples = true;
  return text + "~";
}

std::string name_with_unit(const Figure& figure) {
  if (figure.unit == metrics::Unit::kTime) return figure.name;
  return fmt::format("{} ({})", figure.name, metrics::to_string(figure.unit));
}

void add_distributions(Page& page, const Definition& definition) {
  std::vector<std::string> header = {fmt::format("as {} would report it", definition.profile)};
  for (const std::string& statistic : definition.statistics) {
    header.push_back(percentile_of(statistic) ? statistic + " " : statistic);
  }
  header.emplace_back("count");
  Table table(header);
  std::size_t longest = 0;
  for (const Figure& figure : definition.figures) {
    if (figure.single) continue;
    std::vector<std::string> cells = {"  " + figure.name};
    longest = std::max(longest, width_of(cells[0]));
    for (std::size_t i = 0; i < definition.statistics.size(); ++i) {
      cells.push_back(cell(figure, i, definition.statistics[i], page.legend()));
    }
    cells.push_back(base::format_count(figure.count));
    table.add_row(std::move(cells));
  }
  table.want_label(longest);  // A name cut short is none that the other tool knows.
  // The last statistic first: the first ones matter most.
  for (std::size_t i = definition.statistics.size(); i > 1; --i) table.may_drop(i);
  page.add_table(table);
}

void add_single(Page& page, const Figure& figure) {
  const std::string value =
      figure.values.empty() ? "-" : metrics::format_value(figure.values[0], figure.unit);
  page.add_wrapped(fmt::format("  {} {}: {}", figure.name, value, figure.explanation), 4);
}

}  // namespace

void add_definitions(Page& page, const RunResult& result) {
  for (const Definition& definition : result.definitions) {
    add_distributions(page, definition);
    for (const Figure& figure : definition.figures) {
      if (figure.single) add_single(page, figure);
    }
    page.start_section();
    page.add_wrapped(
        fmt::format("  {}, and how it differs from perigee's own figures:", definition.tool));
    for (const Figure& figure : definition.figures) {
      if (figure.single) continue;
      page.add_wrapped("  " + name_with_unit(figure) + ": " + figure.explanation, 4);
    }
    for (const std::string& note : definition.notes) page.add_wrapped("  " + note, 4);
  }
}

}  // namespace output
