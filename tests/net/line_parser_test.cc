#include "net/line_parser.h"

#include <catch2/catch.hpp>
#include <vector>

using net::LineParser;

namespace {

using Lines = std::vector<std::string>;

struct Collected {
  Lines lines;
  LineParser parser;

  explicit Collected(std::size_t max_bytes = net::SseParser::kDefaultMaxBytes)
      : parser(
            [this](const net::SseEvent& event) {
              CHECK(event.name.empty());
              lines.emplace_back(event.data);
            },
            max_bytes) {}
};

Lines lines_of(const std::string& body) {
  Collected collected;
  CHECK(collected.parser.feed(body));
  collected.parser.end();
  return collected.lines;
}

}  // namespace

TEST_CASE("each line is an event, whichever way it ends") {
  CHECK(lines_of("{\"a\":1}\n{\"a\":2}\r\n{\"a\":3}\n") ==
        Lines{"{\"a\":1}", "{\"a\":2}", "{\"a\":3}"});
}

TEST_CASE("empty lines are no events") {
  CHECK(lines_of("\n\r\na\n\n\r\nb\n\n") == Lines{"a", "b"});
  CHECK(lines_of("").empty());
}

TEST_CASE("a carriage return within a line is part of it") {
  CHECK(lines_of("a\rb\n") == Lines{"a\rb"});
}

TEST_CASE("the last line needs no end, but only the body's end makes it whole") {
  Collected collected;
  collected.parser.feed("a\nb");
  CHECK(collected.lines == Lines{"a"});
  collected.parser.end();
  CHECK(collected.lines == Lines{"a", "b"});
  collected.parser.end();
  CHECK(collected.lines.size() == 2);
}

TEST_CASE("lines are the same however the bytes are cut") {
  const std::string body = "first\r\n\r\nsecond, longer\nthird";
  const Lines whole = lines_of(body);
  for (std::size_t cut = 0; cut <= body.size(); ++cut) {
    for (std::size_t second = cut; second <= body.size(); ++second) {
      Collected collected;
      collected.parser.feed(body.substr(0, cut));
      collected.parser.feed(body.substr(cut, second - cut));
      collected.parser.feed(body.substr(second));
      collected.parser.end();
      REQUIRE(collected.lines == whole);
    }
  }
}

TEST_CASE("a line over the limit ends the stream") {
  Collected collected(4);
  CHECK(collected.parser.feed("abcd\nab"));
  CHECK(collected.parser.feed("cd\n"));
  CHECK_FALSE(collected.parser.feed("abc\nabcde"));
  CHECK_FALSE(collected.parser.feed("x\n"));
  collected.parser.end();
  CHECK(collected.lines == Lines{"abcd", "abcd", "abc"});
}
