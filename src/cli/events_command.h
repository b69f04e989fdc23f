// perigee events: prints a file of --events as JSON lines.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "llm/timeline.h"

namespace cli {

// One line, without its newline. docs/events-file.md lists the fields; `all` adds all_events.
std::string timeline_json(const llm::Timeline& timeline, bool all);

// Registers the subcommand. Its callback prints on stdout and sets exit_code: 104 for a file that
// cannot be read, is none of ours or is damaged, when what is whole of it has been printed.
void add_events_command(CLI::App& app, int& exit_code);

}  // namespace cli
