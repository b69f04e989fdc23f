#include <fmt/format.h>

#include <algorithm>

#include "analysis/finding.h"
#include "output/findings_text.h"
#include "output/html.h"
#include "output/html_sections.h"

namespace output {
namespace {

using analysis::Finding;
using analysis::Severity;

std::string_view class_of(Severity severity) {
  if (severity == Severity::kHigh) return "bad";
  return severity == Severity::kMedium ? "unsure" : "slight";
}

// The signs are in the rules' own words by then.
void note_signs(const Finding& finding, Legend& legend) {
  const auto has = [&](std::string_view sign) {
    return std::any_of(
        finding.evidence.begin(), finding.evidence.end(),
        [&](const std::string& line) { return line.find(sign) != std::string::npos; });
  };
  legend.few_samples |= has("~");
  legend.lower_bound |= has("≥");
}

std::string html_finding(const Finding& finding) {
  return fmt::format(
      "<article class=\"card finding\">\n<h3><span class=\"severity {}\">{}</span> {}</h3>\n{}"
      "<h4>What to do</h4>\n{}<p class=\"note\">Rule <code>{}</code></p>\n</article>\n",
      class_of(finding.severity), analysis::to_string(finding.severity), html_text(finding.title),
      html_list(finding.evidence), html_list({finding.advice.begin(), finding.advice.end()}),
      html_text(finding.rule));
}

}  // namespace

std::string html_findings(const std::vector<Finding>& findings, Legend& legend) {
  std::string text;
  if (findings.size() != 1) text = "<p>" + html_text(found_in_a_line(findings)) + "</p>\n";
  for (const Finding& finding : findings) {
    note_signs(finding, legend);
    text += html_finding(finding);
  }
  return text;
}

}  // namespace output
