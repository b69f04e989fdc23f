// What a rule found in a run: a bottleneck with its numbers, and what to do about it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace analysis {

enum class Severity { kLow, kMedium, kHigh };

std::string_view to_string(Severity severity);  // "low", "medium", "high"

// High above `high`, medium above `medium`, else low.
Severity graded(double value, double medium, double high);

struct Finding {
  std::string_view rule{};  // Its name in the table of rules.
  Severity severity = Severity::kMedium;
  std::string title;                  // One line.
  std::vector<std::string> evidence;  // What was measured; never empty.
  std::vector<std::string_view>
      advice;  // Sentences of the rule's own, the first thing to try first.
};

}  // namespace analysis
