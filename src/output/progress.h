// What a run says while it runs, where there is no terminal to draw on.
#pragma once

#include <string>

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

}  // namespace output
