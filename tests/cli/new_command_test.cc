#include "cli/new_command.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "cli/templates.h"

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / "perigee_new_command_test";
  Folder() {
    fs::remove_all(path);
    fs::create_directory(path);
  }
  ~Folder() { fs::remove_all(path); }
  std::string file(const char* name) const { return (path / name).string(); }
};

std::string contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("every template is written as it is") {
  const Folder folder;
  CHECK(cli::templates().size() == 3);
  for (const cli::Template& each : cli::templates()) {
    const std::string path = folder.file("each.lua");
    REQUIRE(cli::write_template(std::string(each.name), path, true));
    CHECK(contents(path) == each.source);
    CHECK_THAT(contents(path), Contains("return {"));
  }
}

TEST_CASE("a file that is there is kept unless it is to be replaced") {
  const Folder folder;
  const std::string path = folder.file("script.lua");
  std::ofstream(path) << "mine";
  CHECK_THAT(cli::write_template("chat", path, false).error().message,
             Contains("is there already; -f replaces it"));
  CHECK(contents(path) == "mine");
  REQUIRE(cli::write_template("chat", path, true));
  CHECK(contents(path) != "mine");
}

TEST_CASE("an unknown template and a place that cannot be written are named") {
  const Folder folder;
  CHECK(cli::write_template("chatt", folder.file("a.lua"), false).error().message ==
        "--template: unknown template \"chatt\" (did you mean \"chat\"?)");
  CHECK_THAT(cli::write_template("chat", folder.path.string(), false).error().message,
             Contains("is a directory"));
  CHECK_THAT(cli::write_template("chat", folder.file("no/a.lua"), false).error().message,
             Contains("cannot write"));
}
