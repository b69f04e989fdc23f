// A comparison as Markdown, for a pull request or a job's summary.
#include <fmt/format.h>

#include "output/comparison_documents.h"
#include "output/escape.h"

namespace output {
namespace {

std::string table_row(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += fmt::format(" {} |", markdown_escaped(cell));
  return line + "\n";
}

std::string gates_table(const std::vector<GateRow>& gates) {
  if (gates.empty()) return "";
  std::string text = "\n| gate | verdict | |\n|---|---|---|\n";
  for (const GateRow& gate : gates) {
    text += fmt::format("| {} | {} | {} |\n", markdown_code(gate.source), to_string(gate.verdict),
                        markdown_escaped(gate.text));
  }
  return text;
}

std::string figures_table(const ComparisonView& view) {
  if (view.rows.empty()) return "";
  std::string text = "\n| figure | base | new | change | 95% interval |";
  std::string rule = "|---|--:|--:|--:|--:|";
  if (view.has_effects) {
    text += " effect |";
    rule += "--:|";
  }
  text += " verdict |\n" + rule + "---|\n";
  for (const ComparisonRow& row : view.rows) {
    std::vector<std::string> cells = {row.figure, row.base, row.next, row.change, row.interval};
    if (view.has_effects) cells.push_back(row.effect);
    cells.push_back(row.verdict);
    text += table_row(cells);
  }
  return text;
}

}  // namespace

std::string comparison_markdown(const ComparisonView& view) {
  std::string text = fmt::format("**{}**: {}\n\n", markdown_escaped(view.headline.label),
                                 markdown_escaped(view.headline.detail));
  for (const auto& [title, about] : view.about) {
    text += fmt::format("- {}: {}\n", title, markdown_escaped(about));
  }
  text += gates_table(view.gates) + figures_table(view);
  if (!view.reasons.empty() || !view.explanations.empty()) text += "\n";
  for (const auto& [figures, reason] : view.reasons) {
    text += fmt::format("- not comparable: {}: {}\n", markdown_escaped(figures),
                        markdown_escaped(reason));
  }
  for (const std::string& explanation : view.explanations) {
    text += fmt::format("- {}\n", markdown_escaped(explanation));
  }
  if (view.has_effects) text += fmt::format("- {}\n", markdown_escaped(kEffectExplanation));
  return text;
}

}  // namespace output
