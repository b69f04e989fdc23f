#include "cli/test_command.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/ci_reports.h"
#include "cli/load_flags.h"
#include "cli/run_command.h"
#include "cli/suite.h"
#include "cli/suite_scripts.h"
#include "output/verdict.h"

namespace cli {
namespace {

// What would be found only when the suite runs, or when it has run.
base::Result<void> check_flags(const TestFlags& flags) {
  const RunFlags& run = flags.run;
  if (run.mock.empty() && !run.mock_args.empty()) {
    return base::fail("--mock-args: goes with --mock, which was not given");
  }
  std::error_code ignored;
  if (std::filesystem::is_regular_file(run.json_file, ignored)) {
    return base::fail("--json: {}: expected a folder, which gets a file for each script",
                      run.json_file);
  }
  if (flags.list) return {};
  // Before the other reports are looked at: they may well go there too.
  std::error_code error;
  if (!run.json_file.empty()) std::filesystem::create_directories(run.json_file, error);
  if (error) return base::fail("--json: {}: {}", run.json_file, error.message());
  return check_ci_files(run);
}

base::Result<std::vector<SuiteScript>> choose_scripts(const TestFlags& flags) {
  Shard shard;
  if (!flags.shard.empty()) {
    const auto parsed = parse_shard(flags.shard);
    if (!parsed) return tl::unexpected(parsed.error());
    shard = *parsed;
  }
  auto found = find_suite_scripts(flags.paths);
  if (!found) return found;
  const std::size_t all = found->size();
  auto chosen = filtered(std::move(*found), flags.filter);
  if (chosen.empty()) {
    return base::fail("--filter: none of the {} scripts has \"{}\" in its path", all, flags.filter);
  }
  return shard_of(chosen, shard);
}

int refuse(const base::Error& error) {
  fmt::print(stderr, "perigee: {}\n", error.message);
  return output::kExitBadOptions;
}

int run_test(const TestFlags& flags) {
  if (auto usable = check_flags(flags); !usable) return refuse(usable.error());
  const auto scripts = choose_scripts(flags);
  if (!scripts) return refuse(scripts.error());
  if (!flags.list) return Suite(flags, *scripts).run();
  for (const SuiteScript& script : *scripts) fmt::print("{}\n", script.path);
  return output::kExitPassed;
}

}  // namespace

void add_test_command(CLI::App& app, int& exit_code) {
  auto flags = std::make_shared<TestFlags>();
  CLI::App* command = app.add_subcommand(
      "test", "Run every *_test.lua of a folder as one suite; its flags hold for all of them");
  command->add_option("paths", flags->paths, "Folders, or scripts")->required();
  add_loading_flags(*command, flags->run);
  add_option_flags(*command, flags->run);
  add_mock_flags(*command, flags->run);
  command->add_option("--filter", flags->filter,
                      "Only scripts with this in their path; with * or ? a pattern for all of it");
  command->add_option("--shard", flags->shard,
                      "Only one part of the suite, as in 2/4; the four parts are the whole");
  command->add_flag("--fail-fast", flags->fail_fast,
                    "Run no further script once one did not pass");
  command->add_flag("--list", flags->list, "Print which scripts would run, and run none");
  command->add_option("--json", flags->run.json_file, "A folder for a result file of each script");
  command->add_option("--summaries", flags->summaries, "Whose to print: failed, all or none")
      ->check(CLI::IsMember({"failed", "all", "none"}));
  add_ci_flags(*command, flags->run);
  add_progress_flags(*command, flags->run);
  add_hook_flags(*command, flags->run);
  command->callback([flags, &exit_code] { exit_code = run_test(*flags); });
}

}  // namespace cli
