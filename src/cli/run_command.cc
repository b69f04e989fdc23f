#include "cli/run_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <memory>

#include "cli/ci_reports.h"
#include "cli/exports.h"
#include "cli/keys.h"
#include "cli/load_flags.h"
#include "cli/script_run.h"
#include "cli/terminal.h"
#include "output/html_report.h"
#include "output/live_view.h"
#include "output/progress.h"
#include "output/result_file.h"
#include "output/summary.h"
#include "output/verdict.h"

namespace cli {
namespace {

bool shows_live(const RunFlags& flags) {
  return flags.progress == "live" || (flags.progress == "auto" && can_redraw(STDERR_FILENO));
}

int refuse(const base::Error& error) {
  fmt::print(stderr, "perigee: {}\n", error.message);
  return output::kExitBadOptions;
}

base::Result<void> check_written_file(const std::string& flag, const std::string& path,
                                      const RunFlags& flags) {
  if (path.empty()) return {};
  std::error_code ignored;
  if (std::filesystem::equivalent(path, flags.script, ignored)) {
    return base::fail("{}: {} is the script itself", flag, path);
  }
  if (auto writable = output::check_result_path(path); !writable) {
    return base::fail_at(flag, writable.error());
  }
  return {};
}

// What would be found only after the run, when it is too late.
base::Result<void> check_files(const RunFlags& flags) {
  if (flags.mock.empty() && !flags.mock_args.empty()) {
    return base::fail("--mock-args: goes with --mock, which was not given");
  }
  if (auto known = analysis::parse_profiles(flags.as); !known) {
    return base::fail_at("--as", known.error());
  }
  if (auto usable = check_ci_files(flags); !usable) return usable;
  if (auto usable = check_written_file("--json", flags.json_file, flags); !usable) return usable;
  if (auto usable = check_written_file("--html", flags.html_file, flags); !usable) return usable;
  std::error_code ignored;
  if (std::filesystem::equivalent(flags.requests_file, flags.script, ignored)) {
    return base::fail("--requests: {} is the script itself", flags.requests_file);
  }
  if (!flags.html_file.empty() &&
      (flags.html_file == flags.json_file ||
       std::filesystem::equivalent(flags.html_file, flags.json_file, ignored))) {
    return base::fail("--html: {} is the file of --json", flags.html_file);
  }
  return {};
}

// What the script's summary() made, but for what goes to stdout.
bool write_own_summary(const output::RunResult& result) {
  bool written = true;
  for (const auto& [path, text] : result.own_summary) {
    if (path == "stdout") continue;
    std::error_code ignored;
    const auto folder = std::filesystem::path(path).parent_path();
    if (!folder.empty()) std::filesystem::create_directories(folder, ignored);
    std::FILE* file = path == "stderr" ? stderr : std::fopen(path.c_str(), "wb");
    const bool whole =
        file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
    const bool closed = file == nullptr || file == stderr || std::fclose(file) == 0;
    if (whole && closed) continue;
    fmt::print(stderr, "perigee: summary(): {} could not be written: {}\n", path,
               std::strerror(errno));
    written = false;
  }
  return written;
}

}  // namespace

std::vector<std::unique_ptr<output::Output>> progress_outputs(const RunFlags& flags) {
  std::vector<std::unique_ptr<output::Output>> outputs;
  if (shows_live(flags)) {
    outputs.push_back(std::make_unique<output::LiveView>(
        output::sink_to(stderr),
        output::LiveViewOptions{.size = [] { return terminal_size(STDERR_FILENO); },
                                .in_foreground = [] { return in_foreground(STDERR_FILENO); },
                                .colours = wants_colours(STDERR_FILENO)}));
  } else {
    const auto never = base::Duration::max();
    output::PlainProgressOptions options;
    if (flags.progress == "none") options.interval = never;
    outputs.push_back(std::make_unique<output::PlainProgress>(output::sink_to(stderr), options));
  }
  return outputs;
}

void deliver(output::RunResult& result, const RunFlags& flags,
             const std::vector<std::string>& problems) {
  for (const std::string& problem : problems) fmt::print(stderr, "perigee: {}\n", problem);
  if (!flags.json_file.empty()) {
    if (auto written = output::write_result_file(result, flags.json_file); !written) {
      fmt::print(stderr, "perigee: --json: {}\n", written.error().message);
      result.exit_code = output::kExitInternalError;
      result.end_reason = "--json: " + written.error().message;
    }
  }
  if (!flags.html_file.empty()) {
    if (auto written = output::write_html_report(result, flags.html_file); !written) {
      fmt::print(stderr, "perigee: --html: {}\n", written.error().message);
      result.exit_code = output::kExitInternalError;
      result.end_reason = "--html: " + written.error().message;
    }
  }
  const bool stdout_lost = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
  if (stdout_lost) fmt::print(stderr, "perigee: the summary could not be written to stdout\n");
  const bool lost = !write_own_summary(result) || stdout_lost || !problems.empty();
  if (lost && result.exit_code == output::kExitPassed) {
    result.exit_code = output::kExitInternalError;
    result.end_reason = problems.empty() ? "the summary could not be written" : problems.front();
  }
}

int run(const RunFlags& flags) {
  if (auto usable = check_files(flags); !usable) return refuse(usable.error());
  ScriptRun script_run(flags);
  const auto refuse_run = [&flags](const base::Error& error) {
    write_ci_reports(refused_run(flags.script, error), flags);
    return refuse(error);
  };
  if (auto prepared = script_run.prepare(); !prepared) return refuse_run(prepared.error());
  std::vector<std::string> problems;
  auto exports =
      open_exports(flags, [&problems](const std::string& text) { problems.push_back(text); });
  if (!exports) return refuse_run(exports.error());
  auto outputs = progress_outputs(flags);
  outputs.push_back(std::make_unique<output::Summary>(output::sink_to(stdout),
                                                      summary_options(flags.summary)));
  std::move(exports->begin(), exports->end(), std::back_inserter(outputs));
  std::unique_ptr<Keys> keys;
  if (shows_live(flags) && isatty(STDERR_FILENO) != 0) {
    block_terminal_signals();
    keys = std::make_unique<Keys>();
  }
  auto result = script_run.execute(std::move(outputs), keys.get());
  keys.reset();  // The terminal is as it was, whatever else may happen.
  if (!result) return refuse_run(result.error());
  if (const std::string& lost = script_run.lost_requests(); !lost.empty()) {
    problems.push_back("--requests: " + lost);
  }
  deliver(*result, flags, problems);
  const bool reported = write_ci_reports(*result, flags);
  const int code = reported ? result->exit_code : output::kExitInternalError;
  if (script_run.has_stuck_worker()) script_run.end_process(code);
  return code;
}

void add_mock_flags(CLI::App& command, RunFlags& flags) {
  command.add_flag("--mock{haiku}", flags.mock,
                   "Run the mock server beside the test; --mock=sonnet picks a profile");
  command.add_option("--mock-args", flags.mock_args,
                     "More flags for the mock, as in \"--itl 20ms --fail 429=5%\"");
}

void add_ci_flags(CLI::App& command, RunFlags& flags) {
  command.add_option("--junit", flags.junit_file, "Write JUnit XML for CI systems");
  command.add_option("--markdown", flags.markdown_file,
                     "Write Markdown; what $GITHUB_STEP_SUMMARY names is added to");
}

void add_progress_flags(CLI::App& command, RunFlags& flags) {
  command.add_option("--progress", flags.progress, "auto, live, plain or none")
      ->check(one_of({"auto", "live", "plain", "none"}));
  command.add_option("--summary", flags.summary, "short, full or none")
      ->check(one_of({"short", "full", "none"}));
  command
      .add_flag("--http-debug{headers}", flags.http_debug,
                "Print requests and answers on stderr; --http-debug=full with their bodies")
      ->check(one_of({"headers", "full"}));
}

void add_run_flags(CLI::App& command, RunFlags& flags) {
  add_mock_flags(command, flags);
  command.add_option("--json", flags.json_file, "Write the result file");
  command.add_option("--html", flags.html_file,
                     "Write a report with charts, one file that opens offline");
  command.add_option("--events", flags.events_file,
                     "Write when each event of each stream arrived; perigee events prints it");
  add_export_flags(command, flags);
  command
      .add_option(
          "--as", flags.as,
          "Report also as vllm, aiperf, guidellm, inference-perf, mlperf or k6 would; may be "
          "repeated")
      ->allow_extra_args(false);
  add_ci_flags(command, flags);
  add_progress_flags(command, flags);
}

void add_hook_flags(CLI::App& command, RunFlags& flags) {
  command.add_flag("--no-setup", flags.no_setup, "Leave out the script's setup()");
  command.add_flag("--no-teardown", flags.no_teardown, "Leave out the script's teardown()");
  command.add_flag("--jit", flags.use_jit,
                   "Compile scripts; the watchdog cannot stop a compiled loop");
}

void add_run_command(CLI::App& app, int& exit_code) {
  auto flags = std::make_shared<RunFlags>();
  CLI::App* command = app.add_subcommand("run", "Run a test script");
  add_script_flags(*command, *flags);
  add_option_flags(*command, *flags);
  add_run_flags(*command, *flags);
  add_hook_flags(*command, *flags);
  command->callback([command, flags, &exit_code] {
    take_rest(*command, *flags);
    exit_code = run(*flags);
  });
}

}  // namespace cli
