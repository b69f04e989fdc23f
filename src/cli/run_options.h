// What a run is asked to do: the options of all levels, brought together.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "llm/prices.h"
#include "load/plan.h"
#include "metrics/objective.h"
#include "metrics/registry.h"
#include "metrics/threshold.h"
#include "net/http_client.h"
#include "script/script.h"

namespace cli {

// The flags of `perigee run`, as they were given; what was not given is empty.
struct RunFlags {
  std::string script;
  // The flags that are options as well, by the option's name and in the option's form; see
  // script_options.h. Thresholds, objectives and tags come in addition to the script's.
  nlohmann::json options = nlohmann::json::object();
  std::string config_file;
  std::optional<int> threads;
  std::vector<std::string> variables;  // NAME=VALUE
  std::vector<std::string> only;       // Tasks or their tags.
  std::vector<std::string> skip;
  std::vector<std::string> rest;        // What is left for the options that the script declares.
  std::vector<std::string> flag_names;  // All flags of the command, for "did you mean".
  std::string mock;                     // The profile; "" for no mock.
  std::string mock_args;
  std::string json_file;
  std::string junit_file;
  std::string markdown_file;
  std::string html_file;
  std::string events_file;
  std::string requests_file;
  std::string csv_prefix;
  bool csv_full_history = false;
  std::string prometheus;       // PORT or HOST:PORT; "" for none.
  std::vector<std::string> as;  // Names of tools, or several with commas between them.
  std::string progress = "auto";
  std::string summary = "short";
  std::string http_debug;  // "headers" or "full"; "" for none.
  bool no_setup = false;
  bool no_teardown = false;
  bool use_jit = false;
};

struct RunSettings {
  load::Plan plan;
  std::vector<metrics::Threshold> thresholds;
  std::vector<metrics::Objective> objectives;
  base::Duration warmup{};  // Its samples are shown apart.
  base::Duration setup_timeout = std::chrono::seconds(60);
  base::Duration teardown_timeout = std::chrono::seconds(60);
  base::Duration summary_timeout = std::chrono::seconds(120);
  net::HttpClientOptions http;
  bool allow_script_errors = false;
  bool allow_unjudged = false;  // A threshold that could not be judged is no reason to exit 98.
  std::optional<double> budget_usd;  // None where nothing bills and none was asked for.
  bool needs_prices = false;         // Of every model that is used: a budget was asked for.
  llm::PriceTable prices;
  std::string host;        // What relative URLs begin with; "" for none.
  nlohmann::json options;  // As they came out, for the result file; without keys and passwords.
  int threads = 1;
  std::vector<std::string> notes;  // For stderr, before the run.
};

// The levels of options beside the script and the flags.
struct OptionSources {
  nlohmann::json config = nlohmann::json::object();
  std::map<std::string, std::string> environment;  // The variables that begin with PERIGEE_.
};

// Reads --config (flags.config_file, where there is one: Lua by its name's end, else JSON) and the
// process' environment.
base::Result<OptionSources> read_option_sources(const RunFlags& flags,
                                                const script::Surroundings& surroundings);

// A seed for a run that names none; short enough to be typed again from the summary.
std::uint64_t draw_seed();

// What the flags, else the environment say about an option, before a script is there to be asked;
// null for nothing. Not checked yet.
nlohmann::json peek_option(const std::string& name, const RunFlags& flags,
                           const OptionSources& sources);

// Defaults < config file < script < environment < flags. A higher level's duration, iterations,
// stages or scenarios replace all of these of the levels below it, as in k6; other options are
// replaced one by one. A seed that nobody names is `drawn_seed`.
//
// Errors: name the field, flag or variable, what was expected and what was given, with "did you
// mean" for an unknown field: `options: unknown field "durration" (did you mean "duration"?)`.
base::Result<RunSettings> consolidate(const RunFlags& flags, const OptionSources& sources,
                                      const script::Description& description,
                                      const metrics::Registry& registry, std::uint64_t drawn_seed);

// "NAME=VALUE" of -e.
base::Result<std::map<std::string, std::string>> parse_variables(
    const std::vector<std::string>& variables);

}  // namespace cli
