// What a report says of the run beside its figures: errors, options, environment, other tools.
#include <fmt/format.h>

#include "base/duration.h"
#include "base/text.h"
#include "metrics/threshold.h"
#include "output/html.h"
#include "output/html_sections.h"
#include "output/summary_tables.h"
#include "output/verdict.h"

namespace output {
namespace {

using nlohmann::json;

// A number under a name that ends in _s is a time.
std::string value_text(const std::string& name, const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() && name.ends_with("_s")) {
    const auto seconds = value.get<double>();
    return seconds == 0 ? "0s" : metrics::format_value(seconds, metrics::Unit::kTime);
  }
  if (value.is_number_integer()) return value.dump();
  if (value.is_number()) {
    return metrics::format_value(value.get<double>(), metrics::Unit::kNone);
  }
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// {"a": {"b": 1}} becomes "a.b": 1.
void flatten(const std::string& prefix, const json& value, std::vector<Fact>& facts) {
  if (value.is_object()) {
    for (const auto& [name, inner] : value.items()) {
      flatten(prefix.empty() ? name : prefix + "." + name, inner, facts);
    }
    return;
  }
  Fact fact{prefix, {}};
  if (prefix.ends_with("_s")) fact.name.resize(prefix.size() - 2);
  if (value.is_array()) {
    for (const json& each : value) fact.parts.push_back(value_text(prefix, each));
  } else {
    fact.parts.push_back(value_text(prefix, value));
  }
  facts.push_back(std::move(fact));
}

std::string error_text(std::string_view head, std::string_view text) {
  return fmt::format("<div class=\"card\"><strong>{}</strong><pre>{}</pre></div>\n",
                     html_text(head), html_text(text));
}

std::vector<std::string> warnings_of(const RunResult& result) {
  std::vector<std::string> warnings = result.warnings;
  const std::uint64_t overflowed = result.store != nullptr ? result.store->tags_overflowed() : 0;
  if (overflowed > 0) {
    warnings.push_back(
        fmt::format("too many distinct tags: {} times a sample went to {{tags=overflow}}; use "
                    "fewer values per tag",
                    base::format_count(overflowed)));
  }
  return warnings;
}

std::string definition_notes(const analysis::Definition& definition) {
  std::vector<std::string> notes;
  for (const analysis::Figure& figure : definition.figures) {
    std::string text = figure.name;
    if (figure.single) {
      text +=
          figure.values.empty() ? " –" : " " + metrics::format_value(figure.values[0], figure.unit);
    }
    notes.push_back(text + ": " + figure.explanation);
  }
  notes.insert(notes.end(), definition.notes.begin(), definition.notes.end());
  return fmt::format("<p class=\"note\">{}, and how it differs from perigee’s own figures:</p>\n{}",
                     html_text(definition.tool), html_list(notes));
}

}  // namespace

std::string html_definitions(const RunResult& result) {
  std::string text;
  for (const analysis::Definition& definition : result.definitions) {
    Page page({});
    RunResult alone;
    alone.definitions = {definition};
    add_definitions(page, alone);
    text += html_blocks(page.blocks()) + definition_notes(definition);
  }
  return text;
}

std::string html_errors(const RunResult& result) {
  std::string text;
  for (const ScriptError& error : result.script_errors) {
    text +=
        error_text(fmt::format("Script error, {} ×", base::format_count(error.count)), error.text);
  }
  for (const HookError& error : result.hook_errors) {
    text += error_text(error.hook + "() failed", error.text);
  }
  if (result.end != End::kFinished && !result.end_reason.empty()) {
    text += error_text("Ended by", result.end_reason);
  }
  if (const auto warnings = warnings_of(result); !warnings.empty()) {
    text += "<div class=\"card\"><strong>Warnings</strong>" + html_list(warnings) + "</div>\n";
  }
  return text;
}

std::string html_run(const RunResult& result) {
  std::vector<Fact> environment = {
      {"script", {result.script}},
      {"started", {result.started_at}},
      {"took", {base::format_duration(result.elapsed)}},
      {"perigee", {result.version}},
      {"workers", {base::format_count(static_cast<std::uint64_t>(result.workers))}},
      {"seed", {std::to_string(result.seed)}},
      {"ended", {std::string(to_string(result.end))}},
      {"exit code", {std::to_string(result.exit_code)}}};
  if (result.warmup > base::Duration::zero()) {
    environment.push_back({"warm-up", {metrics::format_seconds(result.warmup)}});
  }
  flatten("", result.host, environment);
  std::vector<Fact> options;
  flatten("", result.options, options);
  return "<h3>Environment</h3>\n" + html_facts(environment) + "<h3>Options</h3>\n" +
         html_facts(options);
}

}  // namespace output
