#include "cli/suite_scripts.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>

#include "base/text.h"

namespace cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = "_test.lua";
constexpr const char* kConfigName = "suite.lua";

// The nearest, from the script's folder up to the root.
std::string config_of(const fs::path& script, const fs::path& root) {
  std::error_code ignored;
  for (fs::path folder = script.parent_path();; folder = folder.parent_path()) {
    const fs::path config = folder / kConfigName;
    if (fs::is_regular_file(config, ignored)) return config.string();
    if (folder == root || folder.empty() || folder == folder.parent_path()) return "";
  }
}

base::Result<void> add_folder(const std::string& given, std::vector<SuiteScript>& scripts) {
  // Without a slash at its end, so that parents can be compared with it.
  fs::path root = fs::path(given).lexically_normal();
  if (!root.has_filename()) root = root.parent_path();
  std::error_code error;
  fs::recursive_directory_iterator entries(root, error);
  while (!error && entries != fs::recursive_directory_iterator()) {
    const fs::directory_entry& entry = *entries;
    const std::string name = entry.path().filename().string();
    if (entry.is_directory(error)) {
      if (name.starts_with('.')) entries.disable_recursion_pending();
    } else if (name.ends_with(kEnding)) {
      const fs::path path = entry.path().lexically_normal();
      scripts.push_back({path.string(), path.lexically_relative(root.lexically_normal()).string(),
                         config_of(entry.path(), root)});
    }
    entries.increment(error);
  }
  if (error) return base::fail("test: {}: {}", given, error.message());
  return {};
}

base::Result<void> add_path(const std::string& given, std::vector<SuiteScript>& scripts) {
  std::error_code error;
  if (fs::is_directory(given, error)) return add_folder(given, scripts);
  if (!fs::is_regular_file(given, error)) {
    return base::fail("test: {}: no such folder or script", given);
  }
  const fs::path path = fs::path(given).lexically_normal();
  scripts.push_back({path.string(), path.filename().string(),
                     config_of(path, path.parent_path())});
  return {};
}

void drop_doubles(std::vector<SuiteScript>& scripts) {
  std::set<fs::path> seen;
  std::erase_if(scripts, [&seen](const SuiteScript& script) {
    std::error_code error;
    const fs::path real = fs::canonical(script.path, error);
    return !seen.insert(error ? fs::path(script.path) : real).second;
  });
}

// Under several roots a name alone does not tell scripts apart; then it is the path, without what
// leads out of a folder.
void name_by_path(std::vector<SuiteScript>& scripts) {
  for (SuiteScript& script : scripts) {
    fs::path name;
    for (const fs::path& part : fs::path(script.path).relative_path()) {
      if (part != "..") name /= part;
    }
    script.name = name.string();
  }
}

base::Result<void> check_names(const std::vector<SuiteScript>& scripts) {
  std::map<std::string, std::string> paths;
  for (const SuiteScript& script : scripts) {
    const auto [place, is_new] = paths.emplace(script.name, script.path);
    if (is_new) continue;
    return base::fail("test: {} and {} would have one name in the results; run them apart",
                      place->second, script.path);
  }
  return {};
}

std::optional<std::size_t> whole(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

base::Result<std::vector<SuiteScript>> find_suite_scripts(const std::vector<std::string>& paths) {
  std::vector<SuiteScript> scripts;
  for (const std::string& path : paths) {
    if (auto added = add_path(path, scripts); !added) return tl::unexpected(added.error());
  }
  if (scripts.empty()) {
    return base::fail("test: no script found: nothing in or below {} ends in {}",
                      base::join(paths, ", "), kEnding);
  }
  std::sort(scripts.begin(), scripts.end(),
            [](const SuiteScript& a, const SuiteScript& b) { return a.path < b.path; });
  drop_doubles(scripts);
  if (paths.size() > 1) name_by_path(scripts);
  if (auto apart = check_names(scripts); !apart) return tl::unexpected(apart.error());
  return scripts;
}

std::vector<SuiteScript> filtered(std::vector<SuiteScript> scripts, std::string_view pattern) {
  const bool is_glob = pattern.find_first_of("*?") != std::string_view::npos;
  std::erase_if(scripts, [&](const SuiteScript& script) {
    return is_glob ? !base::matches_glob(pattern, script.path)
                   : script.path.find(pattern) == std::string::npos;
  });
  return scripts;
}

base::Result<Shard> parse_shard(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string::npos) {
    const auto index = whole(std::string_view(text).substr(0, slash));
    const auto of = whole(std::string_view(text).substr(slash + 1));
    if (index && of && *index >= 1 && *index <= *of) return Shard{*index, *of};
  }
  return base::fail("--shard: expected a part such as 2/4, the first of four being 1/4, got \"{}\"",
                    text);
}

std::vector<SuiteScript> shard_of(const std::vector<SuiteScript>& scripts, Shard shard) {
  std::vector<SuiteScript> part;
  for (std::size_t i = shard.index - 1; i < scripts.size(); i += shard.of) {
    part.push_back(scripts[i]);
  }
  return part;
}

}  // namespace cli
