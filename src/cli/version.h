#pragma once

namespace cli {

inline constexpr const char* kVersion = PERIGEE_VERSION;  // From CMakeLists.txt.

}  // namespace cli
