// perigee mock: runs a server that behaves like the Claude API, and like OpenAI's.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "mock/options.h"

namespace cli {

// The flags as they were given; "" stands for none.
struct MockFlags {
  std::string host = "127.0.0.1";
  std::int64_t port = 8787;  // 0 takes a free one.
  std::string profile = "haiku";
  std::map<std::string, std::string> profile_settings{};  // By flag: "--ttft". Over the profile's.
  std::string fail;
  std::string faults;  // Like `fail`, or "@" and a file.
  std::string limits;
  std::string freeze;
  std::string batch_speed;
  std::string batch_duration;
  std::string record_file;
  std::uint64_t seed = 1;
  bool tls = false;
  std::string certificate_file;
  std::string key_file;
  bool quiet = false;  // Prints errors alone.
  int ready_fd = -1;   // Gets "PORT\n" once the mock listens, and is closed then.
};

// Errors: the first flag with a bad value, named: `--itl: expected …`.
base::Result<mock::Options> parse_mock_flags(const MockFlags& flags);

// The command's flags; they go into `flags`.
void add_mock_flags(CLI::App& command, MockFlags& flags);

// Registers the subcommand. Its callback serves until SIGINT or SIGTERM and sets exit_code: 0 after
// such a signal, 104 for a bad value or an address or file that cannot be used.
void add_mock_command(CLI::App& app, int& exit_code);

}  // namespace cli
