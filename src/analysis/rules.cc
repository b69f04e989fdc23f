#include "analysis/rules.h"

#include <algorithm>

namespace analysis {

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::kLow:
      return "low";
    case Severity::kMedium:
      return "medium";
    case Severity::kHigh:
      break;
  }
  return "high";
}

Severity graded(double value, double medium, double high) {
  if (value > high) return Severity::kHigh;
  return value > medium ? Severity::kMedium : Severity::kLow;
}

std::span<const Rule> rules() {
  static const std::vector<Rule> all = [] {
    std::vector<Rule> table;
    for (const auto part : {limit_rules(), failure_rules(), prompt_rules(), cache_rules(),
                            load_rules(), network_rules(), client_rules()}) {
      table.insert(table.end(), part.begin(), part.end());
    }
    return table;
  }();
  return all;
}

std::vector<Finding> diagnose(const Evidence& evidence) {
  std::vector<Finding> findings;
  for (const Rule& rule : rules()) {
    if (auto finding = rule.look(evidence)) {
      finding->rule = rule.name;
      findings.push_back(std::move(*finding));
    }
  }
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  return findings;
}

}  // namespace analysis
