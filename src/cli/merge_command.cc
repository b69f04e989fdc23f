#include "cli/merge_command.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "analysis/result_reader.h"
#include "cli/terminal.h"
#include "output/merge.h"
#include "output/result_file.h"
#include "output/stored_result.h"
#include "output/summary.h"
#include "output/verdict.h"

namespace cli {
namespace {

struct MergeFlags {
  std::vector<std::string> files;
  std::string json_file;
  bool in_sequence = false;
};

base::Result<void> check_files(const MergeFlags& flags) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  for (std::size_t i = 0; i < flags.files.size(); ++i) {
    const std::string& file = flags.files[i];
    for (std::size_t j = 0; j < i; ++j) {
      if (!fs::equivalent(file, flags.files[j], ignored)) continue;
      return base::fail("{} is given twice: its requests would count twice", file);
    }
    if (!flags.json_file.empty() && fs::equivalent(file, flags.json_file, ignored)) {
      return base::fail("--json: {} is one of the files to merge", flags.json_file);
    }
  }
  if (flags.files.size() < 2) return base::fail("expected two result files or more, got one");
  if (flags.json_file.empty()) return {};
  if (auto writable = output::check_result_path(flags.json_file); !writable) {
    return base::fail_at("--json", writable.error());
  }
  return {};
}

struct LoadedRun {
  analysis::StoredRun run;
  output::RunResult result;
};

base::Result<output::MergedRun> merged(const MergeFlags& flags, std::list<LoadedRun>& loaded) {
  std::vector<output::MergePart> parts;
  for (const std::string& file : flags.files) {
    auto run = analysis::read_result_file(file);
    if (!run) return tl::unexpected(run.error());
    LoadedRun& kept = loaded.emplace_back(LoadedRun{std::move(*run), {}});
    auto result = output::to_run_result(kept.run, file);
    if (!result) return tl::unexpected(result.error());
    kept.result = std::move(*result);
    parts.push_back({file, &kept.run, &kept.result});
  }
  return output::merge_runs(parts, flags.in_sequence ? output::Arrangement::kInSequence
                                                     : output::Arrangement::kSideBySide);
}

int refuse(const base::Error& error) {
  fmt::print(stderr, "perigee: {}\n", error.message);
  return output::kExitBadOptions;
}

int merge(const MergeFlags& flags) {
  if (auto usable = check_files(flags); !usable) return refuse(usable.error());
  std::list<LoadedRun> loaded;
  const auto whole = merged(flags, loaded);
  if (!whole) return refuse(whole.error());
  const std::string text = output::summary_text(whole->result, summary_options("short"));
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (!flags.json_file.empty()) {
    if (auto written = output::write_result_file(whole->result, flags.json_file); !written) {
      fmt::print(stderr, "perigee: --json: {}\n", written.error().message);
      return output::kExitInternalError;
    }
  }
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return whole->result.exit_code;
  fmt::print(stderr, "perigee: the summary could not be written to stdout\n");
  return output::kExitInternalError;
}

}  // namespace

void add_merge_command(CLI::App& app, int& exit_code) {
  const auto flags = std::make_shared<MergeFlags>();
  CLI::App* command = app.add_subcommand("merge", "Make several runs of one test into one result");
  command->add_option("files", flags->files, "What run --json wrote, two or more")->required();
  command->add_option("--json", flags->json_file, "Write the merged result file");
  command->add_flag("--in-sequence", flags->in_sequence,
                    "The runs came one after the other: their times add up (else side by side)");
  command->callback([flags, &exit_code] { exit_code = merge(*flags); });
}

}  // namespace cli
