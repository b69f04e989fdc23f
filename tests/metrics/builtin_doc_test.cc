// docs/metrics.md and the table of built-in metrics must say the same.
#include <catch2/catch.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "base/text.h"
#include "metrics/builtin.h"

namespace {

struct DocumentedMetric {
  std::string name;
  std::string type;
  std::string unit;
  std::string of;
};

// Rows of the section on built-in metrics, such as | `llm_ttft` | trend | s | | meaning |
std::vector<DocumentedMetric> documented_metrics() {
  std::ifstream file(FIXTURES "/../../docs/metrics.md");
  REQUIRE(file.is_open());
  std::vector<DocumentedMetric> metrics;
  std::string line;
  while (std::getline(file, line) && line != "## Built-in metrics") {
  }
  while (std::getline(file, line)) {
    if (line.rfind("| `", 0) != 0) continue;
    const std::vector<std::string> cells = base::split(line, '|');
    REQUIRE(cells.size() == 7);  // Empty ones before the first and after the last bar.
    const auto cell = [&cells](std::size_t i) { return std::string(base::trim(cells[i])); };
    const std::string name = cell(1);
    metrics.push_back({name.substr(1, name.size() - 2), cell(2), cell(3), cell(4)});
    CHECK_FALSE(cell(5).empty());
  }
  return metrics;
}

}  // namespace

TEST_CASE("docs/metrics.md lists each built-in metric with its type and unit, and no others") {
  const auto documented = documented_metrics();
  const auto builtin = metrics::builtin_metrics();
  REQUIRE(documented.size() == builtin.size());
  for (std::size_t i = 0; i < builtin.size(); ++i) {
    INFO("row " << i << ": " << documented[i].name);
    CHECK(documented[i].name == builtin[i].name);
    CHECK(documented[i].type == metrics::to_string(builtin[i].type));
    CHECK(documented[i].unit == metrics::to_string(builtin[i].unit));
    CHECK(documented[i].of == builtin[i].of);
  }
}
