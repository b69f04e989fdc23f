#include "cli/script_flags.h"

#include <algorithm>

#include "base/text.h"

namespace cli {
namespace {

using base::Result;

tl::unexpected<base::Error> unknown_flag(const std::string& flag,
                                         const std::vector<std::string>& known) {
  return base::fail("unknown flag \"{}\"{}; see --help", flag, base::did_you_mean(flag, known));
}

// Flags are written with dashes, names in Lua with underscores.
std::string with_dashes(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

const script::DeclaredOption* find(const std::string& name,
                                   const std::vector<script::DeclaredOption>& declared) {
  const auto found = std::find_if(declared.begin(), declared.end(), [&](const auto& option) {
    return with_dashes(option.name) == name;
  });
  return found == declared.end() ? nullptr : &*found;
}

}  // namespace

Result<ScriptFlags> parse_script_flags(const std::vector<std::string>& words,
                                       const std::vector<std::string>& own_flags) {
  ScriptFlags flags;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (!word.starts_with('-')) {
      return base::fail(
          "unexpected argument \"{}\"; there is one script, and its options begin "
          "with --",
          word);
    }
    if (!word.starts_with("--") || word.size() == 2) return unknown_flag(word, own_flags);
    const std::size_t equals = word.find('=');
    const std::string name = with_dashes(word.substr(2, equals - 2));
    ScriptFlag flag;
    if (equals != std::string::npos) {
      flag = {word.substr(equals + 1), true, false};
    } else if (i + 1 < words.size() && !words[i + 1].starts_with("--")) {
      flag = {words[++i], true, true};
    }
    if (!flags.emplace(name, std::move(flag)).second) {
      return base::fail("--{} is given twice", name);
    }
  }
  return flags;
}

std::map<std::string, std::string> flag_texts(const ScriptFlags& flags) {
  std::map<std::string, std::string> texts;
  for (const auto& [name, flag] : flags) {
    texts[name] = flag.text;
    std::string in_lua = name;
    std::replace(in_lua.begin(), in_lua.end(), '-', '_');
    texts[in_lua] = flag.text;
  }
  return texts;
}

Result<void> check_script_flags(const ScriptFlags& flags,
                                const std::vector<script::DeclaredOption>& declared,
                                const std::vector<std::string>& own_flags) {
  std::vector<std::string> known = own_flags;
  for (const auto& option : declared) {
    const std::string flag = "--" + with_dashes(option.name);
    if (std::find(own_flags.begin(), own_flags.end(), flag) != own_flags.end()) {
      return base::fail("perigee.option(\"{}\"): {} is a flag of perigee's own; take another name",
                        option.name, flag);
    }
    known.push_back(flag);
  }
  for (const auto& [name, flag] : flags) {
    const script::DeclaredOption* option = find(name, declared);
    if (option == nullptr) return unknown_flag("--" + name, known);
    const bool boolean = option->kind == "boolean";
    if (!boolean && !flag.has_value) return base::fail("--{}: expected a value", name);
    if (boolean && flag.value_is_apart) {
      return base::fail("--{} takes no value, got \"{}\"", name, flag.text);
    }
  }
  return {};
}

std::string script_flags_help(const std::vector<script::DeclaredOption>& declared) {
  if (declared.empty()) return "";
  std::string help = "\nOptions of the script:\n";
  for (const auto& option : declared) {
    std::string left = "  --" + with_dashes(option.name);
    if (option.kind != "boolean") left += fmt::format(" {}", option.kind);
    const std::string standard =
        option.default_text.empty() ? "" : fmt::format(" (default {})", option.default_text);
    help += fmt::format("{:<30}{}{}\n", left, option.help, standard);
  }
  return help;
}

}  // namespace cli
