#include "output/locust_files.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "output/locust_csv.h"

namespace output {
namespace {

base::Result<void> write(const std::string& path, const std::string& text) {
  std::FILE* file = std::fopen(path.c_str(), "wbe");
  if (file == nullptr) return base::fail("cannot write {}: {}", path, std::strerror(errno));
  const bool whole = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const bool closed = std::fclose(file) == 0;  // A full disk may show itself only here.
  if (whole && closed) return {};
  return base::fail("{} could not be written whole: {}", path, std::strerror(errno));
}

}  // namespace

base::Result<std::unique_ptr<LocustFiles>> LocustFiles::open(LocustFilesOptions options) {
  for (const auto& [suffix, header] : {std::pair("_stats.csv", locust_stats_header()),
                                       std::pair("_failures.csv", locust_failures_header()),
                                       std::pair("_exceptions.csv", locust_exceptions_header())}) {
    if (auto written = write(options.prefix + suffix, header); !written) {
      return tl::unexpected(written.error());
    }
  }
  auto history = base::BackgroundFile::open(options.prefix + "_stats_history.csv");
  if (!history) return tl::unexpected(history.error());
  (*history)->write(locust_history_header());
  return std::unique_ptr<LocustFiles>(new LocustFiles(std::move(options), std::move(*history)));
}

LocustFiles::LocustFiles(LocustFilesOptions options, std::unique_ptr<base::BackgroundFile> history)
    : options_(std::move(options)), history_(std::move(history)) {}

void LocustFiles::on_progress(const Progress& progress) {
  if (progress.store == nullptr || progress.recent == nullptr) return;
  const LocustMoment moment{options_.unix_time(), progress.vus, progress.recent_span};
  history_->write(locust_history(*progress.store, *progress.recent, moment, options_.full_history));
}

void LocustFiles::on_end(const RunResult& result) {
  const auto note = [this](const base::Result<void>& written) {
    if (!written) options_.on_problem(written.error().message);
  };
  if (result.store != nullptr) {
    note(write(options_.prefix + "_stats.csv",
               locust_stats_header() + locust_stats(*result.store, result.counted_time())));
    note(write(options_.prefix + "_failures.csv",
               locust_failures_header() + locust_failures(*result.store)));
  }
  note(write(
      options_.prefix + "_exceptions.csv",
      locust_exceptions_header() + locust_exceptions(result.script_errors, result.hook_errors)));
  auto closed = history_->close();
  if (!closed) {
    closed = base::fail("{}_stats_history.csv: {}", options_.prefix, closed.error().message);
  } else if (history_->dropped() > 0) {
    closed = base::fail("{}_stats_history.csv: the disk was too slow: {} moments are missing",
                        options_.prefix, history_->dropped());
  }
  note(closed);
}

}  // namespace output
