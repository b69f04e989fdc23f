// Reads the files under tests/fixtures.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace tests {

inline std::string read_fixture(const std::string& name) {
  std::ifstream file(std::filesystem::path(FIXTURES) / name, std::ios::binary);
  if (!file) throw std::runtime_error("no fixture " + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The names of a folder's fixtures, sorted, as read_fixture takes them.
inline std::vector<std::string> fixtures_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(FIXTURES) / folder)) {
    names.push_back(folder + "/" + entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// The same text with other line ends: "\r\n" or "\r".
inline std::string with_line_ends(const std::string& text, const std::string& line_end) {
  std::string changed;
  for (const char c : text) {
    if (c == '\n') {
      changed += line_end;
    } else {
      changed += c;
    }
  }
  return changed;
}

}  // namespace tests
