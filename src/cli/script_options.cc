#include "cli/script_options.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>

#include "base/text.h"
#include "cli/budget_options.h"
#include "cli/option_values.h"
#include "cli/threshold_options.h"
#include "net/http_client.h"

namespace cli {
namespace {

using base::Result;
using nlohmann::json;

// ---- values that only this table has

Result<std::vector<load::Stage>> read_vu_stages(const json& value) {
  return read_stages(value, false);
}

bool has_spaces(const std::string& text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isspace(c) != 0 || std::iscntrl(c) != 0; });
}

Result<std::string> read_host(const json& value) {
  auto host = read_text(value);
  if (!host) return host;
  const std::string lower = base::to_lower(*host);
  const bool is_url = lower.starts_with("http://") || lower.starts_with("https://");
  if (!is_url || has_spaces(*host) || lower.ends_with("://")) {
    return base::fail("expected a URL such as \"https://staging.example.com\", got {}",
                      shown(value));
  }
  while (host->ends_with('/')) host->pop_back();
  return host;
}

Result<std::string> read_proxy(const json& value) {
  auto proxy = read_text(value);
  if (!proxy || !has_spaces(*proxy)) return proxy;
  return base::fail("expected a URL such as \"http://127.0.0.1:3128\", got one with spaces");
}

Result<std::string> read_header_text(const json& value) {
  auto text = read_text(value);
  if (!text) return text;
  const bool plain = std::none_of(text->begin(), text->end(),
                                  [](unsigned char c) { return std::iscntrl(c) != 0; });
  if (plain) return text;
  return base::fail("expected a text of one line, got {}", shown(value));
}

// ---- the columns `read` and `replace` of the table

template <auto kRead, auto kMember>
Result<void> read_load(const json& value, const Reading& /*unused*/, ScriptOptions& into) {
  auto result = kRead(value);
  if (!result) return tl::unexpected(result.error());
  into.load.*kMember = std::move(*result);
  return {};
}

template <auto kRead, auto kMember>
Result<void> read_plain(const json& value, const Reading& /*unused*/, ScriptOptions& into) {
  auto result = kRead(value);
  if (!result) return tl::unexpected(result.error());
  into.*kMember = std::move(*result);
  return {};
}

template <auto kRead, auto kMember>
Result<void> read_judged(const json& value, const Reading& reading, ScriptOptions& into) {
  auto result = kRead(value, reading.registry);
  if (!result) return tl::unexpected(result.error());
  into.*kMember = std::move(*result);
  return {};
}

Result<void> read_scenario_table(const json& value, const Reading& reading, ScriptOptions& into) {
  auto scenarios = read_scenarios(value, reading);
  if (!scenarios) return tl::unexpected(scenarios.error());
  into.load.scenarios = std::move(*scenarios);
  return {};
}

Result<void> read_tags(const json& value, const Reading& /*unused*/, ScriptOptions& into) {
  const auto tags = read_text_map(value);
  if (!tags) return tl::unexpected(tags.error());
  into.tags.emplace();
  for (const auto& [key, text] : *tags) into.tags->set(key, text);
  return {};
}

Result<void> read_ca_file(const json& value, const Reading& reading, ScriptOptions& into) {
  const auto path = read_text(value);
  if (!path) return tl::unexpected(path.error());
  into.ca_file = resolve_path(*path, reading);
  return net::check_ca_file(*into.ca_file);
}

template <auto kMember>
void replace_plain(const ScriptOptions& above, ScriptOptions& into) {
  if (above.*kMember) into.*kMember = above.*kMember;
}

void replace_tags(const ScriptOptions& above, ScriptOptions& into) {
  if (!above.tags) return;
  if (!into.tags) into.tags.emplace();
  for (const auto& [key, value] : above.tags->tags()) into.tags->set(key, value);
}

void replace_prices(const ScriptOptions& above, ScriptOptions& into) {
  if (!above.prices) return;
  if (!into.prices) into.prices.emplace();
  for (const auto& [model, price] : *above.prices) into.prices->insert_or_assign(model, price);
}

