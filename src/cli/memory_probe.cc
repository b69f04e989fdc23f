#include "cli/memory_probe.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>

#include "base/duration.h"
#include "cli/child_process.h"
#include "cli/signals.h"
#include "cli/step_runner.h"
#include "metrics/builtin.h"
#include "output/verdict.h"

namespace cli {
namespace {

namespace fs = std::filesystem;

// Nothing where there is no such process.
std::optional<double> resident_bytes_of(pid_t pid) {
  std::ifstream statm(fmt::format("/proc/{}/statm", pid));
  double pages = 0;
  double resident = 0;
  if (!(statm >> pages >> resident)) return std::nullopt;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// Removed with what is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "perigee-plan-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }  // "" where it could not be made.

 private:
  std::string path_;
};

// The time that all requests were open, by the run's length.
double mean_streams(const analysis::StoredRun& run) {
  const double seconds = run.document.at("run").at("elapsed_s").get<double>();
  for (const metrics::MetricId metric : {metrics::kLlmRequestDuration, metrics::kHttpReqDuration}) {
    const metrics::Trend trend = run.store->trend(metric);
    if (trend.count() > 0) return (trend.values.sum() + trend.lower_bounds.sum()) / seconds;
  }
  return 0;
}

base::Result<analysis::MemoryPoint> load_service(const ServiceProbe& probe, std::uint64_t users,
                                                 const std::string& folder) {
  const std::string result = folder + "/result.json";
  const std::string log = folder + "/log";
  auto run = ChildProcess::start(
      {"run", probe.script, "-u", std::to_string(users), "-d",
       fmt::format("{}s", base::to_seconds(probe.step)), "--progress", "none", "--json", result},
      {.log_file = log, .environment = ChildOptions::Environment::kOwn});
  if (!run) return tl::unexpected(run.error());
  analysis::MemoryPoint point;
  while (!(*run)->exit_code()) {
    const auto bytes = resident_bytes_of(probe.pid);
    if (!bytes) return base::fail("--pid: process {} has ended", probe.pid);
    point.bytes = std::max(point.bytes, *bytes);
    if (wait_for_stop_signal(std::chrono::milliseconds(100))) {
      return base::fail("interrupted by a signal");
    }
  }
  const int code = *(*run)->exit_code();
  const bool usable =
      code == output::kExitPassed || code == output::kExitFailed || code == output::kExitNotJudged;
  const auto stored = analysis::read_result_file(result);
  if (!usable || !stored) {
    std::ifstream text(log);
    return base::fail("{} with {} users ended with exit code {}:\n{}", probe.script, users, code,
                      std::string(std::istreambuf_iterator<char>(text), {}));
  }
  point.streams = mean_streams(*stored);
  return point;
}

base::Result<analysis::MemoryUse> fit(const std::vector<analysis::MemoryPoint>& points) {
  auto use = analysis::fit_memory(points);
  if (use) return *use;
  std::string seen;
  for (const auto& point : points) {
    seen += fmt::format("{}{:.0f} streams {:.1f} MB", seen.empty() ? "" : ", ", point.streams,
                        point.bytes / 1e6);
  }
  return base::fail(
      "the memory did not grow with the streams ({}), so it says nothing about more "
      "of them; more users may",
      seen);
}

}  // namespace

base::Result<analysis::MemoryUse> probe_own_memory() {
  constexpr std::uint64_t kStreams[] = {50, 200, 400};
  auto runner = StepRunner::make(std::nullopt, 1);
  if (!runner) return tl::unexpected(runner.error());
  std::vector<analysis::MemoryPoint> points;
  for (const std::uint64_t streams : kStreams) {
    const auto step = (*runner)->measure({.kind = StepPlan::Kind::kStreams,
                                          .users = streams,
                                          .gap = std::chrono::milliseconds(50),
                                          .length = std::chrono::seconds(4)});
    if (!step) return tl::unexpected(step.error());
    if (step->ran_out_of_time)
      return base::fail("the probe with {} streams took too long", streams);
    points.push_back({.streams = static_cast<double>(streams), .bytes = step->client_memory});
  }
  auto use = fit(points);
  if (!use) return use;
  use->of = "perigee";
  use->source = "measured here at 50, 200 and 400 streams";
  return use;
}

base::Result<analysis::MemoryUse> probe_service_memory(const ServiceProbe& probe) {
  if (!resident_bytes_of(probe.pid)) return base::fail("--pid: there is no process {}", probe.pid);
  const TemporaryFolder folder;
  if (folder.path().empty()) {
    return base::fail("cannot make a folder for what is measured: {}; TMPDIR names another",
                      std::strerror(errno));
  }
  std::vector<analysis::MemoryPoint> points;
  for (const std::uint64_t parts : {4, 2, 1}) {
    const std::uint64_t users = std::max<std::uint64_t>(1, probe.users / parts);
    auto point = load_service(probe, users, folder.path());
    if (!point) return tl::unexpected(point.error());
    points.push_back(*point);
  }
  auto use = fit(points);
  if (!use) return use;
  use->of = fmt::format("process {}", probe.pid);
  use->source = fmt::format("measured under {} with {:.1f} to {:.1f} streams", probe.script,
                            points.front().streams, points.back().streams);
  return use;
}

}  // namespace cli
