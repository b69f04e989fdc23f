#include "cli/calibration.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path =
      fs::temp_directory_path() / ("perigee_calibration_test_" + std::to_string(getpid()));
  Folder() { fs::remove_all(path); }
  ~Folder() { fs::remove_all(path); }
  std::string file() const { return (path / "cache/perigee/calibration.json").string(); }
  void write(const std::string& text) const {
    fs::create_directories(fs::path(file()).parent_path());
    std::ofstream(file()) << text;
  }
};

cli::Calibration sample(int threads = 2) {
  return {.host = {.cpu = "Test CPU", .cpus = 4, .threads = threads, .version = "1.2"},
          .at = "2026-11-25T10:00:00Z",
          .streams = {1200, "client"},
          .events_per_second = {58000.5, "mock"},
          .requests_per_second = {4000, "cores"},
          .memory_per_stream = 38000};
}

std::optional<cli::Calibration> load(const Folder& folder, const cli::CalibratedHost& host) {
  const auto loaded = cli::load_calibration(folder.file(), host);
  REQUIRE(loaded);
  return *loaded;
}

// Sets a variable of the environment for as long as it lives.
struct Variable {
  std::string name;
  std::optional<std::string> before;
  Variable(const char* given, const char* value) : name(given) {
    if (const char* old = std::getenv(given)) before = old;
    value == nullptr ? unsetenv(given) : setenv(given, value, 1);
  }
  ~Variable() { before ? setenv(name.c_str(), before->c_str(), 1) : unsetenv(name.c_str()); }
};

}  // namespace

TEST_CASE("a calibration is found again as it was saved") {
  const Folder folder;
  CHECK_FALSE(load(folder, sample().host));
  REQUIRE(cli::save_calibration(folder.file(), sample()));
  CHECK(load(folder, sample().host) == sample());
  cli::Calibration without_memory = sample();
  without_memory.memory_per_stream.reset();
  REQUIRE(cli::save_calibration(folder.file(), without_memory));
  CHECK(load(folder, sample().host) == without_memory);
}

TEST_CASE("another machine's calibration, or another version's, is none of ours") {
  const Folder folder;
  REQUIRE(cli::save_calibration(folder.file(), sample()));
  for (int field = 0; field < 4; ++field) {
    cli::CalibratedHost other = sample().host;
    if (field == 0) other.cpu = "Other CPU";
    if (field == 1) other.cpus = 8;
    if (field == 2) other.threads = 1;
    if (field == 3) other.version = "1.3";
    CHECK_FALSE(load(folder, other));
  }
}

TEST_CASE("calibrations of several hosts stand beside each other") {
  const Folder folder;
  REQUIRE(cli::save_calibration(folder.file(), sample(1)));
  REQUIRE(cli::save_calibration(folder.file(), sample(2)));
  cli::Calibration newer = sample(1);
  newer.streams.value = 700;
  REQUIRE(cli::save_calibration(folder.file(), newer));
  CHECK(load(folder, sample(1).host) == newer);
  CHECK(load(folder, sample(2).host) == sample(2));
}

TEST_CASE("a damaged file is named with its mend, and saving writes it anew") {
  const Folder folder;
  const auto* const text =
      GENERATE("", "{", "[]", "null", R"({"schema":"other"})",
               R"({"schema":"perigee-calibration","schema_version":2,"calibrations":[]})",
               R"({"schema":"perigee-calibration","schema_version":1})",
               R"({"schema":"perigee-calibration","schema_version":1,"calibrations":[{"cpu":3}]})");
  folder.write(text);
  const auto loaded = cli::load_calibration(folder.file(), sample().host);
  REQUIRE_FALSE(loaded);
  CHECK_THAT(loaded.error().message, Contains(folder.file()));
  CHECK_THAT(loaded.error().message, Contains("delete it, or write it anew with"));
  REQUIRE(cli::save_calibration(folder.file(), sample()));
  CHECK(load(folder, sample().host) == sample());
}

TEST_CASE("a place that cannot be written is named") {
  const auto saved = cli::save_calibration("/proc/none/calibration.json", sample());
  REQUIRE_FALSE(saved);
  CHECK_THAT(saved.error().message, Contains("cannot write /proc/none/calibration.json"));
}

TEST_CASE("the file lies in the user's cache") {
  const Variable home("HOME", "/home/me");
  {
    const Variable cache("XDG_CACHE_HOME", "/var/cache/me");
    CHECK(cli::calibration_path() == "/var/cache/me/perigee/calibration.json");
  }
  for (const char* ignored : {static_cast<const char*>(nullptr), "", "relative"}) {
    const Variable cache("XDG_CACHE_HOME", ignored);
    CHECK(cli::calibration_path() == "/home/me/.cache/perigee/calibration.json");
  }
  const Variable no_home("HOME", nullptr);
  const Variable no_cache("XDG_CACHE_HOME", nullptr);
  CHECK(cli::calibration_path().empty());
}

TEST_CASE("this host has a name") {
  const cli::CalibratedHost host = cli::this_host(3);
  CHECK(host.threads == 3);
  CHECK(host.cpus >= 1);
  CHECK_FALSE(host.cpu.empty());
  CHECK_FALSE(host.version.empty());
}
