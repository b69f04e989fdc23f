#include "output/locust_files.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "output/locust_csv.h"
#include "output/sample_run.h"
#include "temporary_file.h"

using namespace std::chrono_literals;
using namespace tests;

namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("three files are written at the end, and the history a moment at a time") {
  const TemporaryFile stats("_stats.csv", "");
  const std::string prefix = stats.path().substr(0, stats.path().size() - 10);
  std::vector<std::string> problems;
  std::int64_t now = 100;
  auto files = output::LocustFiles::open(
      {.prefix = prefix,
       .full_history = false,
       .unix_time = [&now] { return now; },
       .on_problem = [&problems](const std::string& text) { problems.push_back(text); }});
  REQUIRE(files);
  CHECK(text_of(prefix + "_stats.csv") == output::locust_stats_header());
  SampleRun run;
  run.add_completed("chat", "m", 5);
  run.add_failed("chat", "m", "truncated", 2);
  output::Progress progress;
  progress.vus = 3;
  progress.store = run.finish().store;
  progress.recent = progress.store;
  progress.recent_span = 1s;
  (*files)->on_progress(progress);
  ++now;
  (*files)->on_progress(progress);
  run.result().store = progress.store;
  run.result().script_errors = {{"oops", 1}};
  (*files)->on_end(run.result());
  CHECK(problems.empty());
  const auto row = [&](std::int64_t at) {
    return output::locust_history(*run.finish().store, *run.finish().store, {at, 3, 1s}, false);
  };
  CHECK(text_of(prefix + "_stats_history.csv") ==
        output::locust_history_header() + row(100) + row(101));
  CHECK(text_of(prefix + "_stats.csv") ==
        output::locust_stats_header() + output::locust_stats(*run.finish().store, 20s));
  CHECK(text_of(prefix + "_failures.csv") ==
        output::locust_failures_header() + "llm,chat,truncated,2\r\n");
  CHECK(text_of(prefix + "_exceptions.csv") ==
        output::locust_exceptions_header() + "1,oops,oops,local\r\n");
  for (const char* suffix : {"_stats_history.csv", "_failures.csv", "_exceptions.csv"}) {
    std::filesystem::remove(prefix + suffix);
  }
}

TEST_CASE("what cannot be written at the end is told, file by file") {
  const std::string folder = TemporaryFile("_folder", "").path();
  std::filesystem::create_directory(folder);
  std::vector<std::string> problems;
  auto files = output::LocustFiles::open(
      {.prefix = folder + "/run",
       .full_history = false,
       .unix_time = nullptr,
       .on_problem = [&problems](const std::string& text) { problems.push_back(text); }});
  REQUIRE(files);
  std::filesystem::remove_all(folder);
  SampleRun run;
  (*files)->on_end(run.finish());
  const std::string missing = ".csv: No such file or directory";
  CHECK(problems ==
        std::vector<std::string>{"cannot write " + folder + "/run_stats" + missing,
                                 "cannot write " + folder + "/run_failures" + missing,
                                 "cannot write " + folder + "/run_exceptions" + missing});
}

TEST_CASE("a folder that is not there is told before the run") {
  const auto files = output::LocustFiles::open({.prefix = "/no/such/folder/run",
                                                .full_history = false,
                                                .unix_time = nullptr,
                                                .on_problem = nullptr});
  REQUIRE_FALSE(files);
  CHECK(files.error().message ==
        "cannot write /no/such/folder/run_stats.csv: No such file or directory");
}
