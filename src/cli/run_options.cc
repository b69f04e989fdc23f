#include "cli/run_options.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "base/duration.h"
#include "base/text.h"
#include "cli/host.h"
#include "cli/load_options.h"
#include "cli/option_values.h"
#include "cli/script_options.h"
#include "cli/version.h"

namespace cli {
namespace {

using base::Result;
using nlohmann::json;

// Variables of the command line's own, beside those of the options.
constexpr const char* kOtherVariables[] = {"PERIGEE_CONFIG", "PERIGEE_THREADS"};

std::string directory_of(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

// ---- the levels, each read by the one table

Result<ScriptOptions> read_config(const json& config, const std::string& file, Reading reading) {
  reading.directory = directory_of(file);
  if (auto known = check_option_names(config); !known) return base::fail_at(file, known.error());
  auto options = read_options(config, reading, [](const OptionField& field) { return field.name; });
  if (!options) return base::fail_at(file, options.error());
  if (auto fits = check_load(options->load, file); !fits) return tl::unexpected(fits.error());
  return options;
}

Result<ScriptOptions> read_script(const std::string& script, Reading reading) {
  reading.directory = directory_of(script);
  const json& given = reading.description.options;
  if (auto known = check_option_names(given); !known) {
    return base::fail("{}: options: {}", script, known.error().message);
  }
  auto options = read_options(given, reading, [](const OptionField& field) {
    return fmt::format("options.{}", field.name);
  });
  if (!options) return base::fail_at(script, options.error());
  options->load.shape = reading.description.shape;
  if (auto fits = check_load(options->load, script + ": options"); !fits) {
    return tl::unexpected(fits.error());
  }
  return options;
}

Result<ScriptOptions> read_environment(const std::map<std::string, std::string>& environment,
                                       const Reading& reading) {
  json given = json::object();
  for (const OptionField& field : option_fields()) {
    const auto found = environment.find(variable_name(field));
    if (!has_variable(field) || found == environment.end() || found->second.empty()) continue;
    given[field.name] = value_of_text(field.form, found->second);
  }
  auto options = read_options(given, reading, &variable_name);
  if (!options) return options;
  if (auto fits = check_load(options->load, "PERIGEE_ variables"); !fits) {
    return tl::unexpected(fits.error());
  }
  return options;
}

Result<ScriptOptions> read_flags(const json& given, const Reading& reading) {
  auto options = read_options(given, reading, &flag_name);
  if (!options) return options;
  if (auto fits = check_load(options->load, "flags"); !fits) return tl::unexpected(fits.error());
  return options;
}

// Variables that look like a slip of the keys; others may be meant for something else.
void note_unknown_variables(const std::map<std::string, std::string>& environment,
                            std::vector<std::string>& notes) {
  std::vector<std::string> known(std::begin(kOtherVariables), std::end(kOtherVariables));
  for (const OptionField& field : option_fields()) {
    if (has_variable(field)) known.push_back(variable_name(field));
  }
  for (const auto& [name, value] : environment) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string near = base::did_you_mean(name, known);
    if (!near.empty()) notes.push_back(fmt::format("{} is no variable of perigee{}", name, near));
  }
}

Result<json> read_config_file(const std::string& path, const script::Surroundings& surroundings) {
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path)) {
    return base::fail("--config: cannot read \"{}\"", path);
  }
  if (path.ends_with(".lua")) return script::Script::load_options(path, surroundings);
  try {
    return json::parse(file);
  } catch (const json::parse_error& error) {
    return base::fail("{}: not JSON: {}", path, error.what());
  }
}

// ---- the levels laid over each other

struct Level {
  std::string name;
  ScriptOptions options;
};

Result<void> put_over(ScriptOptions& merged, const Level& level, std::vector<std::string>& notes) {
  auto load = lay_over(std::move(merged.load), level.options.load, level.name, notes);
  if (!load) return tl::unexpected(load.error());
  merged.load = std::move(*load);
  for (const OptionField& field : option_fields()) {
    if (field.replace != nullptr) field.replace(level.options, merged);
  }
  return {};
}

