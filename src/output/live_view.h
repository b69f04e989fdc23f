// What a run shows on a terminal while it runs.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "output/live_frame.h"
#include "output/output.h"
#include "output/sink.h"

namespace output {

struct LiveViewOptions {
  std::function<FrameSize()> size = [] { return FrameSize{}; };  // Asked before each drawing.
  // False where the terminal is somebody else's, as of a job in the background: nothing is drawn.
  std::function<bool()> in_foreground = [] { return true; };
  bool colours = true;  // False where NO_COLOR is set.
};

// A frame of lines that is drawn over the one before, for a terminal that knows ANSI sequences.
// Messages scroll above it, and the end removes it. A frame is one piece to the sink, and a line is
// overwritten before what is left of the old one is erased, so that nothing ever is blank. The
// cursor stays as it is, and nothing needs to be undone however the process ends.
//
// Where the terminal became smaller it has broken the lines that stand there, nobody can tell into
// how many rows: the screen is cleared, and the last messages stand above the frame again.
class LiveView final : public Output {
 public:
  LiveView(Sink sink, LiveViewOptions options);

  void on_progress(const Progress& progress) override;
  void on_message(const std::string& line) override;
  void on_end(const RunResult&) override;
  void on_suspend() override;   // Removes the frame.
  void on_continue() override;  // What stands on the terminal is no longer known.

 private:
  std::string go_to_top();
  std::string draw();
  void remove();

  Sink sink_;
  LiveViewOptions options_;
  std::vector<std::string> lines_;    // The newest frame.
  std::size_t drawn_ = 0;             // Lines of it on the terminal,
  FrameSize drawn_at_;                // which had this size then.
  std::deque<std::string> messages_;  // The last lines.
};

}  // namespace output
