// A comparison as a page of its own: no script, nothing loaded.
#include <fmt/format.h>

#include "output/comparison_documents.h"
#include "output/escape.h"

namespace output {
namespace {

using analysis::GateVerdict;
using analysis::Outcome;

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>perigee compare: {}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 75em; margin: 2em auto; padding: 0 1em; }}
table {{ border-collapse: collapse; margin: 1.5em 0; }}
th, td {{ text-align: right; padding: .25em .8em; border-bottom: 1px solid #8884; }}
th:first-child, td:first-child, td.text, th.text {{ text-align: left; }}
dt {{ float: left; clear: left; width: 6em; font-weight: 600; }}
dd {{ margin-left: 6.5em; }}
.good {{ color: #1a7f37; }} .bad {{ color: #cf222e; }} .unsure {{ color: #9a6700; }}
@media (prefers-color-scheme: dark) {{
  .good {{ color: #4ac26b; }} .bad {{ color: #ff7b72; }} .unsure {{ color: #d4a72c; }}
}}
p.note {{ opacity: .8; margin: .2em 0; }}
</style>
</head>
<body>
)";

std::string_view class_of(Headline::Tone tone) {
  if (tone == Headline::Tone::kGood) return "good";
  return tone == Headline::Tone::kBad ? "bad" : "unsure";
}

std::string_view class_of(GateVerdict verdict) {
  if (verdict == GateVerdict::kPassed) return "good";
  return verdict == GateVerdict::kFailed ? "bad" : "unsure";
}

std::string_view class_of(Outcome outcome) {
  if (outcome == Outcome::kBetter) return "good";
  if (outcome == Outcome::kWorse) return "bad";
  return outcome == Outcome::kNoEvidence ? "" : "unsure";
}

std::string gates_table(const std::vector<GateRow>& gates) {
  if (gates.empty()) return "";
  std::string html =
      "<table>\n<tr><th>gate</th><th class=\"text\">verdict</th><th class=\"text\">why</th></tr>\n";
  for (const GateRow& gate : gates) {
    html += fmt::format(
        "<tr><td><code>{}</code></td><td class=\"text {}\">{}</td><td "
        "class=\"text\">{}</td></tr>\n",
        xml_text(gate.source), class_of(gate.verdict), to_string(gate.verdict),
        xml_text(gate.text));
  }
  return html + "</table>\n";
}

std::string figures_table(const ComparisonView& view) {
  if (view.rows.empty()) return "";
  std::string html = fmt::format(
      "<table>\n<tr><th>figure</th><th>base</th><th>new</th><th>change</th><th>95% interval</th>{}"
      "<th class=\"text\">verdict</th></tr>\n",
      view.has_effects ? "<th>effect</th>" : "");
  for (const ComparisonRow& row : view.rows) {
    html += "<tr>";
    std::vector<std::string> cells = {row.figure, row.base, row.next, row.change, row.interval};
    if (view.has_effects) cells.push_back(row.effect);
    for (const std::string& cell : cells) html += "<td>" + xml_text(cell) + "</td>";
    html += fmt::format("<td class=\"text {}\">{}</td></tr>\n", class_of(row.outcome), row.verdict);
  }
  return html + "</table>\n";
}

}  // namespace

std::string comparison_html(const ComparisonView& view) {
  const std::string label = xml_text(view.headline.label);
  std::string html = fmt::format(fmt::runtime(kHead), label);
  html += fmt::format("<h1 class=\"{}\">{}</h1>\n<p>{}</p>\n<dl>\n", class_of(view.headline.tone),
                      label, xml_text(view.headline.detail));
  for (const auto& [title, text] : view.about) {
    html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", xml_text(title), xml_text(text));
  }
  html += "</dl>\n" + gates_table(view.gates) + figures_table(view);
  for (const auto& [figures, reason] : view.reasons) {
    html += fmt::format("<p class=\"note\">not comparable: {}: {}</p>\n", xml_text(figures),
                        xml_text(reason));
  }
  for (const std::string& text : view.explanations) {
    html += fmt::format("<p class=\"note\">{}</p>\n", xml_text(text));
  }
  if (view.has_effects) {
    html += fmt::format("<p class=\"note\">{}</p>\n", xml_text(kEffectExplanation));
  }
  return html + "</body>\n</html>\n";
}

}  // namespace output