template <typename T>
std::optional<std::vector<T>> joined(std::optional<std::vector<T>> first,
                                     const std::optional<std::vector<T>>& second) {
  if (!first || !second) return first ? first : second;
  first->insert(first->end(), second->begin(), second->end());
  return first;
}

Result<ScriptOptions> merge_levels(const RunFlags& flags, const OptionSources& sources,
                                   const Reading& reading, std::vector<std::string>& notes) {
  auto config = read_config(sources.config, flags.config_file, reading);
  if (!config) return config;
  auto script = read_script(flags.script, reading);
  if (!script) return script;
  auto environment = read_environment(sources.environment, reading);
  if (!environment) return environment;
  auto given = read_flags(flags.options, reading);
  if (!given) return given;

  ScriptOptions merged;
  for (const Level& level :
       {Level{flags.config_file, std::move(*config)}, Level{flags.script, std::move(*script)},
        Level{"the PERIGEE_ variables", std::move(*environment)}}) {
    if (auto done = put_over(merged, level, notes); !done) return tl::unexpected(done.error());
  }
  given->thresholds = joined(merged.thresholds, given->thresholds);
  given->slo = joined(merged.slo, given->slo);
  if (auto done = put_over(merged, {"the flags", std::move(*given)}, notes); !done) {
    return tl::unexpected(done.error());
  }
  return merged;
}

// ---- what came out

int most_threads(const RunFlags& flags) {
  return flags.threads.value_or(
      static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
}

int choose_threads(const RunFlags& flags, const load::Plan& plan) {
  if (flags.threads) return *flags.threads;
  // A worker without a VU would only cost its start.
  const auto most = static_cast<std::uint64_t>(most_threads(flags));
  return static_cast<int>(std::clamp<std::uint64_t>(most_vus(plan), 1, most));
}

net::HttpClientOptions http_options(const ScriptOptions& options, const std::string& debug) {
  net::HttpClientOptions http;
  if (debug == "headers") http.debug = net::HttpDebug::kHeaders;
  if (debug == "full") http.debug = net::HttpDebug::kFull;
  http.user_agent = options.user_agent.value_or(fmt::format("perigee/{}", kVersion));
  http.ca_file = options.ca_file.value_or("");
  http.proxy = options.proxy.value_or("");
  http.verify_tls = !options.insecure.value_or(false);
  http.reuse_connections = !options.no_connection_reuse.value_or(false);
  http.http2 = options.http2.value_or(false);
  return http;
}

// A URL without the password that may stand in it.
std::string without_password(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t end = url.find_first_of("/?#", begin);
  const std::size_t at = url.rfind('@', end == std::string::npos ? end : end - 1);
  if (at == std::string::npos || at < begin) return url;
  return url.substr(0, begin) + "***" + url.substr(at);
}

json describe(const RunSettings& settings) {
  json options = {{"threads", settings.threads},
                  {"scenarios", json::object()},
                  {"setup_timeout_s", base::to_seconds(settings.setup_timeout)},
                  {"teardown_timeout_s", base::to_seconds(settings.teardown_timeout)},
                  {"summary_timeout_s", base::to_seconds(settings.summary_timeout)},
                  {"warmup_s", base::to_seconds(settings.warmup)},
                  {"user_agent", settings.http.user_agent},
                  {"http2", settings.http.http2},
                  {"insecure", !settings.http.verify_tls},
                  {"no_connection_reuse", !settings.http.reuse_connections},
                  {"allow_script_errors", settings.allow_script_errors},
                  {"allow_unjudged", settings.allow_unjudged}};
  for (const load::Scenario& scenario : settings.plan.scenarios) {
    options["scenarios"][scenario.name] = describe_scenario(scenario);
  }
  for (const metrics::Threshold& threshold : settings.thresholds) {
    options["thresholds"].push_back(threshold.source);
  }
  for (const metrics::Objective& objective : settings.objectives) {
    options["slo"].push_back(objective.source);
  }
  if (!settings.host.empty()) options["host"] = without_password(settings.host);
  if (!settings.http.proxy.empty()) options["proxy"] = without_password(settings.http.proxy);
  if (!settings.http.ca_file.empty()) options["ca_file"] = settings.http.ca_file;
  return options;
}

Result<void> check_warmup(const RunSettings& settings) {
  base::Duration longest{};
  for (const load::Scenario& scenario : settings.plan.scenarios) {
    longest = std::max(longest, scenario.start_time + scenario.regular_duration());
  }
  if (settings.warmup == base::Duration::zero() || settings.warmup < longest) return {};
  return base::fail("options.warmup: {} leaves nothing of the {} that the test lasts",
                    base::format_duration(settings.warmup), base::format_duration(longest));
}

}  // namespace

