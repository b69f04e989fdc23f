// The latency profiles that the mock brings along, as text in the binary.
#pragma once

#include <span>
#include <string_view>
#include <utility>

namespace mock {

// Name ("haiku") and JSON of each. Generated from src/mock/profiles by embed_profiles.cmake.
std::span<const std::pair<std::string_view, std::string_view>> embedded_profiles();

}  // namespace mock
