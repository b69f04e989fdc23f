#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace cli {

output::FrameSize terminal_size(int fd) {
  winsize size{};
  const bool known = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return {.columns = known ? size.ws_col : std::size_t{100},
          .rows = known && size.ws_row > 0 ? size.ws_row : std::size_t{24}};
}

bool can_redraw(int fd) {
  const char* name = std::getenv("TERM");
  return isatty(fd) != 0 && (name == nullptr || std::string_view(name) != "dumb");
}

bool wants_colours(int fd) {
  const char* no_colour = std::getenv("NO_COLOR");
  return can_redraw(fd) && (no_colour == nullptr || *no_colour == '\0');
}

output::SummaryOptions summary_options(std::string_view detail) {
  return {.width = terminal_size(STDOUT_FILENO).columns,
          .colours = wants_colours(STDOUT_FILENO),
          .detail = detail == "full"   ? output::Detail::kFull
                    : detail == "none" ? output::Detail::kNone
                                       : output::Detail::kShort,
          .is_terminal = isatty(STDOUT_FILENO) != 0};
}

}  // namespace cli
