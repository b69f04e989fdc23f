#include "cli/ci_reports.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string_view>

#include "cli/version.h"
#include "output/annotations.h"
#include "output/junit.h"
#include "output/markdown.h"
#include "output/text_file.h"
#include "output/verdict.h"

namespace cli {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

base::Result<void> written(const char* flag, const std::string& path, base::Result<void> done) {
  if (done) return done;
  return base::fail("{}: cannot write \"{}\": {}", flag, path, done.error().message);
}

bool say(const base::Result<void>& done) {
  if (!done) fmt::print(stderr, "perigee: {}\n", done.error().message);
  return done.has_value();
}

base::Result<void> check_file(const char* flag, const std::string& path, const RunFlags& flags) {
  if (path.empty()) return {};
  std::error_code ignored;
  if (std::filesystem::equivalent(path, flags.script, ignored)) {
    return base::fail("{}: {} is the script itself", flag, path);
  }
  if (auto writable = output::check_writable(path); !writable) {
    return base::fail_at(flag, writable.error());
  }
  return {};
}

}  // namespace

base::Result<void> check_ci_files(const RunFlags& flags) {
  const std::string& markdown = flags.markdown_file;
  if (!markdown.empty() && markdown == flags.junit_file) {
    return base::fail("--markdown: {} is the file of --junit", markdown);
  }
  if (auto usable = check_file("--junit", flags.junit_file, flags); !usable) return usable;
  return check_file("--markdown", flags.markdown_file, flags);
}

base::Result<void> write_junit(const std::string& document, const RunFlags& flags) {
  const std::string& path = flags.junit_file;
  if (path.empty()) return {};
  return written("--junit", path, output::write_file(document, path));
}

base::Result<void> write_markdown(const std::string& document, const RunFlags& flags) {
  const std::string& path = flags.markdown_file;
  if (path.empty()) return {};
  // What earlier commands of the same step wrote there stays.
  const bool is_step_summary = path == variable("GITHUB_STEP_SUMMARY");
  return written("--markdown", path,
                 is_step_summary ? output::append_to_file(document, path)
                                 : output::write_file(document, path));
}

void print_annotations(const output::RunResult& result) {
  if (variable("GITHUB_ACTIONS") != "true") return;
  const std::string text = output::annotations(result);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

bool write_ci_files(const output::RunResult& result, const RunFlags& flags) {
  bool all = true;
  if (!flags.junit_file.empty()) {
    all &= say(write_junit(
        output::junit_document({output::junit_suite(result)}, "perigee run"), flags));
  }
  if (!flags.markdown_file.empty()) {
    all &= say(write_markdown(output::markdown(result), flags));
  }
  return all;
}

bool write_ci_reports(const output::RunResult& result, const RunFlags& flags) {
  print_annotations(result);
  return write_ci_files(result, flags);
}

output::RunResult refused_run(const std::string& script, const base::Error& error) {
  output::RunResult result;
  result.script = script;
  result.version = kVersion;
  result.started_at = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  result.end_reason = error.message;
  result.exit_code = output::kExitBadOptions;
  return result;
}

}  // namespace cli
