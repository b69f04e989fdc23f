#include "cli/new_command.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include "cli/option_values.h"
#include "cli/templates.h"
#include "output/verdict.h"

namespace cli {
namespace {

struct NewFlags {
  std::string file = "script.lua";
  std::string name = "chat";
  bool replace = false;
};

int write_new(const NewFlags& flags) {
  if (auto written = write_template(flags.name, flags.file, flags.replace); !written) {
    fmt::print(stderr, "perigee: {}\n", written.error().message);
    return output::kExitBadOptions;
  }
  fmt::print("wrote {}; try it with: perigee run --mock {}\n", flags.file, flags.file);
  return output::kExitPassed;
}

}  // namespace

base::Result<void> write_template(const std::string& name, const std::string& path, bool replace) {
  const Template* found = nullptr;
  std::vector<std::string> names;
  for (const Template& candidate : templates()) {
    names.emplace_back(candidate.name);
    if (candidate.name == name) found = &candidate;
  }
  if (found == nullptr) return within("--template", unknown_name("template", name, names).value());
  if (std::filesystem::is_directory(path)) return base::fail("{} is a directory", path);
  // "x" makes no file where one is, even if it appeared just now.
  std::FILE* file = std::fopen(path.c_str(), replace ? "w" : "wx");
  if (file == nullptr) {
    if (errno == EEXIST) return base::fail("{} is there already; -f replaces it", path);
    return base::fail("cannot write {}: {}", path, std::strerror(errno));
  }
  const bool written =
      std::fwrite(found->source.data(), 1, found->source.size(), file) == found->source.size();
  if (std::fclose(file) == 0 && written) return {};
  return base::fail("cannot write {}: {}", path, std::strerror(errno));
}

void add_new_command(CLI::App& app, int& exit_code) {
  const auto flags = std::make_shared<NewFlags>();
  CLI::App* command = app.add_subcommand("new", "Write a script to begin with");
  command->add_option("file", flags->file, "The script to write")->capture_default_str();
  command->add_option("--template", flags->name, "chat, api or arrival")->capture_default_str();
  command->add_flag("-f,--force", flags->replace, "Replace a file that is there already");
  command->callback([flags, &exit_code] { exit_code = write_new(*flags); });
}

}  // namespace cli
