#include "mock/image_size.h"

#include <catch2/catch.hpp>
#include <string>

namespace {

std::string size_of(std::string_view base64) {
  const auto size = mock::read_image_size(base64);
  if (!size) return "unknown";
  return std::to_string(size->width) + "x" + std::to_string(size->height);
}

}  // namespace

TEST_CASE("the size of an image is read from its head") {
  CHECK(size_of("R0lGODlhGAGMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==") == "280x140");      // GIF
  CHECK(size_of("iVBORw0KGgoAAAANSUhEUgAAAoAAAAHgCAIAAAAAAAAAAAAAAA==") == "640x480");  // PNG
  CHECK(size_of("UklGRgAAAABXRUJQVlA4WAoAAAAAAAAAHwMAVwIAAAAAAA==") == "800x600");  // WebP, VP8X
  CHECK(size_of("UklGRgAAAABXRUJQVlA4IAoAAAAAAACdASpAQcgAAAAAAA==") == "320x200");  // WebP, VP8
  CHECK(size_of("UklGRgAAAABXRUJQVlA4TAoAAAAvegALAAAAAAAAAAAA") == "123x45");       // WebP, VP8L
}

TEST_CASE("a JPEG's size stands behind other segments") {
  CHECK(size_of("/9j/4AAQSkZJRgAAAAAAAAAAAAD/xAAEAAD/wgARCAEsAZADAAAAAAAAAAAA") == "400x300");
}

TEST_CASE("what is no image has no size") {
  CHECK(size_of("") == "unknown");
  CHECK(size_of("aGVsbG8=") == "unknown");
  CHECK(size_of("not base64 at all, but long enough to be looked at") == "unknown");
  CHECK(size_of("/9j/4AAQSkZJRgAAAAAAAAAAAAD/4AAAAAD/4AAAAAD/4AAA") == "unknown");
  CHECK(size_of("UklGRgAAAABXRUJQQUJDRAoAAAAvegALAAAAAAAAAAAA") == "unknown");
}
