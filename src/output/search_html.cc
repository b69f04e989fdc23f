#include "output/search_html.h"

#include <fmt/format.h>

#include <filesystem>

#include "output/html.h"
#include "output/report_page.h"

namespace output {
namespace {

constexpr std::string_view kKey =
    "<ul class=\"key\"><li>● held</li><li>✕ did not hold</li>"
    "<li>△ not known: perigee was held up</li></ul>\n";

std::string_view class_of(SearchedStep::Outcome outcome) {
  if (outcome == SearchedStep::Outcome::kHeld) return "good";
  return outcome == SearchedStep::Outcome::kFailed ? "bad" : "unsure";
}

std::string objectives_list(const SearchReport& report) {
  std::string text = "<div class=\"card\"><h3>What had to hold</h3>\n<ul>\n";
  for (const SearchedObjective& objective : report.objectives) {
    text += "<li><code>" + html_text(objective.source) + "</code></li>\n";
  }
  if (report.by_rate) text += "<li>calls do not pile up</li>\n";
  return text + "</ul></div>\n";
}

std::string steps_table(const SearchReport& report) {
  std::string text =
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Steps\"><table>\n"
      "<caption>In the order in which they ran</caption>\n<thead><tr>";
  for (std::size_t i = 0; i < report.columns.size(); ++i) {
    text += fmt::format("<th scope=\"col\"{}>{}</th>", i > 1 ? " class=\"number\"" : "",
                        html_text(report.columns[i]));
  }
  text += "<th scope=\"col\">what did not hold</th></tr></thead>\n<tbody>\n";
  for (const SearchedStep& step : report.steps) {
    text += "<tr><th scope=\"row\">" + html_text(step.cells.front()) + "</th>";
    text += fmt::format("<td class=\"verdict-cell\"><span class=\"{}\">{}</span></td>",
                        class_of(step.outcome), html_text(step.cells[1]));
    for (std::size_t i = 2; i < step.cells.size(); ++i) {
      text += "<td>" + html_text(step.cells[i]) + "</td>";
    }
    text += "<td class=\"words\">" + html_text(step.why) + "</td></tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

}  // namespace

std::string search_html(const SearchReport& report) {
  const std::vector<Chart> charts = search_charts(report);
  const std::string name = std::filesystem::path(report.script).filename().string();
  std::vector<ReportSection> sections = {
      {"overview", "Overview",
       html_verdict(report.headline) + html_blocks(report.summary) + objectives_list(report)}};
  if (!report.steps.empty()) {
    sections.push_back({"curves", "Over the load", std::string(kKey) + html_figures(charts)});
    sections.push_back({"steps", "Steps", steps_table(report)});
  }
  return html_page({.kind = "search for the highest load",
                    .title = fmt::format("{}: {} – perigee", report.headline.label, name),
                    .script = name,
                    .when = moment_in_words(report.started_at),
                    .version = report.version,
                    .sections = std::move(sections),
                    .data = chart_data(charts)});
}

}  // namespace output
