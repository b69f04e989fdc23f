// Files that a command writes at its end.
#pragma once

#include <string>

#include "base/result.h"

namespace output {

// Whether a file could be written there, to be asked before a run rather than after it.
// Errors: name the path and the reason.
base::Result<void> check_writable(const std::string& path);

// The file appears whole or not at all: it is written beside its place and then renamed. What is
// not a regular file, such as a pipe, is written to directly.
// Errors: the system's reason.
base::Result<void> write_file(const std::string& bytes, const std::string& path);

// Adds to what the file holds, which may be nothing.
// Errors: the system's reason.
base::Result<void> append_to_file(const std::string& bytes, const std::string& path);

}  // namespace output
