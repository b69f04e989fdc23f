#include "cli/suite.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "base/duration.h"
#include "cli/ci_reports.h"
#include "cli/run_command.h"
#include "cli/script_run.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "output/result_file.h"
#include "output/summary.h"
#include "output/verdict.h"

namespace cli {
namespace {

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

// Its folders are made; errors name the flag.
base::Result<void> make_room_for(const std::string& json_file) {
  if (json_file.empty()) return {};
  std::error_code error;
  const auto folder = std::filesystem::path(json_file).parent_path();
  std::filesystem::create_directories(folder, error);
  if (error) return base::fail("--json: {}: {}", folder.string(), error.message());
  if (auto writable = output::check_result_path(json_file); !writable) {
    return base::fail_at("--json", writable.error());
  }
  return {};
}

}  // namespace

int Suite::run() {
  // Between two scripts a signal waits until the suite looks for it.
  block_stop_signals();
  for (std::size_t i = 0; i < scripts_.size(); ++i) {
    if (stopped_by_.empty() && wait_for_stop_signal(base::Duration::zero())) {
      interrupted_ = true;
      stopped_by_ = "the suite was interrupted";
    }
    if (stopped_by_.empty()) {
      run_script(i);
    } else {
      entries_.push_back(output::not_run_entry(scripts_[i].path, stopped_by_, interrupted_));
    }
  }
  return finish();
}

RunFlags Suite::flags_of(const SuiteScript& script) const {
  RunFlags flags = flags_.run;
  flags.script = script.path;
  if (flags.config_file.empty()) flags.config_file = script.config;
  if (!flags.json_file.empty()) {
    const auto file = std::filesystem::path(flags.json_file) / script.name;
    flags.json_file = std::filesystem::path(file).replace_extension(".json").string();
  }
  return flags;
}

void Suite::run_script(std::size_t index) {
  const RunFlags flags = flags_of(scripts_[index]);
  fmt::print(stderr, "[{}/{}] {}\n", index + 1, scripts_.size(), flags.script);
  if (auto room = make_room_for(flags.json_file); !room) {
    return take(refused_run(flags.script, room.error()), flags, index);
  }
  ScriptRun script_run(flags);
  auto result = script_run.execute(progress_outputs(flags));
  if (result) deliver(*result, flags);
  take(result ? *result : refused_run(flags.script, result.error()), flags, index);
  if (script_run.was_signalled()) {
    interrupted_ = true;
    stopped_by_ = "the suite was interrupted";
  }
  if (!script_run.has_stuck_worker()) return;
  stopped_by_ = fmt::format("{} is stuck inside a function and holds the process", flags.script);
  for (std::size_t i = index + 1; i < scripts_.size(); ++i) {
    entries_.push_back(output::not_run_entry(scripts_[i].path, stopped_by_, true));
  }
  script_run.end_process(finish());
}

// What is to be kept of a run before its numbers go.
void Suite::take(const output::RunResult& result, const RunFlags& flags, std::size_t index) {
  output::SuiteEntry entry = output::suite_entry(result);
  const bool passed = result.exit_code == output::kExitPassed;
  const bool was_run = result.exit_code != output::kExitBadOptions;
  if (!was_run) fmt::print(stderr, "perigee: {}\n", result.end_reason);
  fmt::print(stderr, "[{}/{}] {}: {}{}\n", index + 1, scripts_.size(), flags.script, entry.label,
             was_run ? "   " + entry.detail : "");
  const bool wanted = flags_.summaries == "all" || (flags_.summaries == "failed" && !passed);
  if (was_run && wanted) {
    print(fmt::format("── {}\n", flags.script));
    output::Summary(output::sink_to(stdout), summary_options(flags.summary)).on_end(result);
  }
  print_annotations(result);
  if (was_run && wanted) print("\n");
  if (flags_.fail_fast && !passed) {
    stopped_by_ = fmt::format("{} did not pass, and --fail-fast was given", flags.script);
  }
  entries_.push_back(std::move(entry));
}

int Suite::finish() {
  std::vector<int> codes;
  for (const output::SuiteEntry& entry : entries_) {
    if (entry.exit_code) codes.push_back(*entry.exit_code);
    if (!entry.exit_code && interrupted_) codes.push_back(output::kExitInterrupted);
  }
  int code = output::gravest(codes);
  print(output::suite_text(entries_, code, summary_options()));
  if (std::ferror(stdout) != 0) {
    fmt::print(stderr, "perigee: the results could not be written to stdout\n");
    code = output::kExitInternalError;
  }
  for (const auto& written : {write_junit(output::suite_junit(entries_), flags_.run),
                              write_markdown(output::suite_markdown(entries_, code), flags_.run)}) {
    if (written) continue;
    fmt::print(stderr, "perigee: {}\n", written.error().message);
    code = output::kExitInternalError;
  }
  return code;
}

}  // namespace cli
