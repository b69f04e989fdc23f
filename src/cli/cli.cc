#include "cli/cli.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "base/text.h"
#include "cli/calibrate_command.h"
#include "cli/diagnose_command.h"
#include "cli/compare_command.h"
#include "cli/events_command.h"
#include "cli/inspect_command.h"
#include "cli/limits_command.h"
#include "cli/load_flags.h"
#include "cli/loading.h"
#include "cli/merge_command.h"
#include "cli/mock_command.h"
#include "cli/new_command.h"
#include "cli/plan_command.h"
#include "cli/quick_command.h"
#include "cli/report_command.h"
#include "cli/run_command.h"
#include "cli/search_command.h"
#include "cli/test_command.h"
#include "cli/version.h"
#include "output/verdict.h"

namespace cli {
namespace {

// CLI11's own messages name what is wrong; for misspelt words they do not say what is meant.
std::string explain(const CLI::App& app, const CLI::ParseError& error,
                    const std::vector<std::string>& words) {
  std::vector<std::string> commands;
  for (const CLI::App* command : app.get_subcommands({})) commands.push_back(command->get_name());
  if (app.get_subcommands().empty() && !words.empty() && !words[0].starts_with('-')) {
    return fmt::format("unknown command \"{}\"{}; known are {}", words[0],
                       base::did_you_mean(words[0], commands), base::join(commands, ", "));
  }
  for (const CLI::App* command : app.get_subcommands()) {
    for (const std::string& word : command->remaining()) {
      if (!word.starts_with('-')) continue;
      return fmt::format("unknown flag \"{}\"{}; see perigee {} --help", word,
                         base::did_you_mean(word, flag_names(*command)), command->get_name());
    }
  }
  return error.what();
}

// --help, and with a script what the script says about its own options.
int print_help(const CLI::App& app) {
  fmt::print("{}", app.help());
  for (const CLI::App* command : app.get_subcommands()) {
    const CLI::Option* script = command->get_option_no_throw("script");
    if (script == nullptr || script->results().empty()) continue;
    const auto help = script_help(script->results().front());
    if (!help) {
      fmt::print(stderr, "perigee: {}\n", help.error().message);
      return output::kExitBadOptions;
    }
    fmt::print("{}", *help);
  }
  return output::kExitPassed;
}

// A descriptor 0, 1 or 2 that the caller closed would be given to the first socket, and what is
// printed would go to it.
void hold_standard_descriptors() {
  int fd = 0;
  while (fd <= STDERR_FILENO) {
    fd = open("/dev/null", O_RDWR);
    if (fd < 0) return;
  }
  close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_descriptors();
  CLI::App app("perigee: a scriptable load-test engine for streaming LLM APIs", "perigee");
  app.require_subcommand(1);
  app.set_version_flag("--version", kVersion);
  int exit_code = 0;
  add_run_command(app, exit_code);
  add_inspect_command(app, exit_code);
  add_quick_command(app, exit_code);
  add_new_command(app, exit_code);
  add_mock_command(app, exit_code);
  add_calibrate_command(app, exit_code);
  add_report_command(app, exit_code);
  add_plan_command(app, exit_code);
  add_search_command(app, exit_code);
  add_limits_command(app, exit_code);
  add_diagnose_command(app, exit_code);
  add_merge_command(app, exit_code);
  add_compare_command(app, exit_code);
  add_events_command(app, exit_code);
  add_test_command(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return print_help(app);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --version.
    const std::vector<std::string> words(argv + 1, argv + argc);
    fmt::print(stderr, "perigee: {}\n", explain(app, error, words));
    return output::kExitBadOptions;
  } catch (const std::exception& error) {
    fmt::print(stderr, "perigee: internal error: {}\n", error.what());
    return output::kExitInternalError;
  }
  return exit_code;
}

}  // namespace cli
