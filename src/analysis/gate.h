// Gates: what a comparison must not show, one line each, as in "llm_ttft p(95) worse by 10%".
//
//   metric[{tag=value,…}] aggregate worse [by N% | by N<unit>]
//   counter[{tag=value,…}] per request worse [by …]
//
// Metric, selector, aggregate and units are those of thresholds (metrics/threshold.h). N% is a part
// of the base's value; of a share, whose unit is %, it is that many percentage points.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/comparison.h"
#include "base/result.h"

namespace analysis {

struct Gate {
  enum class Margin { kNone, kRelative, kAbsolute };

  std::string source;
  Indicator figure;
  Margin kind = Margin::kNone;
  double margin = 0;  // A share of the base's value, or in the figure's unit; 0 for kNone.
};

// Errors name the part that is wrong and what would do. A metric of which nobody can say which way
// is worse has no gate.
base::Result<Gate> parse_gate(std::string_view text, const metrics::Registry& registry);

enum class GateVerdict { kPassed, kFailed, kNotJudged };

struct JudgedGate {
  Gate gate;
  const ComparedIndicator* compared = nullptr;
  GateVerdict verdict = GateVerdict::kNotJudged;
  double margin = 0;  // On the figure's scale, as a worsening: 0 or more; may be infinite.
  double p = 1;       // Of a change at least as bad, were the true one exactly the margin.
  double confidence = kConfidence;  // Of the interval that decided, by Holm's correction.
  std::string reason;               // Of kNotJudged.
};

// A gate fails where its interval lies beyond its margin. Together they fail without reason in at
// most (1 - kConfidence) / 2 = 2.5 % of comparisons, however many they are (Holm's correction).
//
// Not judged: a figure that is not comparable; and, for a gate with a margin that the interval
// includes, an estimate beyond the margin, or noise as large as the margin itself.
//
// Lifetime: the comparison must outlive what is returned.
std::vector<JudgedGate> judge_gates(const std::vector<Gate>& gates, const Comparison& comparison);

}  // namespace analysis
