// Two sets of runs set against one another, figure by figure. docs/compare.md says what is claimed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "analysis/comparability.h"
#include "analysis/indicator.h"
#include "analysis/welch.h"

namespace analysis {

// What the noise was taken from.
enum class Basis {
  kRuns,         // Several runs a side, or several on one side whose spread stands for both.
  kWithinOneRun  // One run a side: nothing is known of how runs differ from one another.
};

enum class Outcome { kBetter, kWorse, kChanged, kNoEvidence, kNotComparable };

inline constexpr double kConfidence = 0.95;

// How a figure changed, on its scale.
struct Change {
  Difference difference;
  // By how much more the truth may lie below or above, by the client's own error and by what was
  // unfinished; may be infinite.
  double slack_below = 0;
  double slack_above = 0;

  Bounds interval(double confidence) const;
  double p_worse_by(Direction direction, double margin) const;  // REQUIRES: a known direction.
};

struct ComparedIndicator {
  Indicator figure;
  std::vector<Measured> base;  // By run.
  std::vector<Measured> next;
  Scale scale = Scale::kLog;
  double base_value = 0;  // The mean of the runs on the figure's scale, back in its unit.
  double next_value = 0;
  std::optional<Change> change;  // Nothing where it cannot be compared.
  std::optional<double> effect;  // Hedges' g: the difference in run-to-run standard deviations.
  std::size_t block_length = 0;  // Of the bootstrap, in intervals; 0 between several runs.
  Outcome outcome = Outcome::kNotComparable;
  std::string reason;  // Of kNotComparable.

  // A difference on the scale as a change that is read: a share of the base's value where the scale
  // is logarithmic, else in the figure's unit (of a share: points of 1).
  double change_of(double difference) const;
  bool is_relative() const { return scale == Scale::kLog; }
};

struct Comparison {
  std::vector<ComparedRun> base;
  std::vector<ComparedRun> next;
  Basis basis = Basis::kRuns;
  std::vector<std::string> obstacles;  // Why nothing can be compared; then no figure is.
  std::vector<std::string> cautions;
  std::vector<Trait> across;               // Those whose difference is what is compared.
  std::vector<ComparedIndicator> figures;  // Those asked for first, then the usual ones.
};

struct ComparisonOptions {
  std::vector<Indicator> wanted;  // Beside the usual figures.
  std::vector<Trait> across;      // May differ.
  std::uint64_t seed = 1;         // Of the bootstrap.
};

// All metrics of all runs. A name that two runs use for different things is that of the first.
void declare_metrics(const std::vector<const ComparedRun*>& runs, metrics::Registry& registry);

// REQUIRES: a run on each side.
Comparison compare(std::vector<ComparedRun> base, std::vector<ComparedRun> next,
                   const ComparisonOptions& options);

}  // namespace analysis
