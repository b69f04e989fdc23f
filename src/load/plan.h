// What load to put on: plain data, the same for every worker.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace load {

struct Stage {
  base::Duration duration{};
  double target = 0;  // VUs at the stage's end.
};

// A kind of user and its share of the VUs.
struct UserClass {
  std::string name;
  double weight = 1;
};

enum class ExecutorKind { kConstantVus, kRampingVus, kSharedIterations };

std::string_view to_string(ExecutorKind kind);  // k6's names: "constant-vus", …

// One executor with its parameters; names and defaults are k6's, spawn_rate is Locust's.
struct Scenario {
  std::string name = "default";
  ExecutorKind executor = ExecutorKind::kSharedIterations;
  base::Duration start_time{};
  base::Duration graceful_stop = std::chrono::seconds(30);

  std::uint64_t vus = 1;        // constant-vus, shared-iterations
  double spawn_rate = 0;        // VUs started per second; 0 starts all at once. constant-vus
  base::Duration duration{};    // constant-vus
  double start_vus = 1;         // ramping-vus
  std::vector<Stage> stages{};  // ramping-vus
  base::Duration graceful_ramp_down = std::chrono::seconds(30);  // ramping-vus
  std::uint64_t iterations = 1;                                  // shared-iterations
  base::Duration max_duration = std::chrono::minutes(10);        // shared-iterations

  std::vector<UserClass> users{};  // At least one.

  // When the executor stops starting iterations, counted from the scenario's start.
  base::Duration regular_duration() const;
  // The most VUs it has at one time.
  std::uint64_t max_vus() const;
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
