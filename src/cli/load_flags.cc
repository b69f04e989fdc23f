#include "cli/load_flags.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cli/script_options.h"

namespace cli {
namespace {

const char* type_name(Form form) {
  switch (form) {
    case Form::kDuration:
      return "DURATION";
    case Form::kWhole:
    case Form::kNumber:
      return "NUMBER";
    case Form::kStages:
      return "DURATION:VUS";
    case Form::kPairs:
      return "NAME=VALUE";
    case Form::kText:
    case Form::kBoolean:
    case Form::kList:
    case Form::kTable:
      break;
  }
  return "TEXT";
}

void add_option_flag(CLI::App& command, const OptionField& field, RunFlags& flags) {
  const std::string name = field.name;
  switch (field.form) {
    case Form::kBoolean:
      command.add_flag_callback(
          field.flag, [&flags, name] { flags.options[name] = true; }, field.meaning);
      return;
    case Form::kStages:
    case Form::kList:
    case Form::kPairs:
      command
          .add_option_function<std::vector<std::string>>(
              field.flag,
              [&flags, name](const std::vector<std::string>& texts) {
                flags.options[name] = texts;
              },
              field.meaning)
          ->allow_extra_args(false)
          ->type_name(type_name(field.form));
      return;
    case Form::kText:
    case Form::kDuration:
    case Form::kWhole:
    case Form::kNumber:
    case Form::kTable:
      break;
  }
  command
      .add_option_function<std::string>(
          field.flag,
          [&flags, name, form = field.form](const std::string& text) {
            flags.options[name] = value_of_text(form, text);
          },
          field.meaning)
      ->type_name(type_name(field.form));
}

}  // namespace

void add_option_flags(CLI::App& command, RunFlags& flags) {
  for (const OptionField& field : option_fields()) {
    if (*field.flag != '\0') add_option_flag(command, field, flags);
  }
}

void add_script_flags(CLI::App& command, RunFlags& flags) {
  command.add_option("script", flags.script, "The script, a Lua file")->required();
  command.allow_extras();
  add_loading_flags(command, flags);
}

void add_loading_flags(CLI::App& command, RunFlags& flags) {
  command.add_option("-e,--env", flags.variables, "NAME=VALUE for perigee.env; may be repeated")
      ->allow_extra_args(false);
  command
      .add_option("--only", flags.only, "Run these tasks alone, by name or tag, as in simple,chat")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--skip", flags.skip, "Leave these tasks out, by name or tag")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--config", flags.config_file, "Options as a JSON or Lua file; the script's win")
      ->envname("PERIGEE_CONFIG");
  command.add_option("--threads", flags.threads, "Worker threads (default: the cores)")
      ->check(CLI::Range(1, 256))
      ->envname("PERIGEE_THREADS");
}

void take_rest(const CLI::App& command, RunFlags& flags) {
  flags.rest = command.remaining();
  flags.flag_names = flag_names(command);
}

std::vector<std::string> flag_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

CLI::Validator one_of(std::vector<std::string> words) {
  return {[words = std::move(words)](std::string& text) {
            if (std::find(words.begin(), words.end(), text) != words.end()) return std::string();
            return fmt::format("expected {}, got \"{}\"{}", base::join(words, ", "), text,
                               base::did_you_mean(text, words));
          },
          "", "one of"};
}

CLI::Validator whole_number() {
  return {[](std::string& text) {
            const bool whole = !text.empty() && text.size() <= 15 &&
                               text.find_first_not_of("0123456789") == std::string::npos;
            return whole ? ""
                         : fmt::format("expected a whole number of zero or more, got {}", text);
          },
          "", "whole"};
}

}  // namespace cli
