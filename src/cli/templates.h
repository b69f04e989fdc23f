// The scripts that `perigee new` writes, as text in the binary.
#pragma once

#include <span>
#include <string_view>

namespace cli {

struct Template {
  std::string_view name;  // "chat"
  std::string_view source;
};

std::span<const Template> templates();  // Generated from lua/templates.

}  // namespace cli
