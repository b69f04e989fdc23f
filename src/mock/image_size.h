// The size of an image, from its first bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mock {

struct ImageSize {
  std::int64_t width = 0;
  std::int64_t height = 0;
};

// Of a PNG, GIF, WebP or JPEG in base64. Nothing where it cannot be read from its first 64 KB.
std::optional<ImageSize> read_image_size(std::string_view base64);

}  // namespace mock
