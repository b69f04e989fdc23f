#include "cli/calibration_warning.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/text.h"
#include "output/figures.h"

namespace cli {
namespace {

// The most arrivals in any second of the replay. REQUIRES: sorted by due, as traces are.
double most_in_a_second(const load::Trace& trace, double speed) {
  const double second = 1e9 * speed;  // In the recording's time.
  std::size_t first = 0;
  std::size_t most = 0;
  for (std::size_t last = 0; last < trace.arrivals.size(); ++last) {
    const auto since = [&](std::size_t i) {
      return static_cast<double>((trace.arrivals[last].due - trace.arrivals[i].due).count());
    };
    while (since(first) >= second) ++first;
    most = std::max(most, last - first + 1);
  }
  return static_cast<double>(most);
}

double starts_per_second(const load::Scenario& scenario) {
  const double unit = base::to_seconds(scenario.time_unit);
  switch (scenario.executor) {
    case load::ExecutorKind::kConstantArrivalRate:
      return scenario.rate / unit;
    case load::ExecutorKind::kRampingArrivalRate: {
      double highest = scenario.start_rate;
      for (const load::Stage& stage : scenario.stages) highest = std::max(highest, stage.target);
      return highest / unit;
    }
    case load::ExecutorKind::kTrace:
      return scenario.trace == nullptr ? 0 : most_in_a_second(*scenario.trace, scenario.speed);
    default:
      return 0;
  }
}

}  // namespace

AskedLoad asked_load(const load::Plan& plan) {
  AskedLoad asked;
  for (const load::Scenario& scenario : plan.scenarios) {
    const bool open = load::is_open(scenario.executor);
    asked.vus += open ? scenario.pre_allocated_vus : scenario.most_vus();
    asked.starts_per_second += starts_per_second(scenario);
  }
  return asked;
}

std::string warn_of_ceilings(const AskedLoad& asked, const Calibration& calibration) {
  const double streams = calibration.streams.value;
  const double requests = calibration.requests_per_second.value;
  std::vector<std::string> wanted;
  std::vector<std::string> had;
  if (streams > 0 && static_cast<double>(asked.vus) > streams) {
    wanted.push_back(base::format_count(asked.vus) + " VUs");
    had.push_back(output::format_whole(streams) + " streams with an event every 20ms each");
  }
  if (requests > 0 && asked.starts_per_second > requests) {
    wanted.push_back(output::format_rate(asked.starts_per_second) + " iterations/s");
    had.push_back(output::format_whole(requests) + " requests/s");
  }
  if (wanted.empty()) return "";
  return fmt::format(
      "{} are more than the {} up to which this machine was calibrated on {}: beyond that "
      "perigee's own error may pass 1 %; take fewer users, spread them over more machines, or "
      "calibrate again with more --threads (now {})",
      base::join(wanted, " and "), base::join(had, " and "), calibration.at.substr(0, 10),
      calibration.host.threads);
}

std::string warn_of_calibration(const load::Plan& plan, int threads) {
  const auto calibration = load_calibration(calibration_path(), this_host(threads));
  if (!calibration) return "the saved calibration is ignored: " + calibration.error().message;
  return *calibration ? warn_of_ceilings(asked_load(plan), **calibration) : "";
}

}  // namespace cli