std::uint64_t draw_seed() { return std::random_device{}() % 1'000'000; }

Result<OptionSources> read_option_sources(const RunFlags& flags,
                                          const script::Surroundings& surroundings) {
  OptionSources sources;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string text = *variable;
    if (!text.starts_with("PERIGEE_")) continue;
    const std::size_t equals = text.find('=');
    sources.environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  if (flags.config_file.empty()) return sources;
  auto config = read_config_file(flags.config_file, surroundings);
  if (!config) return tl::unexpected(config.error());
  if (!config->is_object()) {
    return base::fail("{}: expected an object of options such as {{\"vus\": 10}}, got {}",
                      flags.config_file, shown(*config));
  }
  sources.config = std::move(*config);
  return sources;
}

json peek_option(const std::string& name, const RunFlags& flags, const OptionSources& sources) {
  if (flags.options.contains(name)) return flags.options[name];
  for (const OptionField& field : option_fields()) {
    if (field.name != name) continue;
    const auto found = sources.environment.find(variable_name(field));
    if (found != sources.environment.end()) return value_of_text(field.form, found->second);
  }
  return nullptr;
}

Result<RunSettings> consolidate(const RunFlags& flags, const OptionSources& sources,
                                const script::Description& description,
                                const metrics::Registry& registry, std::uint64_t drawn_seed) {
  RunSettings settings;
  const Reading reading{registry, description, ""};
  auto options = merge_levels(flags, sources, reading, settings.notes);
  if (!options) return tl::unexpected(options.error());
  note_unknown_variables(sources.environment, settings.notes);
  auto scenarios =
      make_scenarios(options->load, description, options->tags.value_or(metrics::TagSet{}),
                     static_cast<std::uint64_t>(most_threads(flags)));
  if (!scenarios) return tl::unexpected(scenarios.error());

  settings.plan.scenarios = std::move(*scenarios);
  settings.plan.seed = options->seed.value_or(drawn_seed);
  settings.thresholds = options->thresholds.value_or(std::vector<metrics::Threshold>{});
  settings.objectives = options->slo.value_or(std::vector<metrics::Objective>{});
  settings.warmup = options->warmup.value_or(settings.warmup);
  if (auto enough = check_warmup(settings); !enough) return tl::unexpected(enough.error());
  settings.setup_timeout = options->setup_timeout.value_or(settings.setup_timeout);
  settings.teardown_timeout = options->teardown_timeout.value_or(settings.teardown_timeout);
  settings.summary_timeout = options->summary_timeout.value_or(settings.summary_timeout);
  settings.http = http_options(*options, flags.http_debug);
  settings.budget_usd = options->budget;
  settings.needs_prices = options->budget.has_value();
  for (const auto& [model, price] : options->prices.value_or(std::map<std::string, llm::Price>{})) {
    settings.prices.set(model, price);
  }
  settings.host = options->host.value_or("");
  settings.allow_script_errors = options->allow_script_errors.value_or(false);
  settings.allow_unjudged = options->allow_unjudged.value_or(false);
  settings.threads = choose_threads(flags, settings.plan);
  settings.options = describe(settings);
  return settings;
}

Result<std::map<std::string, std::string>> parse_variables(
    const std::vector<std::string>& variables) {
  std::map<std::string, std::string> parsed;
  for (const std::string& text : variables) {
    auto pair = read_pair(text);
    if (!pair) return base::fail_at("-e", pair.error());
    parsed.insert_or_assign(std::move(pair->first), std::move(pair->second));
  }
  return parsed;
}

}  // namespace cli
