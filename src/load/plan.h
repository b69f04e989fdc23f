// What load to put on: plain data, the same for every worker.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "load/trace.h"
#include "metrics/tags.h"

namespace load {

struct Stage {
  base::Duration duration{};
  // At the stage's end: VUs, or, where the executor is ramping-arrival-rate, starts per time_unit.
  double target = 0;
};

// A kind of user and its share of the VUs.
struct UserClass {
  std::string name;
  double weight = 1;
  std::optional<std::uint64_t> fixed_count{};  // So many VUs, before the weights share the rest.
  bool has_on_start = true;                    // Without it a VU can begin an iteration at once.
  std::size_t index = 0;                       // Among all classes of the script.
};

enum class ExecutorKind {
  kConstantVus,
  kRampingVus,
  kSharedIterations,
  kPerVuIterations,
  kConstantArrivalRate,
  kRampingArrivalRate,
  kTrace,
};

std::string_view to_string(ExecutorKind kind);  // k6's names: "constant-vus", …; and "trace".
std::optional<ExecutorKind> find_executor(std::string_view name);
std::vector<std::string> executor_names();

// Open executors start iterations at times of their own; closed ones when a VU is free.
bool is_open(ExecutorKind kind);

// How the starts of a rate plan are spread about their rate.
struct Arrival {
  enum class Kind { kUniform, kPoisson, kGamma };
  Kind kind = Kind::kUniform;
  // Of gamma: the gaps' shape. 1 is Poisson, less comes in bursts, more is more even.
  double burstiness = 1;
  friend bool operator==(const Arrival&, const Arrival&) = default;
};

// What becomes of a due start for which no VU is free.
enum class Overflow { kQueue, kDrop };

// One executor with its parameters; names and defaults are k6's, spawn_rate is Locust's. Those in
// brackets are of the executors named.
struct Scenario {
  std::string name = "default";
  ExecutorKind executor = ExecutorKind::kSharedIterations;
  base::Duration start_time{};
  base::Duration graceful_stop = std::chrono::seconds(30);
  std::vector<UserClass> users{};            // At least one.
  std::map<std::string, std::string> env{};  // Before -e and the environment.
  metrics::TagSet tags{};                    // Of all its samples.

  std::uint64_t vus = 1;        // [constant-vus shared-iterations per-vu-iterations]
  double spawn_rate = 0;        // [constant-vus] VUs started per second; 0 starts all at once.
  base::Duration duration{};    // [constant-vus constant-arrival-rate]
  double start_vus = 1;         // [ramping-vus]
  std::vector<Stage> stages{};  // [ramping-vus ramping-arrival-rate]
  base::Duration graceful_ramp_down = std::chrono::seconds(30);  // [ramping-vus]
  std::uint64_t iterations = 1;  // [shared-iterations: in all; per-vu-iterations: of each VU]
  base::Duration max_duration = std::chrono::minutes(10);  // [shared-… and per-vu-iterations]

  double rate = 0;        // [constant-arrival-rate] Starts per time_unit; may be a fraction.
  double start_rate = 0;  // [ramping-arrival-rate]
  base::Duration time_unit = std::chrono::seconds(1);  // [constant- and ramping-arrival-rate]
  Arrival arrival{};                                   // [constant- and ramping-arrival-rate]
  std::shared_ptr<const Trace> trace{};                // [trace]
  double speed = 1;                                    // [trace] 2 replays it in half the time.
  std::uint64_t pre_allocated_vus = 0;   // [open executors] VUs that start with the scenario.
  std::uint64_t max_vus = 0;             // [open executors]
  Overflow overflow = Overflow::kQueue;  // [open executors]

  // When the executor stops starting iterations, counted from the scenario's start.
  base::Duration regular_duration() const;
  // The most VUs it has at one time.
  std::uint64_t most_vus() const;
  // The number of users may be changed while it runs.
  bool users_may_change() const { return executor == ExecutorKind::kConstantVus; }
};

struct Plan {
  std::vector<Scenario> scenarios;
  std::uint64_t seed = 0;
};

// "30s:10": ten VUs at the end of thirty seconds.
base::Result<Stage> parse_stage(std::string_view text);

// Errors: name the field, its rule and what was given: `scenario "default": vus must be at least 1
// (got 0)`. Stages and users are counted from 1, as Lua does.
base::Result<void> validate(const Scenario& scenario);

}  // namespace load
