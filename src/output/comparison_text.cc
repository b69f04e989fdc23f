// A comparison for a terminal.
#include <algorithm>

#include "output/comparison_documents.h"
#include "output/table.h"

namespace output {
namespace {

using analysis::GateVerdict;

void add_headline(Page& page, const Headline& head) {
  const std::string whole = wrap(head.label + "   " + head.detail, page.width(), 2);
  const std::string_view label = std::string_view(whole).substr(0, head.label.size());
  std::string painted = page.paint().yellow(label);
  if (head.tone == Headline::Tone::kGood) painted = page.paint().green(label);
  if (head.tone == Headline::Tone::kBad) painted = page.paint().red(label);
  page.add_line(painted + whole.substr(head.label.size()));
}

std::string mark_of(const Paint& paint, GateVerdict verdict) {
  if (verdict == GateVerdict::kPassed) return paint.green("✓");
  return verdict == GateVerdict::kFailed ? paint.red("✗") : paint.yellow("?");
}

void add_gates(Page& page, const std::vector<GateRow>& gates) {
  if (gates.empty()) return;
  page.start_section();
  page.add_line(page.paint().bold("gates"));
  std::size_t width = 0;
  for (const GateRow& gate : gates) {
    const std::size_t own = width_of(gate.source);
    if (own <= page.width() / 2) width = std::max(width, own);
  }
  for (const GateRow& gate : gates) {
    page.add_line("  " + mark_of(page.paint(), gate.verdict) + " " +
                  wrap(pad_right(gate.source, width) + "   " + gate.text,
                       page.width() - std::min<std::size_t>(page.width(), 4), width + 7));
  }
}

// In a narrow terminal the effect is left to the documents.
bool shows_effects(const Page& page, const ComparisonView& view) {
  constexpr std::size_t kWideEnough = 120;
  return view.has_effects && page.width() >= kWideEnough;
}

void add_rows(Page& page, const ComparisonView& view) {
  if (view.rows.empty()) return;
  const bool effects = shows_effects(page, view);
  std::vector<std::string> header = {"figure", "base", "new", "change", "95% interval"};
  if (effects) header.push_back("effect");
  header.push_back("verdict");
  Table table(std::move(header));
  for (const ComparisonRow& row : view.rows) {
    std::vector<std::string> cells = {row.figure, row.base, row.next, row.change, row.interval};
    if (effects) cells.push_back(row.effect);
    cells.push_back(row.verdict);
    table.add_row(std::move(cells));
  }
  table.may_drop(3);
  page.add_table(table);
}

}  // namespace

std::string comparison_text(const ComparisonView& view, const SummaryOptions& options) {
  Page page(options);
  add_headline(page, view.headline);
  for (const auto& [title, text] : view.about) page.add_titled(title, text);
  add_gates(page, view.gates);
  add_rows(page, view);
  page.start_section();
  for (const auto& [figures, reason] : view.reasons) {
    page.add_wrapped("not comparable: " + figures + ": " + reason);
  }
  page.start_section();
  for (const std::string& text : view.explanations) page.add_wrapped(text);
  if (shows_effects(page, view)) page.add_wrapped(kEffectExplanation);
  return page.take_text();
}

}  // namespace output
