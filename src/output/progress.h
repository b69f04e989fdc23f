// What a run shows while it runs.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "output/output.h"
#include "output/sink.h"

namespace output {

// One line with the figures of a moment, without a newline.
std::string progress_line(const Progress& progress);

struct PlainProgressOptions {
  base::Duration interval = std::chrono::seconds(5);
};

// A line every few seconds of the run, for logs and pipes. Messages stand as they are.
class PlainProgress final : public Output {
 public:
  PlainProgress(Sink sink, PlainProgressOptions options);

  void on_progress(const Progress& progress) override;
  void on_message(const std::string& line) override;
  void on_end(const RunResult&) override {}

 private:
  Sink sink_;
  PlainProgressOptions options_;
  base::Duration next_;
};

struct LiveProgressOptions {
  std::size_t width = 80;  // The terminal's columns; no line is wider.
  bool colours = true;     // False where NO_COLOR is set.
};

// A few lines redrawn in place at every call, for a terminal that knows ANSI sequences. Messages
// scroll above them, and the end removes them.
class LiveProgress final : public Output {
 public:
  LiveProgress(Sink sink, LiveProgressOptions options);

  void on_progress(const Progress& progress) override;
  void on_message(const std::string& line) override;
  void on_end(const RunResult&) override;

 private:
  std::string erase();  // The sequence that removes what was drawn; nothing is drawn after it.
  std::string draw();

  Sink sink_;
  LiveProgressOptions options_;
  std::vector<std::string> lines_;
  std::size_t drawn_ = 0;  // Lines on the terminal.
};

}  // namespace output
