#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace cli {

std::size_t terminal_width(int fd) {
  winsize size{};
  return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 100;
}

bool wants_colours(int fd) { return isatty(fd) != 0 && std::getenv("NO_COLOR") == nullptr; }

output::SummaryOptions summary_options() {
  return {.width = terminal_width(STDOUT_FILENO), .colours = wants_colours(STDOUT_FILENO)};
}

}  // namespace cli
