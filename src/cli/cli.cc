#include "cli/cli.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "cli/mock_command.h"
#include "cli/run_command.h"
#include "cli/version.h"
#include "output/verdict.h"

namespace cli {

int main(int argc, char** argv) {
  CLI::App app("perigee: a scriptable load-test engine for streaming LLM APIs", "perigee");
  app.require_subcommand(1);
  app.set_version_flag("--version", kVersion);
  int exit_code = 0;
  add_run_command(app, exit_code);
  add_mock_command(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : output::kExitBadOptions;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "perigee: internal error: %s\n", error.what());
    return output::kExitInternalError;
  }
  return exit_code;
}

}  // namespace cli
