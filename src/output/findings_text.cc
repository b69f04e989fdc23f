#include "output/findings_text.h"

#include <fmt/format.h>

#include "analysis/rules.h"
#include "base/duration.h"
#include "metrics/builtin.h"
#include "output/evidence.h"
#include "output/verdict.h"

namespace output {
namespace {

using analysis::Finding;
using analysis::Severity;

constexpr std::size_t kIndent = 8;  // Behind the severity.

std::string severity_in_capitals(Severity severity) {
  switch (severity) {
    case Severity::kHigh:
      return "HIGH";
    case Severity::kMedium:
      return "MEDIUM";
    case Severity::kLow:
      break;
  }
  return "LOW";
}

std::string painted(const Paint& paint, Severity severity, std::string_view text) {
  if (severity == Severity::kHigh) return paint.red(text);
  return severity == Severity::kMedium ? paint.yellow(text) : std::string(text);
}

// Text with a sign before it, all of it behind the severity's column.
void add_item(Page& page, std::string_view sign, std::string_view text) {
  const std::size_t indent = kIndent + width_of(sign) + 1;
  page.add_line(
      std::string(kIndent, ' ') + std::string(sign) + " " +
      wrap(std::string(indent, ' ') + std::string(text), page.width(), indent).substr(indent));
}

void add_finding(Page& page, const Finding& finding) {
  const std::string severity = severity_in_capitals(finding.severity);
  const std::string head = fmt::format("{} ({})", finding.title, finding.rule);
  const std::string lines =
      wrap(pad_right(severity, kIndent) + head, page.width(), kIndent).substr(severity.size());
  page.add_line(painted(page.paint(), finding.severity, severity) + lines);
  for (const std::string& line : finding.evidence) add_item(page, "-", line);
  for (const std::string_view advice : finding.advice) add_item(page, "→", advice);
}

std::string run_in_a_line(const RunResult& result) {
  const double llm = result.store->counter(metrics::kLlmRequests);
  const std::string requests =
      llm > 0 ? plural(llm, "request")
              : plural(result.store->counter(metrics::kHttpReqs), "HTTP request");
  return fmt::format("{}: {}, {}, {}", result.script, verdict_name(result.exit_code),
                     base::format_duration(result.elapsed), requests);
}

// What Markdown would take for its own.
std::string escaped(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (std::string_view("\\`*_{}[]<>#|~").find(c) != std::string_view::npos) plain += '\\';
    plain += c;
  }
  return plain;
}

}  // namespace

std::string found_in_a_line(const std::vector<Finding>& findings) {
  const std::string by = fmt::format("by any of {} rules", analysis::rules().size());
  if (findings.empty()) return "No bottleneck was found " + by + ".";
  return plural(static_cast<double>(findings.size()), "finding") + ", the gravest first.";
}

void add_findings(Page& page, const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    if (&finding != &findings.front()) page.start_section();
    add_finding(page, finding);
  }
}

std::string findings_text(const RunResult& result, const std::vector<Finding>& findings,
                          const SummaryOptions& options) {
  Page page(options);
  page.add_wrapped(run_in_a_line(result));
  page.add_wrapped(found_in_a_line(findings));
  page.start_section();
  add_findings(page, findings);
  return page.take_text();
}

std::string findings_markdown(const RunResult& result, const std::vector<Finding>& findings) {
  std::string text = fmt::format("## Diagnosis\n\n{}  \n{}\n", escaped(run_in_a_line(result)),
                                 found_in_a_line(findings));
  for (const Finding& finding : findings) {
    text += fmt::format("\n### {}: {}\n\nRule `{}`.\n\n", to_string(finding.severity),
                        escaped(finding.title), finding.rule);
    for (const std::string& line : finding.evidence) text += "- " + escaped(line) + "\n";
    text += "\nWhat to do:\n\n";
    for (const std::string_view advice : finding.advice) text += "- " + escaped(advice) + "\n";
  }
  return text;
}

void add_findings_in_short(Page& page, const RunResult& result) {
  const std::vector<Finding> findings = analysis::diagnose(evidence_of(result));
  if (findings.empty()) return;
  page.start_section();
  page.add_line(page.paint().bold("findings"));
  for (const Finding& finding : findings) {
    const std::string severity = severity_in_capitals(finding.severity);
    const std::string lines =
        wrap("  " + pad_right(severity, kIndent) + finding.title, page.width(), kIndent + 2)
            .substr(2 + severity.size());
    page.add_line("  " + painted(page.paint(), finding.severity, severity) + lines);
  }
  page.add_wrapped("  with --json FILE, perigee diagnose FILE has the numbers and what to do");
}

}  // namespace output
