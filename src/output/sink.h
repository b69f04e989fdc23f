// Where text goes: a file of the terminal, or a string in a test.
#pragma once

#include <cstdio>
#include <functional>
#include <string_view>

namespace output {

using Sink = std::function<void(std::string_view)>;

// Writes and flushes, so that a reader sees each piece at once and whole.
// Lifetime: the file must outlive the sink.
Sink sink_to(std::FILE* file);

}  // namespace output
