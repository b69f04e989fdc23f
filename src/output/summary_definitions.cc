// What the summary shows of a run as other tools would report it.
#include <fmt/format.h>

#include "base/text.h"
#include "metrics/threshold.h"
#include "output/summary_tables.h"

namespace output {
namespace {

using analysis::Definition;
using analysis::Figure;

// Tables have room for numbers alone; the explanation says their unit.
std::string cell(const Figure& figure, double value) {
  const bool has_sign = figure.unit == metrics::Unit::kTime;
  return metrics::format_value(value, has_sign ? figure.unit : metrics::Unit::kNone);
}

std::string name_with_unit(const Figure& figure) {
  if (figure.unit == metrics::Unit::kTime) return figure.name;
  return fmt::format("{} ({})", figure.name, metrics::to_string(figure.unit));
}

void add_distributions(Page& page, const Definition& definition) {
  std::vector<std::string> header = {fmt::format("as {} would report it", definition.profile)};
  header.insert(header.end(), definition.statistics.begin(), definition.statistics.end());
  header.emplace_back("count");
  Table table(header);
  for (const Figure& figure : definition.figures) {
    if (figure.single) continue;
    std::vector<std::string> cells = {"  " + figure.name};
    for (std::size_t i = 0; i < definition.statistics.size(); ++i) {
      cells.push_back(figure.values.empty() ? "-" : cell(figure, figure.values[i]));
    }
    cells.push_back(base::format_count(figure.count));
    table.add_row(std::move(cells));
  }
  table.may_drop(definition.statistics.size());  // The last statistic; the first ones matter most.
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
