// The options of a test: one table of their names, flags, variables and meanings.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/load_options.h"
#include "cli/scenario_options.h"
#include "llm/prices.h"
#include "metrics/objective.h"
#include "metrics/tags.h"
#include "metrics/threshold.h"

namespace cli {

// The options of one level (config file, script, environment, flags), or of several laid over each
// other; what was not said is empty.
struct ScriptOptions {
  LoadOptions load;
  std::optional<std::vector<metrics::Threshold>> thresholds;
  std::optional<std::vector<metrics::Objective>> slo;
  std::optional<metrics::TagSet> tags;
  std::optional<base::Duration> warmup;
  std::optional<base::Duration> setup_timeout;
  std::optional<base::Duration> teardown_timeout;
  std::optional<base::Duration> summary_timeout;
  std::optional<std::string> host;
  std::optional<std::string> user_agent;
  std::optional<std::string> ca_file;
  std::optional<std::string> proxy;
  std::optional<bool> allow_script_errors;
  std::optional<bool> allow_unjudged;
  std::optional<bool> insecure;
  std::optional<bool> http2;
  std::optional<bool> no_connection_reuse;
  std::optional<std::uint64_t> seed;
  std::optional<double> budget;  // In dollars.
  std::optional<std::map<std::string, llm::Price>> prices;
};

// How the text of a flag or a variable stands for an option's value.
enum class Form { kText, kDuration, kWhole, kNumber, kBoolean, kStages, kList, kPairs, kTable };

struct OptionField {
  const char* name;  // In the script and the config file; in capitals behind PERIGEE_ a variable.
  Form form;
  const char* flag;     // As in "-d,--duration"; "" where there is none.
  const char* meaning;  // For the help.
  base::Result<void> (*read)(const nlohmann::json& value, const Reading& reading,
                             ScriptOptions& into);
  // Replaces `into`'s value by one from a higher level; null for the load, which is replaced as a
  // whole.
  void (*replace)(const ScriptOptions& above, ScriptOptions& into);
};

std::span<const OptionField> option_fields();

// Lists and tables cannot be said in a variable, but for stages.
bool has_variable(const OptionField& field);
std::string variable_name(const OptionField& field);  // "PERIGEE_DURATION"
std::string flag_name(const OptionField& field);      // "--duration"; REQUIRES: a flag.

// The value that a flag's or variable's text stands for. A text that stands for none is handed on
// as it is, so that reading it says what was expected.
nlohmann::json value_of_text(Form form, const std::string& text);

// Reads a table of options. `place` names a field in errors, as in "options.vus" or "--vus".
//
// Errors: name the field by its path, what was expected and what was given:
// `options.stages[2].duration: expected a duration such as "30s", got "30x"`.
base::Result<ScriptOptions> read_options(
    const nlohmann::json& options, const Reading& reading,
    const std::function<std::string(const OptionField&)>& place);

// Errors: the first field that is no option, with "did you mean".
base::Result<void> check_option_names(const nlohmann::json& options);

}  // namespace cli
