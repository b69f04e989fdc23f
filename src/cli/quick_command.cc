#include "cli/quick_command.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "base/text.h"
#include "cli/load_flags.h"
#include "cli/run_command.h"
#include "output/verdict.h"

namespace cli {
namespace {

struct QuickFlags {
  RunFlags run;
  std::string url;
  std::string prompt;
  std::string model;
  std::optional<std::uint64_t> max_tokens;
};

// What was given goes to the options that the script declares. "=": a prompt may begin with dashes.
void add_rest(QuickFlags& flags) {
  const auto add = [&flags](const std::string& name, const std::string& value) {
    if (!value.empty()) flags.run.rest.push_back("--" + name + "=" + value);
  };
  add("url", flags.url);
  add("prompt", flags.prompt);
  add("model", flags.model);
  if (flags.max_tokens) add("max-tokens", std::to_string(*flags.max_tokens));
}

// Errors: what cannot be a URL, before it becomes a thousand failed requests.
base::Result<void> check_url(const QuickFlags& flags) {
  if (flags.url.empty() && !flags.run.mock.empty()) return {};
  const std::string lower = base::to_lower(flags.url);
  if (lower.starts_with("http://") || lower.starts_with("https://")) return {};
  return base::fail(
      "quick: expected a URL such as \"https://api.example.com\", or --mock, got \"{}\"",
      flags.url);
}

int run_quick(QuickFlags& flags) {
  if (auto usable = check_url(flags); !usable) {
    fmt::print(stderr, "perigee: {}\n", usable.error().message);
    return output::kExitBadOptions;
  }
  flags.run.script = "embedded:perigee.internal.quick";
  add_rest(flags);
  return run(flags.run);
}

}  // namespace

void add_quick_command(CLI::App& app, int& exit_code) {
  auto flags = std::make_shared<QuickFlags>();
  CLI::App* command =
      app.add_subcommand("quick", "A first test with no script: GET a URL, or stream a prompt");
  command->add_option("url", flags->url,
                      "What to GET; with --prompt the base of a Messages API; may be left out with "
                      "--mock");
  command->add_option("--prompt", flags->prompt, "Stream answers to this prompt");
  command->add_option("--model", flags->model, "With --prompt (claude-haiku-4-5)");
  command->add_option("--max-tokens", flags->max_tokens, "With --prompt (256)")
      ->check(whole_number());
  add_option_flags(*command, flags->run);
  add_run_flags(*command, flags->run);
  command->add_option("--threads", flags->run.threads, "Worker threads (default: the cores)")
      ->check(CLI::Range(1, 256))
      ->envname("PERIGEE_THREADS");
  command->callback([flags, &exit_code] { exit_code = run_quick(*flags); });
}

}  // namespace cli
