#include "cli/report_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "analysis/definitions.h"
#include "analysis/result_reader.h"
#include "cli/ci_reports.h"
#include "cli/load_flags.h"
#include "cli/run_command.h"
#include "cli/terminal.h"
#include "metrics/builtin.h"
#include "output/html_report.h"
#include "output/result_file.h"
#include "output/stored_result.h"
#include "output/summary.h"
#include "output/text_report.h"
#include "output/verdict.h"

namespace cli {
namespace {

struct ReportFlags {
  std::string file;
  std::vector<std::string> as;
  std::string events_file;
  std::string summary = "short";
  std::string html_file;
  RunFlags ci;  // --junit, --markdown
  bool text = false;
};

// Those that the run was asked for and that are asked for now.
base::Result<std::vector<analysis::Definition>> stored_definitions(
    const output::RunResult& result, const std::vector<analysis::Profile>& profiles,
    const std::string& file) {
  std::vector<analysis::Definition> chosen;
  for (const analysis::Profile profile : profiles) {
    const auto found = std::find_if(
        result.definitions.begin(), result.definitions.end(),
        [profile](const auto& stored) { return stored.profile == to_string(profile); });
    if (found == result.definitions.end()) {
      return base::fail(
          "--as {0}: {1} does not have these figures; give the run's events file with --events, or "
          "run it with --as {0}",
          to_string(profile), file);
    }
    chosen.push_back(*found);
  }
  return chosen;
}

base::Result<void> choose_definitions(const ReportFlags& flags, output::RunResult& result) {
  if (flags.as.empty()) {
    if (flags.events_file.empty()) return {};
    return base::fail("--events: goes with --as, which was not given");
  }
  const auto profiles = analysis::parse_profiles(flags.as);
  if (!profiles) return base::fail_at("--as", profiles.error());
  auto definitions = flags.events_file.empty()
                         ? stored_definitions(result, *profiles, flags.file)
                         : analysis::define(*profiles, flags.events_file,
                                            {.measured = {},
                                             .iterations = static_cast<std::uint64_t>(
                                                 result.store->counter(metrics::kIterations))});
  if (!definitions) {
    if (flags.events_file.empty()) return tl::unexpected(definitions.error());
    return base::fail_at("--events", definitions.error());
  }
  result.definitions = std::move(*definitions);
  return {};
}

// The summary's text, or "" where a page was written instead.
base::Result<std::string> make_report(const ReportFlags& flags) {
  if (auto usable = check_ci_files(flags.ci); !usable) return tl::unexpected(usable.error());
  if (flags.text && !flags.as.empty()) {
    return base::fail("--text: has no place for --as; give one of them");
  }
  std::error_code ignored;
  if (std::filesystem::equivalent(flags.html_file, flags.file, ignored)) {
    return base::fail("--html: {} is the result file itself", flags.html_file);
  }
  const auto run = analysis::read_result_file(flags.file);
  if (!run) return tl::unexpected(run.error());
  auto result = output::to_run_result(*run, flags.file);
  if (!result) return tl::unexpected(result.error());
  if (auto chosen = choose_definitions(flags, *result); !chosen) {
    return tl::unexpected(chosen.error());
  }
  if (!write_ci_files(*result, flags.ci)) return base::fail("a report could not be written");
  if (flags.text) return output::text_report(*result);
  if (flags.html_file.empty()) {
    if (flags.summary == "none") return std::string();
    return output::summary_text(*result, summary_options(flags.summary));
  }
  if (auto writable = output::check_result_path(flags.html_file); !writable) {
    return base::fail_at("--html", writable.error());
  }
  if (auto written = output::write_html_report(*result, flags.html_file); !written) {
    return base::fail_at("--html", written.error());
  }
  return "";
}

int report(const ReportFlags& flags) {
  const auto text = make_report(flags);
  if (!text) {
    fmt::print(stderr, "perigee: {}\n", text.error().message);
    return output::kExitBadOptions;
  }
  std::fwrite(text->data(), 1, text->size(), stdout);
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return output::kExitPassed;
  fmt::print(stderr, "perigee: the report could not be written to stdout\n");
  return output::kExitInternalError;
}

}  // namespace

void add_report_command(CLI::App& app, int& exit_code) {
  const auto flags = std::make_shared<ReportFlags>();
  CLI::App* command =
      app.add_subcommand("report", "Show a result file again: its summary, or a page with charts");
  command->add_option("file", flags->file, "What run --json wrote")->required();
  command
      ->add_option("--as", flags->as,
                   "Report as vllm, aiperf, guidellm, inference-perf, mlperf or k6 would; may be "
                   "repeated")
      ->allow_extra_args(false);
  command->add_option("--summary", flags->summary, "short, full or none")
      ->check(one_of({"short", "full", "none"}));
  command->add_option("--events", flags->events_file,
                      "What run --events wrote, for figures that the result file does not have");
  add_ci_flags(*command, flags->ci);
  command->add_flag("--text", flags->text,
                    "As plain text of 80 columns, to be posted: with bottlenecks and what to do");
  command->add_option("--html", flags->html_file,
                      "Write it as a page with charts, one file that opens offline, instead");
  command->callback([flags, &exit_code] { exit_code = report(*flags); });
}

}  // namespace cli