constexpr OptionField kFields[] = {
    {"vus", Form::kWhole, "-u,--vus,--users", "Virtual users",
     &read_load<&read_whole, &LoadOptions::vus>, nullptr},
    {"duration", Form::kDuration, "-d,--duration", "How long to run, as in 30s or 5m",
     &read_load<&read_duration, &LoadOptions::duration>, nullptr},
    {"iterations", Form::kWhole, "-i,--iterations", "Iterations, shared by all VUs",
     &read_load<&read_whole, &LoadOptions::iterations>, nullptr},
    {"stages", Form::kStages, "-s,--stage", "A stage of a ramp, as in 30s:10; may be repeated",
     &read_load<&read_vu_stages, &LoadOptions::stages>, nullptr},
    {"spawn_rate", Form::kNumber, "-r,--spawn-rate", "VUs started per second",
     &read_load<&read_positive, &LoadOptions::spawn_rate>, nullptr},
    {"start_vus", Form::kWhole, "", "VUs at the beginning of the stages",
     &read_load<&read_whole, &LoadOptions::start_vus>, nullptr},
    {"max_duration", Form::kDuration, "", "The longest that iterations may take in all (10m)",
     &read_load<&read_duration, &LoadOptions::max_duration>, nullptr},
    {"graceful_stop", Form::kDuration, "--graceful-stop",
     "How long iterations may go on after the end (30s)",
     &read_load<&read_duration, &LoadOptions::graceful_stop>, nullptr},
    {"graceful_ramp_down", Form::kDuration, "",
     "The same for VUs that a falling stage takes away (30s)",
     &read_load<&read_duration, &LoadOptions::graceful_ramp_down>, nullptr},
    {"scenarios", Form::kTable, "", "Scenarios by name, each with its executor",
     &read_scenario_table, nullptr},
    {"warmup", Form::kDuration, "--warmup", "What is measured before this is kept apart",
     &read_plain<&read_duration, &ScriptOptions::warmup>, &replace_plain<&ScriptOptions::warmup>},
    {"thresholds", Form::kList, "--threshold",
     "A threshold, as in \"llm_ttft p(95) < 2s\"; may be repeated",
     &read_judged<&read_thresholds, &ScriptOptions::thresholds>,
     &replace_plain<&ScriptOptions::thresholds>},
    {"slo", Form::kList, "--slo",
     "What makes a request a good one, as in \"llm_ttft < 2s\"; may be repeated",
     &read_judged<&read_objectives, &ScriptOptions::slo>, &replace_plain<&ScriptOptions::slo>},
    {"tags", Form::kPairs, "--tag", "NAME=VALUE, a tag of all samples; may be repeated", &read_tags,
     &replace_tags},
    {"budget", Form::kNumber, "--budget", "Most dollars to spend (10 where the service bills)",
     &read_plain<&read_budget, &ScriptOptions::budget>, &replace_plain<&ScriptOptions::budget>},
    {"prices", Form::kTable, "", "Prices by model, in dollars per million tokens",
     &read_plain<&read_prices, &ScriptOptions::prices>, &replace_prices},
    {"host", Form::kText, "-H,--host", "What relative URLs of perigee.http begin with",
     &read_plain<&read_host, &ScriptOptions::host>, &replace_plain<&ScriptOptions::host>},
    {"http2", Form::kBoolean, "--http2", "HTTP/2 for all requests",
     &read_plain<&read_boolean, &ScriptOptions::http2>, &replace_plain<&ScriptOptions::http2>},
    {"no_connection_reuse", Form::kBoolean, "--no-connection-reuse",
     "A connection of its own for each request",
     &read_plain<&read_boolean, &ScriptOptions::no_connection_reuse>,
     &replace_plain<&ScriptOptions::no_connection_reuse>},
    {"allow_script_errors", Form::kBoolean, "--allow-script-errors",
     "Script errors are counted but do not fail the run",
     &read_plain<&read_boolean, &ScriptOptions::allow_script_errors>,
     &replace_plain<&ScriptOptions::allow_script_errors>},
    {"allow_unjudged", Form::kBoolean, "--allow-unjudged",
     "A threshold that could not be judged does not make the run exit with 98",
     &read_plain<&read_boolean, &ScriptOptions::allow_unjudged>,
     &replace_plain<&ScriptOptions::allow_unjudged>},
    {"insecure", Form::kBoolean, "--insecure", "Do not verify the servers' certificates",
     &read_plain<&read_boolean, &ScriptOptions::insecure>,
     &replace_plain<&ScriptOptions::insecure>},
    {"ca_file", Form::kText, "--ca-file", "Certificates to trust instead of the system's",
     &read_ca_file, &replace_plain<&ScriptOptions::ca_file>},
    {"proxy", Form::kText, "--proxy", "A proxy's URL (else http_proxy and the like)",
     &read_plain<&read_proxy, &ScriptOptions::proxy>, &replace_plain<&ScriptOptions::proxy>},
    {"user_agent", Form::kText, "--user-agent", "The header user-agent (perigee and its version)",
     &read_plain<&read_header_text, &ScriptOptions::user_agent>,
     &replace_plain<&ScriptOptions::user_agent>},
    {"setup_timeout", Form::kDuration, "--setup-timeout", "How long setup() may take (60s)",
     &read_plain<&read_positive_duration, &ScriptOptions::setup_timeout>,
     &replace_plain<&ScriptOptions::setup_timeout>},
    {"teardown_timeout", Form::kDuration, "--teardown-timeout",
     "How long teardown() may take (60s)",
     &read_plain<&read_positive_duration, &ScriptOptions::teardown_timeout>,
     &replace_plain<&ScriptOptions::teardown_timeout>},
    {"summary_timeout", Form::kDuration, "--summary-timeout", "How long summary() may take (120s)",
     &read_plain<&read_positive_duration, &ScriptOptions::summary_timeout>,
     &replace_plain<&ScriptOptions::summary_timeout>},
    {"seed", Form::kWhole, "--seed", "Makes random choices repeatable",
     &read_plain<&read_whole, &ScriptOptions::seed>, &replace_plain<&ScriptOptions::seed>},
};

