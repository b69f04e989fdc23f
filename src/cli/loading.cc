#include "cli/loading.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "cli/budget_options.h"
#include "cli/option_values.h"

namespace cli {

using base::Result;

Loading::Loading()
    : surroundings_{.registry = registry_,
                    .notices = notices_,
                    .shared = shared_,
                    .variables = {},
                    .flags = {},
                    .only = {},
                    .skip = {},
                    .host = ""} {}

Result<void> Loading::prepare(const RunFlags& flags) {
  auto variables = parse_variables(flags.variables);
  if (!variables) return tl::unexpected(variables.error());
  auto script_flags = parse_script_flags(flags.rest, flags.flag_names);
  if (!script_flags) return tl::unexpected(script_flags.error());
  script_flags_ = std::move(*script_flags);
  surroundings_.variables = std::move(*variables);
  surroundings_.flags = flag_texts(script_flags_);
  surroundings_.only = flags.only;
  surroundings_.skip = flags.skip;
  surroundings_.use_jit = flags.use_jit;
  // A config file in Lua may ask for all of these.
  auto sources = read_option_sources(flags, surroundings_);
  print_notices();
  if (!sources) return tl::unexpected(sources.error());
  sources_ = std::move(*sources);
  // The workers get what the script says as well; here it is not there to be asked yet.
  const auto host = read_text(peek_option("host", flags, sources_));
  surroundings_.host = host.value_or("");
  const auto seed = read_whole(peek_option("seed", flags, sources_));
  surroundings_.seed = seed ? *seed : draw_seed();
  return {};
}

Result<void> Loading::load_description(const RunFlags& flags) {
  const auto script = script::Script::load(flags.script, surroundings_);
  print_notices();
  if (!script && !script_flags_.empty() && !std::filesystem::exists(flags.script)) {
    return base::fail("{}; a script's own options, here --{}, come after its name",
                      script.error().message, script_flags_.begin()->first);
  }
  if (!script) return tl::unexpected(script.error());
  description_ = (*script)->description();
  return {};
}

Result<RunSettings> Loading::load(const RunFlags& flags) {
  if (auto loaded = load_description(flags); !loaded) return tl::unexpected(loaded.error());
  auto known = check_script_flags(script_flags_, shared_.declared(), flags.flag_names);
  if (!known) return tl::unexpected(known.error());
  auto settings = consolidate(flags, sources_, description_, registry_, surroundings_.seed);
  if (!settings) return settings;
  if (auto done = settle_budget(*settings, shared_.models()); !done) {
    return tl::unexpected(done.error());
  }
  if (settings->budget_usd) settings->options["budget_usd"] = *settings->budget_usd;
  for (const std::string& note : settings->notes) fmt::print(stderr, "perigee: {}\n", note);
  surroundings_.seed = settings->plan.seed;
  if (!settings->host.empty()) surroundings_.host = settings->host;
  // The workers load it again, and are quiet about it.
  surroundings_.log_while_loading = false;
  surroundings_.workers = static_cast<std::uint64_t>(settings->threads);
  return settings;
}

void Loading::print_notices() {
  for (const std::string& line : notices_.take().lines) fmt::print(stderr, "{}\n", line);
}

Result<std::string> script_help(const std::string& script) {
  RunFlags flags;
  flags.script = script;
  Loading loading;
  if (auto prepared = loading.prepare(flags); !prepared) return tl::unexpected(prepared.error());
  pretend_keys(loading.surroundings());
  if (auto done = loading.load_description(flags); !done) return tl::unexpected(done.error());
  return script_flags_help(loading.shared().declared());
}

void pretend_keys(script::Surroundings& surroundings) {
  for (const char* name : {"ANTHROPIC_API_KEY", "OPENAI_API_KEY"}) {
    if (std::getenv(name) == nullptr) surroundings.variables.emplace(name, "none");
  }
}

}  // namespace cli
