// The text at the end of a run: did it pass, is it valid, what did it cost; then the numbers.
#pragma once

#include <string>

#include "output/output.h"
#include "output/page.h"
#include "output/sink.h"

namespace output {

std::string summary_text(const RunResult& result, const SummaryOptions& options);

// Writes the summary once, at the end; what the script's summary() made for stdout, where it made
// anything, in place of ours.
class Summary final : public Output {
 public:
  Summary(Sink sink, SummaryOptions options) : sink_(std::move(sink)), options_(options) {}

  void on_progress(const Progress&) override {}
  void on_message(const std::string&) override {}
  void on_end(const RunResult& result) override;

 private:
  Sink sink_;
  SummaryOptions options_;
};

}  // namespace output
