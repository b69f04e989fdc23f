// The flags that the commands which load a script have in common.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/run_options.h"

namespace cli {

// One flag for each option that has one; they go into flags.options.
void add_option_flags(CLI::App& command, RunFlags& flags);

// The script, and the flags of its loading. Other words stay in the command's rest, for the options
// that the script declares.
void add_script_flags(CLI::App& command, RunFlags& flags);

// What there is to say about how a script is loaded: -e, --only, --skip, --config, --threads.
void add_loading_flags(CLI::App& command, RunFlags& flags);

// Once the command line was read: the words that were left, and the names of all flags.
void take_rest(const CLI::App& command, RunFlags& flags);

// The long names of a command's flags, as in "--duration".
std::vector<std::string> flag_names(const CLI::App& command);

// One of these words; the error says what was expected and what it may have meant.
CLI::Validator one_of(std::vector<std::string> words);

// CLI11 would read -1 as a very large number.
CLI::Validator whole_number();

}  // namespace cli
