// What the rules found, as text for a terminal, plain text and Markdown.
#pragma once

#include <string>
#include <vector>

#include "analysis/finding.h"
#include "output/page.h"

namespace output {

// "2 findings, the gravest first.", or that no rule found anything.
std::string found_in_a_line(const std::vector<analysis::Finding>& findings);

// Each finding with its evidence and what to do; nothing where there is none.
void add_findings(Page& page, const std::vector<analysis::Finding>& findings);

// perigee diagnose: the run in a line, then its findings.
std::string findings_text(const RunResult& result, const std::vector<analysis::Finding>& findings,
                          const SummaryOptions& options);
std::string findings_markdown(const RunResult& result,
                              const std::vector<analysis::Finding>& findings);

// In the summary: a line for each finding, without its evidence; nothing where there is none.
void add_findings_in_short(Page& page, const RunResult& result);

}  // namespace output
