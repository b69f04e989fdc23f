// perigee test: runs a suite of scripts as one test.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/run_options.h"

namespace cli {

struct TestFlags {
  RunFlags run;  // What holds for every script; its json_file is a folder.
  std::vector<std::string> paths;
  std::string filter;
  std::string shard;
  std::string summaries = "failed";  // Or "all", "none".
  bool fail_fast = false;
  bool list = false;
};

// Registers the subcommand. Its callback runs the suite and sets exit_code: the gravest of its
// scripts'.
void add_test_command(CLI::App& app, int& exit_code);

}  // namespace cli
