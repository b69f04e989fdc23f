// perigee mock: runs a server that behaves like the Claude API.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "mock/options.h"

namespace cli {

// The flags as they were given; "" leaves a setting to the profile.
struct MockFlags {
  std::string host = "127.0.0.1";
  std::int64_t port = 8787;  // 0 takes a free one.
  std::string profile = "haiku";
  std::string ttft;
  std::string itl;
  std::string tokens;
  std::string tokens_per_delta;
  std::string fail;
  std::string freeze;
  std::string record_file;
  std::uint64_t seed = 1;
  int ready_fd = -1;  // Gets "PORT\n" once the mock listens, and is closed then.
  bool dies_with_parent = false;
};

// Errors: the first flag with a bad value, named: `--itl: expected …`.
base::Result<mock::Options> parse_mock_flags(const MockFlags& flags);

// Registers the subcommand. Its callback serves until SIGINT or SIGTERM and sets exit_code: 0 after
// such a signal, 104 for a bad value or an address or file that cannot be used.
void add_mock_command(CLI::App& app, int& exit_code);

}  // namespace cli
