#include "output/report_page.h"

#include <fmt/format.h>

#include "output/html.h"
#include "output/report_files.h"

namespace output {
namespace {

std::string navigation(const std::vector<ReportSection>& sections) {
  std::string text;
  for (const ReportSection& section : sections) {
    text += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", section.id, section.title);
  }
  return text;
}

std::string html_section(const ReportSection& section) {
  // The verdict is the overview's heading.
  const bool has_heading = section.id != "overview";
  const std::string heading =
      has_heading ? fmt::format("<h2 id=\"{}-title\">{}</h2>\n", section.id, section.title) : "";
  const std::string label = has_heading ? fmt::format("aria-labelledby=\"{}-title\"", section.id)
                                        : fmt::format("aria-label=\"{}\"", section.title);
  return fmt::format("<section id=\"{}\" {}>\n{}{}</section>\n", section.id, label, heading,
                     section.body);
}

}  // namespace

std::string html_page(const ReportPage& page) {
  std::string body;
  for (const ReportSection& section : page.sections) body += html_section(section);
  return fill_slots(report_page(),
                    {{"kind", html_text(page.kind)},
                     {"title", html_text(page.title)},
                     {"style", std::string(report_style())},
                     {"script", html_text(page.script)},
                     {"when", html_text(page.when)},
                     {"nav", navigation(page.sections)},
                     {"sections", std::move(body)},
                     {"footer", html_text("Written by perigee " + page.version +
                                          ". Every figure is defined in its docs/metrics.md.")},
                     {"data", page.data},
                     {"chart_js", std::string(report_chart_js())},
                     {"format_js", std::string(report_format())},
                     {"charts_js", std::string(report_charts())},
                     {"page_js", std::string(report_script())}});
}

std::string moment_in_words(std::string started_at) {
  if (const auto t = started_at.find('T'); t != std::string::npos) started_at[t] = ' ';
  if (started_at.ends_with('Z')) started_at.replace(started_at.size() - 1, 1, " UTC");
  return started_at;
}

}  // namespace output
