#include "cli/calibrate_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "base/duration.h"
#include "cli/calibration_text.h"
#include "cli/calibrator.h"
#include "cli/host.h"
#include "cli/load_flags.h"
#include "cli/option_values.h"
#include "cli/signals.h"
#include "output/result_file.h"
#include "output/verdict.h"

namespace cli {
namespace {

struct CalibrateFlags {
  std::optional<int> threads;
  std::optional<std::uint64_t> max_streams;
  std::string step;
  std::string time;
  bool quick = false;
  std::string json_file;
};

// Connections to one address and port are told apart by the client's port alone.
constexpr std::uint64_t kStreamsOfServer = 25'000;
// A server's own descriptors beside its connections.
constexpr std::uint64_t kOwnDescriptors = 64;

base::Result<CalibratorOptions> read_flags(const CalibrateFlags& flags) {
  CalibratorOptions options;
  if (flags.quick) {
    options.step = std::chrono::seconds(2);
    options.time = std::chrono::seconds(55);
  }
  const long cpus = std::max(1L, sysconf(_SC_NPROCESSORS_ONLN));
  // One mock fills a core; the other half is the client's.
  options.servers = static_cast<int>(std::max(1L, cpus / 2));
  const std::uint64_t allowed =
      most_connections(static_cast<std::uint64_t>(flags.threads.value_or(static_cast<int>(cpus))));
  const std::uint64_t open = allowed > kOwnDescriptors ? allowed - kOwnDescriptors : 1;
  options.most_streams = std::min({flags.max_streams.value_or(open), open,
                                   kStreamsOfServer * static_cast<std::uint64_t>(options.servers)});
  if (options.most_streams == 0) return base::fail("--max-streams: at least 1, got 0");
  for (const auto& [flag, text, target] : {std::tuple("--step", &flags.step, &options.step),
                                           std::tuple("--time", &flags.time, &options.time)}) {
    if (text->empty()) continue;
    if (auto read = read_duration_flag(flag, *text, *target); !read) {
      return tl::unexpected(read.error());
    }
  }
  if (!flags.json_file.empty()) {
    if (auto writable = output::check_result_path(flags.json_file); !writable) {
      return base::fail_at("--json", writable.error());
    }
  }
  return options;
}

// A header before the first line of its kind.
class StepTable {
 public:
  void show(const StepResult& step) {
    if (shown_ != step.plan.kind) fmt::print(stderr, "{}", step_header(step.plan.kind));
    shown_ = step.plan.kind;
    fmt::print(stderr, "{}", step_line(step));
  }

 private:
  std::optional<StepPlan::Kind> shown_;
};

bool write_json(const std::string& path, const Calibration& calibration,
                const Calibrator& calibrator) {
  nlohmann::ordered_json json = {{"schema", "perigee-calibration-run"}, {"schema_version", 1}};
  json["calibration"] = to_json(calibration);
  json["steps"] = nlohmann::ordered_json::array();
  for (const StepResult& step : calibrator.steps()) json["steps"].push_back(to_json(step));
  std::ofstream file(path);
  file << json.dump(2) << "\n";
  file.close();
  if (file) return true;
  fmt::print(stderr, "perigee calibrate: --json: {} could not be written\n", path);
  return false;
}

// Where it is saved, so that later runs find it.
bool save(const Calibration& calibration) {
  const std::string path = calibration_path();
  if (path.empty()) {
    fmt::print(stderr,
               "perigee calibrate: not saved: neither XDG_CACHE_HOME nor HOME names a folder\n");
    return false;
  }
  if (auto saved = save_calibration(path, calibration); !saved) {
    fmt::print(stderr, "perigee calibrate: not saved: {}\n", saved.error().message);
    return false;
  }
  fmt::print("saved in {}: a run that asks for more is warned\n", path);
  return true;
}

int fail(const base::Error& error, int code) {
  fmt::print(stderr, "perigee calibrate: {}\n", error.message);
  return code;
}

int calibrate(const CalibrateFlags& flags) {
  const auto options = read_flags(flags);
  if (!options) return fail(options.error(), output::kExitBadOptions);
  block_stop_signals();
  auto runner = StepRunner::make(flags.threads, options->servers);
  if (!runner) return fail(runner.error(), output::kExitInternalError);
  fmt::print(stderr,
             "perigee calibrate: up to {}; let nothing else run on this machine meanwhile. client "
             "and mock: cores in use\n",
             base::format_duration(options->time));
  StepTable table;
  Calibrator calibrator(**runner, *options, [&table](const auto& step) { table.show(step); });
  const auto calibration = calibrator.run();
  if (!calibration) {
    return fail(calibration.error(), (*runner)->was_interrupted() ? output::kExitInterrupted
                                                                  : output::kExitInternalError);
  }
  fmt::print("{}", calibration_text(*calibration, calibrator));
  const bool saved = save(*calibration);
  const bool written =
      flags.json_file.empty() || write_json(flags.json_file, *calibration, calibrator);
  return saved && written ? output::kExitPassed : output::kExitInternalError;
}

}  // namespace

void add_calibrate_command(CLI::App& app, int& exit_code) {
  const auto flags = std::make_shared<CalibrateFlags>();
  CLI::App* command = app.add_subcommand(
      "calibrate", "Find out how much this machine can do before its own error passes 1 %");
  command->add_option("--threads", flags->threads, "Worker threads (default: the cores)")
      ->check(CLI::Range(1, 256))
      ->envname("PERIGEE_THREADS");
  command->add_flag("--quick", flags->quick, "About a minute instead of three, and less exact");
  command->add_option("--json", flags->json_file, "Write the ceilings and all steps as JSON");
  command
      ->add_option("--max-streams", flags->max_streams,
                   "The most streams to try (default: what open files allow)")
      ->check(whole_number());
  command->add_option("--step", flags->step, "How long each step lasts (5s, with --quick 2s)");
  command->add_option("--time", flags->time,
                      "How long all may take, about (2m50s, with --quick 55s)");
  command->callback([flags, &exit_code] { exit_code = calibrate(*flags); });
}

}  // namespace cli
