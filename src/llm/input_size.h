// Classes of requests by the length of their input: how long a model takes depends on it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace llm {

// As the tag input_size has them, the shortest first.
inline constexpr std::array<std::string_view, 3> kInputSizes = {"<1k", "1k-10k", ">=10k"};

// The class of so many input tokens, cached ones included; "" for none, where none were reported.
constexpr std::string_view input_size(std::uint64_t tokens) {
  if (tokens == 0) return "";
  if (tokens < 1'000) return kInputSizes[0];
  return tokens < 10'000 ? kInputSizes[1] : kInputSizes[2];
}

}  // namespace llm
