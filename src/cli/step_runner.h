// Runs the steps of a calibration: for each a mock or several, and a run beside them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/calibration_step.h"
#include "cli/child_process.h"
#include "cli/mock_process.h"

namespace cli {

// Every process of a step is its own, so that memory and CPU are those of a real run, and what one
// step leaves behind is not in the next one's way.
//
// Threads:  one, and no other when it is made. SIGINT, SIGTERM and SIGHUP must be blocked: it waits
//           for them, and then ends the step.
// Lifetime: its folder, in the system's folder for temporary files, goes with it, as do children.
class StepRunner {
 public:
  // Without threads the run takes its default. `servers` share the users evenly.
  static base::Result<std::unique_ptr<StepRunner>> make(std::optional<int> threads, int servers);
  ~StepRunner();
  StepRunner(const StepRunner&) = delete;
  StepRunner& operator=(const StepRunner&) = delete;

  // Errors: a child that does not start or fails, files that cannot be written; a signal.
  base::Result<StepResult> measure(const StepPlan& plan);

  bool was_interrupted() const { return interrupted_; }

  // How long a step takes, about.
  static base::Duration cost_of(const StepPlan& plan);

 private:
  using Servers = std::vector<std::unique_ptr<MockProcess>>;

  StepRunner(std::string folder, std::optional<int> threads, int servers)
      : folder_(std::move(folder)), threads_(threads), server_count_(servers) {}

  base::Result<Servers> start_servers(const StepPlan& plan) const;
  base::Result<std::unique_ptr<ChildProcess>> start_client(const StepPlan& plan,
                                                           const Servers& servers) const;
  base::Result<void> watch(ChildProcess& client, const Servers& servers, StepResult& step);
  base::Result<void> read_results(StepResult& step) const;
  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  std::string record_file(int server) const;
  std::string last_words() const;

  std::string folder_;
  std::optional<int> threads_;
  int server_count_;
  bool interrupted_ = false;
};

}  // namespace cli
