// The flags of options that a script declares for itself: --topic moon, --topic=moon, --verbose.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "script/shared.h"

namespace cli {

// What was given on the command line, before it is known what the script declares.
struct ScriptFlag {
  std::string text;             // "" where no value was given, which means true to a boolean.
  bool has_value = false;       // --name value, --name=value
  bool value_is_apart = false;  // --name value: a word that is none of a boolean's business.
};

using ScriptFlags = std::map<std::string, ScriptFlag>;  // By name, without the dashes.

// Errors: words that are no flags, flags given twice, single dashes.
base::Result<ScriptFlags> parse_script_flags(const std::vector<std::string>& words,
                                             const std::vector<std::string>& own_flags);

// Name and text, as the script asks for them. "_" and "-" are the same in names of flags.
std::map<std::string, std::string> flag_texts(const ScriptFlags& flags);

// Once the script is loaded. Errors: a flag that it does not declare, with "did you mean" over its
// options and the command's own flags; a missing value; a boolean with one; an option with the
// name of a flag of the command.
base::Result<void> check_script_flags(const ScriptFlags& flags,
                                      const std::vector<script::DeclaredOption>& declared,
                                      const std::vector<std::string>& own_flags);

// What --help says about a script's options; "" where it declares none.
std::string script_flags_help(const std::vector<script::DeclaredOption>& declared);

}  // namespace cli
