#include "net/gzip.h"

#include <zlib.h>

#include <catch2/catch.hpp>

namespace {

std::string unzip(std::string packed, std::size_t size) {
  std::string text(size + 1, '\0');
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

}  // namespace

TEST_CASE("what is compressed can be unpacked") {
  const std::string bytes("\0\xff\r\n", 4);
  for (const std::string& text : {std::string(), bytes, std::string(200'000, 'x')}) {
    CHECK(unzip(net::gzip(text), text.size()) == text);
  }
}

TEST_CASE("a text that repeats itself becomes small") {
  CHECK(net::gzip(std::string(200'000, 'x')).size() < 1'000);
}