json number_of_text(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const bool whole_text = !text.empty() && end == text.c_str() + text.size();
  const bool decimal = text.find_first_not_of("+-.0123456789eE") == std::string::npos;
  if (!whole_text || !decimal || !std::isfinite(number)) return text;
  constexpr double kMost = 9007199254740992.0;  // 2^53
  if (number != std::floor(number) || std::abs(number) > kMost) return number;
  return static_cast<std::int64_t>(number);
}

}  // namespace

std::span<const OptionField> option_fields() { return kFields; }

bool has_variable(const OptionField& field) {
  return field.form != Form::kList && field.form != Form::kPairs && field.form != Form::kTable;
}

std::string variable_name(const OptionField& field) {
  std::string name = "PERIGEE_";
  for (const char* c = field.name; *c != '\0'; ++c) {
    name += static_cast<char>(std::toupper(static_cast<unsigned char>(*c)));
  }
  return name;
}

std::string flag_name(const OptionField& field) {
  const std::string flag = field.flag;
  const std::size_t begin = flag.find("--");
  return flag.substr(begin, flag.find(',', begin) - begin);
}

json value_of_text(Form form, const std::string& text) {
  switch (form) {
    case Form::kWhole:
    case Form::kNumber:
      return number_of_text(text);
    case Form::kBoolean:
      if (text == "true" || text == "1") return true;
      if (text == "false" || text == "0") return false;
      return text;
    case Form::kStages:
      return base::split(text, ',');
    case Form::kText:
    case Form::kDuration:
    case Form::kList:
    case Form::kPairs:
    case Form::kTable:
      break;
  }
  return text;
}

Result<ScriptOptions> read_options(const json& options, const Reading& reading,
                                   const std::function<std::string(const OptionField&)>& place) {
  ScriptOptions result;
  for (const OptionField& field : kFields) {
    if (!options.contains(field.name)) continue;
    auto done = field.read(options[field.name], reading, result);
    if (!done) return within(place(field), done.error());
  }
  return result;
}

Result<void> check_option_names(const json& options) {
  std::vector<std::string> names;
  for (const OptionField& field : kFields) names.emplace_back(field.name);
  return check_fields(options, names);
}

}  // namespace cli
