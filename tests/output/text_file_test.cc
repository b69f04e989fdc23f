#include "output/text_file.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / "perigee_text_file_test";
  Folder() { fs::create_directory(path); }
  ~Folder() { fs::remove_all(path); }
  std::string file(const char* name) const { return (path / name).string(); }
};

std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a file is replaced as a whole, through a link as well, and nothing is left beside it") {
  const Folder folder;
  REQUIRE(output::write_file("one and more", folder.file("a")));
  fs::create_symlink(folder.file("a"), folder.file("link"));
  REQUIRE(output::write_file("two", folder.file("link")));
  CHECK(read(folder.file("a")) == "two");
  CHECK(fs::is_symlink(folder.file("link")));
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 2);
}

TEST_CASE("appending keeps what is there, and makes what is not") {
  const Folder folder;
  REQUIRE(output::append_to_file("one\n", folder.file("a")));
  REQUIRE(output::append_to_file("two\n", folder.file("a")));
  CHECK(read(folder.file("a")) == "one\ntwo\n");
}

TEST_CASE("a place where no file can be is refused before and after") {
  const Folder folder;
  CHECK(output::check_writable(folder.file("a")));
  CHECK(output::check_writable(folder.path.string()).error().message ==
        folder.path.string() + ": is a directory");
  CHECK(!output::check_writable(folder.file("no/a")));
  CHECK(!output::write_file("x", folder.file("no/a")));
  CHECK(!output::append_to_file("x", folder.file("no/a")));
}
