#include "mock/image_size.h"

#include <array>
#include <string>

namespace mock {
namespace {

constexpr std::array<std::int8_t, 256> make_values() {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}

// Up to the first character that is none of base64's.
std::string decode(std::string_view base64) {
  constexpr auto kValues = make_values();
  std::string bytes;
  bytes.reserve(base64.size() / 4 * 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : base64) {
    const std::int8_t value = kValues[static_cast<unsigned char>(c)];
    if (value < 0) break;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<char>(bits >> count & 0xff));
  }
  return bytes;
}

std::uint32_t byte_at(std::string_view bytes, std::size_t place) {
  return static_cast<unsigned char>(bytes[place]);
}

std::uint32_t big_endian(std::string_view bytes, std::size_t place, std::size_t length) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < length; ++i) value = value << 8 | byte_at(bytes, place + i);
  return value;
}

std::uint32_t little_endian(std::string_view bytes, std::size_t place, std::size_t length) {
  std::uint32_t value = 0;
  while (length-- > 0) value = value << 8 | byte_at(bytes, place + length);
  return value;
}

// A WebP's size stands in the header of its first chunk, which has three forms.
std::optional<ImageSize> webp_size(std::string_view bytes) {
  constexpr std::uint32_t k14Bits = 0x3fff;
  const std::string_view form = bytes.substr(12, 4);
  if (form == "VP8 ") {
    return ImageSize{little_endian(bytes, 26, 2) & k14Bits, little_endian(bytes, 28, 2) & k14Bits};
  }
  if (form == "VP8X") {
    return ImageSize{little_endian(bytes, 24, 3) + 1, little_endian(bytes, 27, 3) + 1};
  }
  if (form != "VP8L") return std::nullopt;
  const std::uint32_t packed = little_endian(bytes, 21, 4);
  return ImageSize{(packed & k14Bits) + 1, (packed >> 14 & k14Bits) + 1};
}

// A JPEG is a row of segments; the size stands in the one that begins the frame, behind thumbnails
// and colour profiles.
std::optional<ImageSize> jpeg_size(std::string_view bytes) {
  std::size_t place = 2;
  while (place + 9 <= bytes.size() && byte_at(bytes, place) == 0xff) {
    const std::uint32_t marker = byte_at(bytes, place + 1);
    const bool is_table = marker == 0xc4 || marker == 0xc8 || marker == 0xcc;
    if (marker >= 0xc0 && marker <= 0xcf && !is_table) {
      return ImageSize{big_endian(bytes, place + 7, 2), big_endian(bytes, place + 5, 2)};
    }
    place += 2 + big_endian(bytes, place + 2, 2);
  }
  return std::nullopt;
}

}  // namespace

std::optional<ImageSize> read_image_size(std::string_view base64) {
  constexpr std::size_t kLooksAt = std::size_t{64} * 1024;
  constexpr std::size_t kLongestHeader = 30;
  const std::string bytes = decode(base64.substr(0, kLooksAt));
  if (bytes.size() < kLongestHeader) return std::nullopt;
  const std::string_view view = bytes;
  if (view.starts_with("\x89PNG")) {
    return ImageSize{big_endian(view, 16, 4), big_endian(view, 20, 4)};
  }
  if (view.starts_with("GIF8")) {
    return ImageSize{little_endian(view, 6, 2), little_endian(view, 8, 2)};
  }
  if (view.starts_with("RIFF") && view.substr(8, 4) == "WEBP") return webp_size(view);
  if (view.starts_with("\xff\xd8")) return jpeg_size(view);
  return std::nullopt;
}

}  // namespace mock
