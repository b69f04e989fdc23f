#include "cli/search_command.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/load_flags.h"
#include "cli/load_search.h"
#include "cli/option_values.h"
#include "cli/run_command.h"
#include "cli/search_text.h"
#include "cli/terminal.h"
#include "metrics/threshold.h"
#include "output/search_html.h"
#include "output/text_file.h"
#include "output/verdict.h"

namespace cli {
namespace {

struct SearchFlags {
  RunFlags run;
  SearchOptions options;
  std::string by = "rate";
  std::string arrival = "uniform";
  std::string shortest = "10s";
  std::string longest = "2m";
  std::string json_file;
  std::string html_file;
};

// The most samples that one of the objectives' percentiles wants.
base::Result<std::uint64_t> samples_for(const std::vector<std::string>& objectives) {
  const metrics::Registry registry;
  std::uint64_t most = 0;
  for (const std::string& text : objectives) {
    const auto threshold = metrics::parse_threshold(text, registry);
    if (!threshold) return base::fail_at("--objective", threshold.error());
    if (threshold->aggregate == metrics::Threshold::Aggregate::kPercentile) {
      most = std::max(most, metrics::samples_wanted(threshold->percentile));
    }
  }
  return most;
}

base::Result<void> check_files(const SearchFlags& flags) {
  for (const auto& [flag, file] :
       {std::pair("--json", &flags.json_file), std::pair("--html", &flags.html_file)}) {
    if (file->empty()) continue;
    if (auto writable = output::check_writable(*file); !writable) {
      return base::fail_at(flag, writable.error());
    }
    std::error_code ignored;
    if (std::filesystem::equivalent(*file, flags.run.script, ignored)) {
      return base::fail("{}: {} is the script itself", flag, *file);
    }
  }
  std::error_code ignored;
  if (!flags.html_file.empty() &&
      (flags.html_file == flags.json_file ||
       std::filesystem::weakly_canonical(flags.html_file, ignored) ==
           std::filesystem::weakly_canonical(flags.json_file, ignored))) {
    return base::fail("--html: {} is the file of --json", flags.html_file);
  }
  return {};
}

base::Result<void> complete(SearchFlags& flags) {
  SearchOptions& options = flags.options;
  if (options.objectives.empty()) {
    return base::fail(
        "--objective: at least one is needed, such as --objective \"llm_ttft p(95) < 2s\"");
  }
  for (const char* name : {"vus", "duration", "iterations", "stages", "spawn_rate", "warmup"}) {
    if (!flags.run.options.contains(name)) continue;
    return base::fail("perigee search chooses {} itself, step by step; leave its flag out", name);
  }
  const auto samples = samples_for(options.objectives);
  if (!samples) return tl::unexpected(samples.error());
  StepRule& rule = options.rule;
  rule.samples = *samples;
  if (auto read = read_duration_flag("--min-step", flags.shortest, rule.shortest); !read) {
    return read;
  }
  if (auto read = read_duration_flag("--max-step", flags.longest, rule.longest); !read) return read;
  if (rule.longest < rule.shortest) {
    return base::fail("--max-step: {} is shorter than --min-step, {}", flags.longest,
                      flags.shortest);
  }
  if (options.most < options.first) {
    return base::fail("--to: {:g} is less than --from, {:g}", options.most, options.first);
  }
  options.by = flags.by == "users" ? LoadStep::By::kUsers : LoadStep::By::kRate;
  options.is_poisson = flags.arrival == "poisson";
  return check_files(flags);
}

bool write(const char* flag, const std::string& text, const std::string& file) {
  if (file.empty()) return true;
  const auto written = output::write_file(text, file);
  if (!written) fmt::print(stderr, "perigee: {}: {}\n", flag, written.error().message);
  return written.has_value();
}

bool write_files(const SearchFlags& flags, const LoadSearchResult& result,
                 const std::string& started_at) {
  output::SearchReport report = search_report(result, flags.options);
  report.script = flags.run.script;
  report.started_at = started_at;
  const bool json =
      write("--json", search_json(result, flags.options).dump(2) + "\n", flags.json_file);
  return write("--html", output::search_html(report), flags.html_file) && json;
}

int exit_code_of(const LoadSearchResult& result, bool interrupted) {
  if (interrupted) return output::kExitInterrupted;
  if (result.end == StepOutcome::kClientGaveIn) return output::kExitNotJudged;
  return result.held > 0 ? output::kExitPassed : output::kExitFailed;
}

int search(SearchFlags& flags) {
  const auto refuse = [](const base::Error& error) {
    fmt::print(stderr, "perigee: {}\n", error.message);
    return output::kExitBadOptions;
  };
  if (auto completed = complete(flags); !completed) return refuse(completed.error());
  const std::string started_at =
      fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  bool is_first = true;
  LoadSearch search(flags.run, flags.options, [&](const SearchStep& step) {
    if (std::exchange(is_first, false)) fmt::print("{}", search_header(step.plan.by));
    fmt::print("{}", search_line(step));
    std::fflush(stdout);
  });
  const auto result = search.run();
  if (!result) return refuse(result.error());
  fmt::print("\n{}", search_summary(*result, flags.options, summary_options()));
  const bool written = write_files(flags, *result, started_at);
  return written ? exit_code_of(*result, search.was_interrupted()) : output::kExitInternalError;
}

void add_search_flags(CLI::App& command, SearchFlags& flags) {
  SearchOptions& options = flags.options;
  command
      .add_option("--objective", options.objectives,
                  "What must hold, as in \"llm_ttft p(95) < 2s\"; may be repeated")
      ->allow_extra_args(false);
  command.add_option("--by", flags.by, "What is raised: rate (calls per second) or users")
      ->check(CLI::IsMember({"rate", "users"}))
      ->capture_default_str();
  command.add_option("--from", options.first, "The first rate or number of users")
      ->check(CLI::Range(0.001, 1e6))
      ->capture_default_str();
  command.add_option("--to", options.most, "The most to try")
      ->check(CLI::Range(0.001, 1e6))
      ->capture_default_str();
  command.add_option("--arrival", flags.arrival, "Of rates: uniform or poisson")
      ->check(CLI::IsMember({"uniform", "poisson"}))
      ->capture_default_str();
  command
      .add_option("--resolution", options.resolution,
                  "How near the knee is looked for, as a share of it")
      ->check(CLI::Range(0.005, 1.0))
      ->capture_default_str();
  command.add_option("--max-steps", options.most_steps, "The most steps")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command.add_option("--min-step", flags.shortest, "The least that a step lasts")
      ->capture_default_str();
  command.add_option("--max-step", flags.longest, "The most that a step lasts")
      ->capture_default_str();
  command.add_option("--json", flags.json_file, "Write the steps and the knee as JSON");
  command.add_option("--html", flags.html_file,
                     "Write a page with the knee, the steps and their curves over the load");
}

}  // namespace

void add_search_command(CLI::App& app, int& exit_code) {
  const auto flags = std::make_shared<SearchFlags>();
  CLI::App* command = app.add_subcommand(
      "search", "Find the highest rate, or number of users, at which objectives hold");
  add_script_flags(*command, flags->run);
  add_option_flags(*command, flags->run);
  add_mock_flags(*command, flags->run);
  add_search_flags(*command, *flags);
  command->callback([command, flags, &exit_code] {
    take_rest(*command, flags->run);
    if (const auto& options = flags->run.options; options.contains("budget")) {
      flags->options.budget_usd = options["budget"].get<double>();
    }
    exit_code = search(*flags);
  });
}

}  // namespace cli
