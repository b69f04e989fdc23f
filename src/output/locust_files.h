// The four CSV files of `perigee run --csv`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/background_file.h"
#include "base/result.h"
#include "output/output.h"

namespace output {

struct LocustFilesOptions {
  std::string prefix;         // Of the files' paths.
  bool full_history = false;  // See locust_history().
  std::function<std::int64_t()> unix_time;
  // Takes what went wrong at the end, as in "run_stats.csv: …".
  std::function<void(const std::string& problem)> on_problem;
};

// PREFIX_stats_history.csv grows while the run goes, without holding it up; the other three are
// written at its end and have their headers until then.
class LocustFiles final : public Output {
 public:
  // Errors: a file that cannot be written; names it.
  static base::Result<std::unique_ptr<LocustFiles>> open(LocustFilesOptions options);

  void on_progress(const Progress& progress) override;
  void on_message(const std::string&) override {}
  void on_end(const RunResult& result) override;

 private:
  LocustFiles(LocustFilesOptions options, std::unique_ptr<base::BackgroundFile> history);

  LocustFilesOptions options_;
  std::unique_ptr<base::BackgroundFile> history_;
};

}  // namespace output
