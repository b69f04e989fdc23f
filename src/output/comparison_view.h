// What is shown of a comparison, in words and cells, whichever document they go to.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/comparison.h"
#include "analysis/gate.h"
#include "output/verdict.h"

namespace output {

struct ComparisonRow {
  std::string figure;
  std::string base;
  std::string next;
  std::string change;    // "+12.3%", "+0.4 points", "-"
  std::string interval;  // "+8.1 … +16.7%"
  std::string effect;    // "4.1"; "" without several runs a side.
  std::string verdict;   // "worse"
  analysis::Outcome outcome = analysis::Outcome::kNoEvidence;
};

struct GateRow {
  std::string source;
  std::string text;
  analysis::GateVerdict verdict = analysis::GateVerdict::kPassed;
};

struct ComparisonView {
  Headline headline;
  std::vector<std::pair<std::string, std::string>> about;  // Title and text: base, new, evidence.
  std::vector<GateRow> gates;
  std::vector<ComparisonRow> rows;
  bool has_effects = false;
  std::vector<std::pair<std::string, std::string>>
      reasons;                            // Figures, and why they have no verdict.
  std::vector<std::string> explanations;  // What the columns mean, but for the effect's.
};

inline constexpr std::string_view kEffectExplanation =
    "effect: the difference in standard deviations from run to run (Hedges' g)";

ComparisonView comparison_view(const analysis::Comparison& comparison,
                               const std::vector<analysis::JudgedGate>& gates);

// 99 where a gate failed, else 98 where one could not be judged, else 0.
int exit_code_of(const std::vector<analysis::JudgedGate>& gates);

// As the documents have them: "better", "worse", "changed", "no evidence", "not comparable".
std::string_view to_string(analysis::Outcome outcome);

// "passed", "failed", "not judged".
std::string_view to_string(analysis::GateVerdict verdict);

}  // namespace output
