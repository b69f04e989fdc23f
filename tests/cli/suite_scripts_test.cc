#include "cli/suite_scripts.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>

using Catch::Matchers::Contains;
using cli::SuiteScript;
namespace fs = std::filesystem;

namespace {

// A folder with these files, gone at the end.
class Folder {
 public:
  explicit Folder(const std::vector<std::string>& files) {
    fs::create_directories(path_);
    for (const std::string& file : files) {
      fs::create_directories((path_ / file).parent_path());
      std::ofstream(path_ / file) << "return {}\n";
    }
  }
  ~Folder() { fs::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }

 private:
  fs::path path_ = fs::temp_directory_path() / "perigee_suite_scripts_test";
};

std::vector<std::string> names_of(const std::vector<SuiteScript>& scripts) {
  std::vector<std::string> names;
  for (const SuiteScript& script : scripts) names.push_back(script.name);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("every script below a folder is found, in order, and nothing else") {
  const Folder folder({"b_test.lua", "a/z_test.lua", "a/a_test.lua", "a/prompts.lua", "test.lua",
                       ".hidden/x_test.lua", "c_test.lua.bak"});
  const auto found = cli::find_suite_scripts({folder.path()});
  REQUIRE(found);
  CHECK(names_of(*found) == Names{"a/a_test.lua", "a/z_test.lua", "b_test.lua"});
  CHECK((*found)[0].path == folder / "a/a_test.lua");
  CHECK(names_of(*cli::find_suite_scripts({folder.path() + "/"})) == names_of(*found));
}

TEST_CASE("a script has the options of the nearest suite.lua, up to the folder that was given") {
  const Folder folder({"suite.lua", "in/a_test.lua", "in/own/suite.lua", "in/own/b_test.lua"});
  const auto found = cli::find_suite_scripts({folder.path()});
  REQUIRE(found);
  CHECK((*found)[0].config == folder / "suite.lua");
  CHECK((*found)[1].config == folder / "in/own/suite.lua");
  CHECK((*cli::find_suite_scripts({folder / "in"}))[0].config.empty());
  CHECK((*cli::find_suite_scripts({folder / "in/own/b_test.lua"}))[0].config ==
        folder / "in/own/suite.lua");
}

TEST_CASE("a script that is named twice is run once, and any file may be named") {
  const Folder folder({"a_test.lua", "b_test.lua", "smoke.lua"});
  const auto found = cli::find_suite_scripts(
      {folder.path(), folder / "a_test.lua", folder / "smoke.lua"});
  REQUIRE(found);
  CHECK(found->size() == 3);
  CHECK((*found)[2].path == folder / "smoke.lua");
}

TEST_CASE("scripts under several folders keep apart by their paths") {
  const Folder folder({"x/a_test.lua", "y/a_test.lua"});
  const auto found = cli::find_suite_scripts({folder / "x", folder / "y"});
  REQUIRE(found);
  CHECK((*found)[0].name.ends_with("x/a_test.lua"));
  CHECK((*found)[1].name.ends_with("y/a_test.lua"));
  CHECK(!(*found)[0].name.starts_with("/"));
}

TEST_CASE("a suite with nothing in it, or that is not there, is an error") {
  const Folder folder({"notes.lua"});
  CHECK_THAT(cli::find_suite_scripts({folder.path()}).error().message,
             Contains("no script found") && Contains(folder.path()));
  CHECK_THAT(cli::find_suite_scripts({folder / "gone"}).error().message,
             Contains("gone: no such folder or script"));
}

TEST_CASE("a filter is a part of the path, or a pattern for the whole") {
  const std::vector<SuiteScript> all = {{"s/chat/a_test.lua", "", ""}, {"s/b_test.lua", "", ""}};
  CHECK(cli::filtered(all, "").size() == 2);
  CHECK(cli::filtered(all, "chat/").size() == 1);
  CHECK(cli::filtered(all, "*/b_*").size() == 1);
  CHECK(cli::filtered(all, "b_*").empty());
}

TEST_CASE("the shards of a suite are the whole, each script once") {
  std::vector<SuiteScript> all;
  for (int i = 0; i < 10; ++i) all.push_back({std::to_string(i), "", ""});
  for (std::size_t of = 1; of <= 12; ++of) {
    std::multiset<std::string> seen;
    for (std::size_t index = 1; index <= of; ++index) {
      for (const auto& script : cli::shard_of(all, {index, of})) seen.insert(script.path);
    }
    CHECK(seen.size() == all.size());
    CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == all.size());
  }
}

TEST_CASE("a shard is counted from one") {
  const auto shard = cli::parse_shard("2/4");
  REQUIRE(shard);
  CHECK(shard->index == 2);
  CHECK(shard->of == 4);
  for (const char* bad : {"0/4", "5/4", "2", "2/", "/4", "a/b", "-1/4", "1/2/3", "1/0"}) {
    CHECK_THAT(cli::parse_shard(bad).error().message, Contains("--shard: expected a part"));
  }
}
