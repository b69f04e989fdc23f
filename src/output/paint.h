// Terminal colours, where they are wanted.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace output {

class Paint {
 public:
  explicit Paint(bool colours) : colours_(colours) {}

  std::string bold(std::string_view text) const { return paint("1", text); }
  std::string red(std::string_view text) const { return paint("31", text); }
  std::string green(std::string_view text) const { return paint("32", text); }
  std::string yellow(std::string_view text) const { return paint("33", text); }

 private:
  std::string paint(std::string_view code, std::string_view text) const {
    if (!colours_) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
  }

  bool colours_;
};

}  // namespace output
