// A comparison as text for a terminal, as Markdown, as a page of HTML, and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "output/comparison_view.h"
#include "output/page.h"

namespace output {

std::string comparison_text(const ComparisonView& view, const SummaryOptions& options);
std::string comparison_markdown(const ComparisonView& view);
std::string comparison_html(const ComparisonView& view);  // One file that loads nothing.

// docs/compare.md says what each field means.
std::string comparison_json(const analysis::Comparison& comparison,
                            const std::vector<analysis::JudgedGate>& gates);

}  // namespace output
