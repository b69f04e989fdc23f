#include <fmt/format.h>

#include "analysis/rules.h"
#include "output/evidence.h"
#include "output/findings_text.h"
#include "output/html.h"
#include "output/html_sections.h"

namespace output {
namespace {

using analysis::Finding;
using analysis::Severity;

std::string_view class_of(Severity severity) {
  switch (severity) {
    case Severity::kHigh:
      return "bad";
    case Severity::kMedium:
      return "unsure";
    case Severity::kLow:
      break;
  }
  return "note";
}

std::string html_finding(const Finding& finding) {
  const std::vector<std::string> advice(finding.advice.begin(), finding.advice.end());
  return fmt::format(
      "<article class=\"card\">\n<h3><span class=\"{}\">{}</span> · {}</h3>\n{}"
      "<p>What to do:</p>\n{}</article>\n",
      class_of(finding.severity), analysis::to_string(finding.severity), html_text(finding.title),
      html_list(finding.evidence), html_list(advice));
}

}  // namespace

std::string html_findings(const RunResult& result) {
  const std::vector<Finding> findings = analysis::diagnose(evidence_of(result));
  std::string text = "<p>" + html_text(found_in_a_line(findings)) + "</p>\n";
  if (findings.empty()) return text;
  text += "<div class=\"cards\">\n";
  for (const Finding& finding : findings) text += html_finding(finding);
  return text + "</div>\n";
}

}  // namespace output
