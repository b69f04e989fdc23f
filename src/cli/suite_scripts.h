// Which scripts a suite has: found, filtered, divided.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cli {

struct SuiteScript {
  std::string path;    // As it is run and shown.
  std::string name;    // Beneath the folder that was given, as in "chat/long_test.lua".
  std::string config;  // The nearest suite.lua, from its own folder up to the one that was given.
};

// Every *_test.lua in and below the folders, and the files that are named themselves, each once,
// sorted by path. Hidden folders and links to folders are left out.
//
// Errors: a path that is not there or cannot be read; that no script was found; two scripts with
// one name, which would be one result.
base::Result<std::vector<SuiteScript>> find_suite_scripts(const std::vector<std::string>& paths);

// Those whose path matches: as a whole where the pattern has * or ?, else a part of it.
std::vector<SuiteScript> filtered(std::vector<SuiteScript> scripts, std::string_view pattern);

// One of `of` parts of a suite. Together they are the whole, and no script is in two of them.
struct Shard {
  std::size_t index = 1;  // From 1.
  std::size_t of = 1;
};

// "2/4"
base::Result<Shard> parse_shard(const std::string& text);

std::vector<SuiteScript> shard_of(const std::vector<SuiteScript>& scripts, Shard shard);

}  // namespace cli
