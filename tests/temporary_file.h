// A file that is gone with the test.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace tests {

class TemporaryFile {
 public:
  // `suffix` is how the file's name ends, as in ".csv".
  TemporaryFile(std::string_view suffix, std::string_view text) {
    static int number = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("perigee_test_" + std::to_string(::getpid()) + "_" + std::to_string(++number));
    path_ += suffix;
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace tests
