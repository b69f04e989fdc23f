// One script from its flags to its result: the mock beside it, the loading, the run.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/loading.h"
#include "cli/mock_process.h"
#include "cli/run.h"
#include "cli/run_options.h"
#include "output/output.h"

namespace cli {

// Threads:  the control thread's; while none of these is there, the process has no other thread.
// Lifetime: the result refers to what this object counted. The flags outlive it.
class ScriptRun {
 public:
  explicit ScriptRun(const RunFlags& flags) : flags_(flags) {}

  // Starts the mock and loads the script. From then on signals wait for the run, and other threads
  // may be made. Once. Errors: what keeps the script from being run, which ends in kExitBadOptions.
  base::Result<void> prepare();

  // Once; prepares first where nobody did. Errors: as above.
  // `keys` outlive it; null for none.
  base::Result<output::RunResult> execute(std::vector<std::unique_ptr<output::Output>> outputs,
                                          Keys* keys = nullptr);

  // After execute(): a worker cannot be joined, and this object not be destroyed. The process must
  // end by end_process().
  bool has_stuck_worker() const { return run_ && run_->has_stuck_worker(); }
  [[noreturn]] void end_process(int exit_code);

  // After execute(): the user asked for an end, be it that the load was already over.
  bool was_signalled() const { return run_ && run_->was_signalled(); }

  // REQUIRES: execute() gave a result.
  const std::string& lost_requests() const { return run_->lost_requests(); }

 private:
  base::Result<void> start_mock();

  const RunFlags& flags_;
  Loading loading_;
  std::unique_ptr<MockProcess> mock_;
  std::optional<RunSettings> settings_;
  std::unique_ptr<Run> run_;
};

}  // namespace cli
