#include "load/plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/distribution.h"
#include "base/duration.h"
#include "base/text.h"
#include "load/arrivals.h"

namespace load {
namespace {

constexpr std::array<std::pair<ExecutorKind, std::string_view>, 7> kNames = {{
    {ExecutorKind::kConstantVus, "constant-vus"},
    {ExecutorKind::kRampingVus, "ramping-vus"},
    {ExecutorKind::kSharedIterations, "shared-iterations"},
    {ExecutorKind::kPerVuIterations, "per-vu-iterations"},
    {ExecutorKind::kConstantArrivalRate, "constant-arrival-rate"},
    {ExecutorKind::kRampingArrivalRate, "ramping-arrival-rate"},
    {ExecutorKind::kTrace, "trace"},
}};

base::Duration sum_of_stages(const std::vector<Stage>& stages) {
  base::Duration total{};
  for (const Stage& stage : stages) total += stage.duration;
  return total;
}

}  // namespace

std::string_view to_string(ExecutorKind kind) {
  const auto entry = std::find_if(kNames.begin(), kNames.end(),
                                  [kind](const auto& name) { return name.first == kind; });
  return entry->second;
}

std::optional<ExecutorKind> find_executor(std::string_view name) {
  const auto entry = std::find_if(kNames.begin(), kNames.end(),
                                  [name](const auto& known) { return known.second == name; });
  if (entry == kNames.end()) return std::nullopt;
  return entry->first;
}

std::vector<std::string> executor_names() {
  std::vector<std::string> names;
  names.reserve(kNames.size());
  for (const auto& [kind, name] : kNames) names.emplace_back(name);
  return names;
}

bool is_open(ExecutorKind kind) {
  return kind == ExecutorKind::kConstantArrivalRate || kind == ExecutorKind::kRampingArrivalRate ||
         kind == ExecutorKind::kTrace;
}

base::Duration Scenario::regular_duration() const {
  switch (executor) {
    case ExecutorKind::kConstantVus:
    case ExecutorKind::kConstantArrivalRate:
      return duration;
    case ExecutorKind::kSharedIterations:
    case ExecutorKind::kPerVuIterations:
      return max_duration;
    case ExecutorKind::kTrace:
      if (!trace || trace->arrivals.empty()) return base::Duration::zero();
      return due_at_speed(trace->arrivals.back().due, speed);
    case ExecutorKind::kRampingVus:
    case ExecutorKind::kRampingArrivalRate:
      break;
  }
  return sum_of_stages(stages);
}

std::uint64_t Scenario::most_vus() const {
  if (is_open(executor)) return max_vus;
  if (executor != ExecutorKind::kRampingVus) return vus;
  double highest = start_vus;
  for (const Stage& stage : stages) highest = std::max(highest, stage.target);
  constexpr double kTolerance = 1e-9;  // As in wanted_spans(): 0.1 * 30 is meant as 3.
  return static_cast<std::uint64_t>(std::floor(highest + kTolerance));
}

base::Result<Stage> parse_stage(std::string_view text) {
  const auto refuse = [text] {
    return base::fail("expected a stage such as \"30s:10\", got \"{}\"", text);
  };
  const auto parts = base::split(text, ':');
  if (parts.size() != 2) return refuse();
  const auto duration = base::parse_duration(parts[0]);
  const auto target = base::parse_number(parts[1]);
  if (!duration || !target) return refuse();
  return Stage{*duration, *target};
}

}  // namespace load
