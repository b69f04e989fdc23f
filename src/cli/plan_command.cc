#include "cli/plan_command.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/capacity_plan.h"
#include "analysis/measured_workload.h"
#include "base/duration.h"
#include "base/text.h"
#include "cli/load_flags.h"
#include "cli/memory_probe.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "mock/limit_options.h"
#include "output/capacity_text.h"
#include "output/text_file.h"
#include "output/verdict.h"

namespace cli {
namespace {

struct PlanFlags {
  std::string file;
  std::string rate;
  std::string stream;
  std::optional<double> input;
  std::optional<double> cached;
  std::optional<double> output;
  std::string model;
  std::optional<double> requests_per_call;
  std::string tier;
  std::optional<double> tokens_per_day;
  std::optional<std::uint64_t> concurrency;
  double headroom = 1.5;
  std::string wait = "10s";
  std::string spike;
  double shared_prefix = 0;
  std::vector<std::string> against;
  bool measure = false;
  std::optional<pid_t> pid;
  std::string script;
  std::uint64_t users = 40;
  std::string json_file;
  std::string markdown_file;
};

constexpr const char* kRateForm = R"(expected a rate above zero such as "2.5/s", "150/min" or )"
                                  R"("9000/h", got "{}")";

// Calls per second.
base::Result<double> parse_rate(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  const double seconds = unit == "/s"                     ? 1
                         : unit == "/min" || unit == "/m" ? 60
                         : unit == "/h"                   ? 3'600
                         : unit == "/d" || unit == "/day" ? 86'400
                                                          : 0;
  const bool is_rate = error == std::errc() && seconds > 0 && number > 0 && number < 1e12;
  if (!is_rate) return base::fail(fmt::runtime(kRateForm), text);
  return number / seconds;
}

base::Result<double> parse_positive_seconds(std::string_view text) {
  const auto duration = base::parse_duration(text);
  if (!duration) return tl::unexpected(duration.error());
  if (*duration <= base::Duration::zero()) {
    return base::fail("expected a duration above zero, got \"{}\"", text);
  }
  return base::to_seconds(*duration);
}

// "8/s:3m"
base::Result<analysis::Spike> parse_spike(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) {
    return base::fail("expected a rate and how long it lasts, such as \"8/s:3m\", got \"{}\"",
                      text);
  }
  const auto rate = parse_rate(text.substr(0, colon));
  if (!rate) return tl::unexpected(rate.error());
  const auto seconds = parse_positive_seconds(text.substr(colon + 1));
  if (!seconds) return tl::unexpected(seconds.error());
  return analysis::Spike{.calls_per_s = *rate, .duration_s = *seconds};
}

analysis::Limits limits_for(std::string name, const mock::LimitOptions& options,
                            const std::string& model) {
  const mock::ClassLimits limits = mock::limits_of(options, mock::limit_class(model));
  return {.name = std::move(name),
          .requests_per_minute = limits.requests,
          .input_tokens_per_minute = limits.input_tokens,
          .output_tokens_per_minute = limits.output_tokens,
          .streams = static_cast<double>(options.concurrency)};
}

// The published tiers of the scheme that the chosen one belongs to, else of the present one.
std::vector<analysis::Limits> published_tiers(const std::string& chosen, const std::string& model) {
  const auto is_numbered = [](const std::string& name) { return name.starts_with("tier-"); };
  std::vector<analysis::Limits> tiers;
  if (!model.empty() && model.find("claude") == std::string::npos) return tiers;
  for (const std::string& name : mock::preset_names()) {
    if (is_numbered(name) != is_numbered(chosen)) continue;
    tiers.push_back(limits_for(name, mock::parse_limits(name).value(), model));
  }
  return tiers;
}

base::Result<void> put_numbers(const PlanFlags& flags, analysis::Workload& workload) {
  if (!flags.rate.empty()) {
    const auto rate = parse_rate(flags.rate);
    if (!rate) return base::fail_at("--rate", rate.error());
    workload.calls_per_s = *rate;
  }
  if (!flags.stream.empty()) {
    const auto seconds = parse_positive_seconds(flags.stream);
    if (!seconds) return base::fail_at("--stream", seconds.error());
    workload.stream_s = *seconds;
  }
  if (!flags.model.empty()) workload.model = flags.model;
  if (flags.input || flags.cached) {
    const double cached = flags.cached.value_or(0);
    const double all = flags.input.value_or(workload.input_tokens + workload.cache_write_tokens +
                                            workload.cache_read_tokens);
    if (cached > all) {
      return base::fail("--cached: {:g} tokens of an input of {:g}; it is a part of --input",
                        cached, all);
    }
    workload.input_tokens = all - cached;
    workload.cache_read_tokens = cached;
    workload.cache_write_tokens = 0;
  }
  if (flags.output) workload.output_tokens = *flags.output;
  if (flags.requests_per_call) workload.requests_per_call = *flags.requests_per_call;
  if (workload.calls_per_s > 0 && workload.stream_s > 0) return {};
  if (workload.calls_per_s > 0) {
    return base::fail("--stream: give it, or the file of `perigee run --json`");
  }
  return base::fail("--rate: give it, or the file of `perigee run --json`{}",
                    flags.spike.empty() ? "" : "; it is what arrives before and after the spike");
}

base::Result<void> put_limits(const PlanFlags& flags, analysis::PlanQuestion& question) {
  const std::string& model = question.workload.model;
  if (!flags.tier.empty()) {
    const auto options = mock::parse_limits(flags.tier);
    if (!options) return base::fail_at("--tier", options.error());
    question.limits = limits_for(flags.tier, *options, model);
  }
  if (flags.tokens_per_day) {
    if (!question.limits) question.limits.emplace().name = "the day's limit";
    question.limits->tokens_per_day = *flags.tokens_per_day;
  }
  question.tiers = published_tiers(flags.tier, model);
  return {};
}

base::Result<void> put_memory(const PlanFlags& flags, analysis::PlanQuestion& question) {
  if (flags.pid && !flags.measure) return base::fail("--pid: goes with --measure");
  if (!flags.measure) return {};
  if (flags.pid && flags.script.empty()) {
    return base::fail("--pid: needs --script, the load that perigee puts on process {}",
                      *flags.pid);
  }
  block_stop_signals();
  fmt::print(stderr, "perigee plan: measuring memory, some {} s\n", flags.pid ? 40 : 20);
  auto use =
      flags.pid
          ? probe_service_memory({.script = flags.script, .pid = *flags.pid, .users = flags.users})
          : probe_own_memory();
  if (!use) return base::fail_at("--measure", use.error());
  question.memory.push_back(std::move(*use));
  return {};
}

base::Result<void> put_file(const PlanFlags& flags, analysis::PlanQuestion& question,
                            std::vector<std::string>& notes) {
  if (flags.file.empty()) return {};
  const auto run = analysis::read_result_file(flags.file);
  if (!run) return tl::unexpected(run.error());
  auto workload = analysis::measured_workload(*run, flags.file);
  if (!workload) return tl::unexpected(workload.error());
  question.workload = std::move(*workload);
  auto memory = analysis::measured_memory(*run, flags.file);
  if (memory) {
    question.memory.push_back(std::move(*memory));
  } else if (!flags.measure) {
    notes.push_back("memory: " + memory.error().message);
  }
  return {};
}

base::Result<analysis::CapacityPlan> make_plan(const PlanFlags& flags) {
  analysis::PlanQuestion question;
  std::vector<std::string> notes;
  if (auto put = put_file(flags, question, notes); !put) return tl::unexpected(put.error());
  if (auto put = put_numbers(flags, question.workload); !put) return tl::unexpected(put.error());
  if (auto put = put_limits(flags, question); !put) return tl::unexpected(put.error());
  question.headroom = flags.headroom;
  question.places = flags.concurrency;
  const auto wait = parse_positive_seconds(flags.wait);
  if (!wait) return base::fail_at("--wait", wait.error());
  question.tolerable_wait_s = *wait;
  if (!flags.spike.empty()) {
    const auto spike = parse_spike(flags.spike);
    if (!spike) return base::fail_at("--spike", spike.error());
    question.spike = *spike;
  }
  question.shared_prefix_tokens = flags.shared_prefix;
  question.other_models = flags.against;
  if (auto put = put_memory(flags, question); !put) return tl::unexpected(put.error());
  if (question.memory.empty() && flags.file.empty()) {
    notes.emplace_back(
        "memory is not known; --measure measures it, and --pid that of your service");
  }
  analysis::CapacityPlan plan = analysis::make_plan(std::move(question), llm::PriceTable());
  plan.notes.insert(plan.notes.begin(), notes.begin(), notes.end());
  return plan;
}

// Errors are said on stderr.
bool write(const char* flag, const std::string& path, const std::string& text) {
  if (path.empty()) return true;
  const auto written = output::write_file(text, path);
  if (!written) fmt::print(stderr, "perigee: {}: {}\n", flag, written.error().message);
  return written.has_value();
}

int print_plan(const PlanFlags& flags) {
  const auto plan = make_plan(flags);
  if (!plan) {
    fmt::print(stderr, "perigee: {}\n", plan.error().message);
    return output::kExitBadOptions;
  }
  fmt::print("{}", output::capacity_text(*plan, summary_options()));
  const bool json = write("--json", flags.json_file, output::capacity_json(*plan).dump(2) + "\n");
  const bool markdown = write("--markdown", flags.markdown_file, output::capacity_markdown(*plan));
  return json && markdown ? output::kExitPassed : output::kExitInternalError;
}

void add_workload_flags(CLI::App& command, PlanFlags& flags) {
  const auto tokens = CLI::Range(0.0, 1e9);
  command.add_option("file", flags.file,
                     "What run --json wrote: the workload's numbers, where no flag gives them");
  command.add_option("--rate", flags.rate, "Calls that arrive every day: 2.5/s, 150/min, 9000/h");
  command.add_option("--stream", flags.stream, "A stream's whole life, on average: 12s");
  command.add_option("--input", flags.input, "Input tokens of a request, cached ones too")
      ->check(tokens);
  command.add_option("--cached", flags.cached, "Those of them that the prompt cache serves")
      ->check(tokens);
  command.add_option("--output", flags.output, "Output tokens of a request, thinking too")
      ->check(tokens);
  command.add_option("--model", flags.model, "The model, for prices and limits");
  command.add_option("--requests-per-call", flags.requests_per_call, "Above 1 with retries (1)")
      ->check(CLI::Range(1.0, 100.0));
}

void add_supply_flags(CLI::App& command, PlanFlags& flags) {
  command.add_option("--tier", flags.tier,
                     "Limits to hold it against: start, build, scale, tier-1 … tier-4, or "
                     "rpm=50,itpm=30000,otpm=8000,concurrency=10");
  command.add_option("--tokens-per-day", flags.tokens_per_day, "A day's limit, beside the tier's")
      ->check(CLI::PositiveNumber);
  command
      .add_option("--concurrency", flags.concurrency,
                  "Streams that you provide (default: those needed, with headroom)")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100'000'000}));
  command.add_option("--headroom", flags.headroom, "How many times the average is provided")
      ->check(CLI::Range(1.0, 100.0))
      ->capture_default_str();
  command.add_option("--wait", flags.wait, "How long a call may wait in your queue")
      ->capture_default_str();
  command.add_option("--spike", flags.spike, "The rate at times, everyday calls included: 8/s:3m");
  command
      .add_option("--shared-prefix", flags.shared_prefix,
                  "Tokens at the beginning of every input that could be cached")
      ->check(CLI::Range(0.0, 1e9));
  command.add_option("--against", flags.against, "A model to compare costs with; may be repeated")
      ->allow_extra_args(false);
}

void add_measure_flags(CLI::App& command, PlanFlags& flags) {
  command.add_flag("--measure", flags.measure,
                   "Measure the memory of a stream in perigee, against its mock");
  command
      .add_option("--pid", flags.pid, "With --measure: of this process instead, your own service")
      ->check(CLI::PositiveNumber);
  command.add_option("--script", flags.script, "With --pid: the script that puts load on it");
  command.add_option("--users", flags.users, "With --pid: the most users of that script")
      ->check(CLI::Range(std::uint64_t{4}, std::uint64_t{1'000'000}))
      ->capture_default_str();
}

}  // namespace

void add_plan_command(CLI::App& app, int& exit_code) {
  const auto flags = std::make_shared<PlanFlags>();
  CLI::App* command = app.add_subcommand(
      "plan", "Say how many streams, what limits, memory, queue and money a workload needs");
  add_workload_flags(*command, *flags);
  add_supply_flags(*command, *flags);
  add_measure_flags(*command, *flags);
  command->add_option("--json", flags->json_file, "Write the plan as JSON");
  command->add_option("--markdown", flags->markdown_file, "Write the plan as Markdown");
  command->callback([flags, &exit_code] { exit_code = print_plan(*flags); });
}

}  // namespace cli
