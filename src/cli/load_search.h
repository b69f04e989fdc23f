// Finds the highest load at which a script's objectives hold, by running it at one load after
// another.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/run_options.h"
#include "cli/search_step.h"

namespace cli {

struct SearchOptions {
  LoadStep::By by = LoadStep::By::kRate;
  bool is_poisson = false;
  double first = 1;  // Calls per second, or users.
  double most = 10'000;
  double resolution = 0.03;  // The gap between what held and what did not, as a share of what held.
  int most_steps = 12;
  StepRule rule;
  std::vector<std::string> objectives;
  std::optional<double> budget_usd;  // For all steps together.
};

struct LoadSearchResult {
  double held = 0;    // 0 where not even the first did.
  double failed = 0;  // 0 where all did.
  StepOutcome end = StepOutcome::kHeld;
  std::string stopped_by;  // What ended it before the resolution was reached; "" for nothing.
  std::vector<SearchStep> steps;  // In the order in which they ran.
};

// Every step is a run of its own, with a mock of its own where the flags ask for one; what the
// script says about load and thresholds gives way to the step's.
//
// Errors: what keeps the script from running; a signal ends the search, with what it knows.
// Threads: the control thread's, with no other beside it.
class LoadSearch {
 public:
  using OnStep = std::function<void(const SearchStep&)>;

  LoadSearch(const RunFlags& flags, SearchOptions options, OnStep on_step);

  base::Result<LoadSearchResult> run();
  bool was_interrupted() const { return interrupted_; }

 private:
  base::Result<StepOutcome> measure(std::uint64_t amount);
  base::Result<SearchStep> run_step(const LoadStep& plan);
  RunFlags flags_of(const LoadStep& plan) const;
  double amount_unit() const { return options_.by == LoadStep::By::kRate ? 1e-3 : 1; }

  const RunFlags& flags_;
  SearchOptions options_;
  OnStep on_step_;
  LoadSearchResult result_;
  base::Duration call_ = std::chrono::seconds(1);  // Mean, of the step before.
  double spent_usd_ = 0;
  bool interrupted_ = false;
};

}  // namespace cli
