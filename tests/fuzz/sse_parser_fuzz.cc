// Whatever the bytes are and wherever reads cut them, the events are the same.
//
// clang++ -std=c++20 -O1 -g -fsanitize=fuzzer,address,undefined -Isrc \
//   tests/fuzz/sse_parser_fuzz.cc src/net/sse_parser.cc -o sse_parser_fuzz
// ./sse_parser_fuzz -max_total_time=60 tests/fixtures/sse tests/fixtures/anthropic
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "net/sse_parser.h"

namespace {

struct Parsed {
  std::vector<std::string> events;  // Name, data and id in turn.
  std::size_t comments = 0;
  bool has_partial_event = false;
  bool within_limit = true;

  bool operator==(const Parsed&) const = default;
};

// Each read is next_size() bytes long, in memory of its own that is gone after the call.
Parsed parse(std::string_view bytes, std::size_t max_bytes,
             const std::function<std::size_t()>& next_size) {
  Parsed parsed;
  net::SseParser parser(
      [&](const net::SseEvent& event) {
        for (const std::string_view part : {event.name, event.data, event.id}) {
          parsed.events.emplace_back(part);
        }
      },
      max_bytes);
  while (!bytes.empty()) {
    const std::string_view read = bytes.substr(0, next_size());
    const std::vector<char> block(read.begin(), read.end());
    parsed.within_limit = parser.feed({block.data(), block.size()});
    bytes.remove_prefix(read.size());
  }
  parsed.comments = parser.comments();
  parsed.has_partial_event = parser.has_partial_event();
  return parsed;
}

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t seed = std::hash<std::string_view>()(bytes);
  // Half of the inputs meet a limit that short lines reach.
  const std::size_t max_bytes = seed % 2 == 0 ? net::SseParser::kDefaultMaxBytes : seed / 2 % 64;

  const Parsed whole = parse(bytes, max_bytes, [&] { return bytes.size(); });
  // What is held of a line over the limit depends on the reads; what was passed on does not.
  const auto same = [&](const Parsed& cut) {
    return cut.events == whole.events && cut.comments == whole.comments &&
           cut.within_limit == whole.within_limit &&
           (!whole.within_limit || cut.has_partial_event == whole.has_partial_event);
  };
  require(same(parse(bytes, max_bytes, [] { return std::size_t{1}; })));

  // The input itself says how long the reads are.
  std::size_t at = seed;
  require(same(parse(bytes, max_bytes, [&] { return 1 + data[at++ % size] % 32; })));
  if (size > 0) {
    std::size_t next = 1 + seed % size;
    require(same(parse(bytes, max_bytes, [&] {
      const std::size_t now = next;
      next = size;
      return now;
    })));
  }
  return 0;
}
