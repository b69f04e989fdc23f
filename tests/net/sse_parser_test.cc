#include "net/sse_parser.h"

#include <catch2/catch.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "count_allocations.h"
#include "fixtures.h"

namespace {

struct Event {
  std::string name;
  std::string data;
  std::string id;

  bool operator==(const Event&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Event& event) {
  return out << '{' << event.name << '|' << event.data << '|' << event.id << '}';
}

struct Parsed {
  std::vector<Event> events;
  std::size_t comments = 0;
  bool has_partial_event = false;
  bool within_limit = true;

  bool operator==(const Parsed&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Parsed& parsed) {
  for (const Event& event : parsed.events) out << event;
  return out << " comments " << parsed.comments << " partial " << parsed.has_partial_event
             << " within limit " << parsed.within_limit;
}

// Feeds each part from its own heap block, gone after the call, so that the address sanitizer sees
// any view that outlives it.
Parsed parse(const std::vector<std::string>& parts,
             std::size_t max_bytes = net::SseParser::kDefaultMaxBytes) {
  Parsed parsed;
  net::SseParser parser(
      [&](const net::SseEvent& event) {
        parsed.events.push_back(
            {std::string(event.name), std::string(event.data), std::string(event.id)});
      },
      max_bytes);
  for (const std::string& part : parts) {
    const std::vector<char> block(part.begin(), part.end());
    parsed.within_limit = parser.feed({block.data(), block.size()});
  }
  parsed.comments = parser.comments();
  parsed.has_partial_event = parser.has_partial_event();
  return parsed;
}

std::vector<Event> events_of(const std::string& text) { return parse({text}).events; }

std::vector<std::string> bytes_of(const std::string& text) {
  std::vector<std::string> parts;
  for (const char c : text) parts.emplace_back(1, c);
  return parts;
}

// All ways to cut once, and to cut twice where the text is short.
void check_cuts(const std::string& text) {
  constexpr std::size_t kShort = 140;
  const Parsed whole = parse({text});
  CHECK(parse(bytes_of(text)) == whole);
  std::size_t different = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (!(parse({text.substr(0, i), text.substr(i)}) == whole)) ++different;
    for (std::size_t j = i; text.size() <= kShort && j <= text.size(); ++j) {
      const Parsed cut = parse({text.substr(0, i), text.substr(i, j - i), text.substr(j)});
      if (!(cut == whole)) ++different;
    }
  }
  CHECK(different == 0);
}

}  // namespace

TEST_CASE("the standard's own examples give the standard's events") {
  CHECK(events_of(tests::read_fixture("sse/whatwg_examples.sse")) ==
        std::vector<Event>{{"", "first event", "1"},
                           {"", "second event", ""},
                           {"", " third event", ""},
                           {"", "", ""},
                           {"", "\n", ""}});
}

TEST_CASE("fields, comments and empty events follow the rules") {
  const Parsed parsed = parse({tests::read_fixture("sse/fields.sse")});
  CHECK(parsed.events == std::vector<Event>{{"add", "73857293", ""},
                                            {"", "with an id", "7"},
                                            {"", "the empty name", "7"},
                                            {"error", "{\"code\":500}", "7"}});
  CHECK(parsed.comments == 2);
  CHECK_FALSE(parsed.has_partial_event);
}

TEST_CASE("data lines are joined with LF and their bytes are left alone") {
  CHECK(events_of(tests::read_fixture("sse/multi_line.sse")) ==
        std::vector<Event>{{"poem",
                            "Der Mond ist aufgegangen,\ndie goldnen Sternlein prangen\n\n"
                            "am Himmel hell und klar.",
                            ""},
                           {"", "ä€😀", ""}});
}

TEST_CASE("one byte order mark is skipped, at the start only") {
  CHECK(events_of(tests::read_fixture("sse/byte_order_mark.sse")) ==
        std::vector<Event>{{"", "a", ""}, {"", "b", ""}});
  CHECK(events_of("\xEF\xBB\xBF\xEF\xBB\xBF"
                  "data: a\n\ndata: b\n\n") == std::vector<Event>{{"", "b", ""}});
  CHECK(events_of("\xEF\xBB"
                  "data: a\n\ndata: b\n\n") == std::vector<Event>{{"", "b", ""}});
}

TEST_CASE("CR, LF and CRLF end a line, mixed as they come") {
  CHECK(events_of(tests::read_fixture("sse/line_ends.sse")) ==
        std::vector<Event>{{"", "lf", ""},
                           {"", "cr", ""},
                           {"", "crlf", ""},
                           {"", "mixed", ""},
                           {"", "x\ny\nz", ""}});
}

TEST_CASE(
    "an event is dispatched at the CR of its blank line, and the LF that follows is no other") {
  std::vector<std::string> seen;
  net::SseParser parser([&](const net::SseEvent& event) { seen.emplace_back(event.data); });
  parser.feed("data: a\r\n\r");
  CHECK(seen == std::vector<std::string>{"a"});
  parser.feed("");
  parser.feed("\ndata: b\n");
  CHECK(seen.size() == 1);
  parser.feed("\n");
  CHECK(seen == std::vector<std::string>{"a", "b"});
}

TEST_CASE("an id that holds NUL is ignored") {
  using namespace std::string_literals;
  CHECK(events_of("id: 1\ndata: a\n\nid: 2\0 3\ndata: b\n\nid\ndata: c\n\n"s) ==
        std::vector<Event>{{"", "a", "1"}, {"", "b", "1"}, {"", "c", ""}});
}

TEST_CASE("an id stays though its event is not dispatched, a name does not") {
  CHECK(events_of("id: 5\nevent: x\n\ndata: a\n\n") == std::vector<Event>{{"", "a", "5"}});
}

TEST_CASE("only one space after the colon is taken away") {
  CHECK(events_of("data:a\n\ndata: b\n\ndata:  c\n\ndata:\td\n\ndata: e: f\n\n") ==
        std::vector<Event>{
            {"", "a", ""}, {"", "b", ""}, {"", " c", ""}, {"", "\td", ""}, {"", "e: f", ""}});
}

TEST_CASE("field names are exact") {
  CHECK(events_of("Data: a\n\n data: b\n\ndata : c\n\ndatum: d\n\ndata: e\n\n") ==
        std::vector<Event>{{"", "e", ""}});
}

TEST_CASE("a field `error` is the data of an event of that name, though the standard knows none") {
  CHECK(events_of("data: a\n\nerror: {\"code\":500}\n\ndata: [DONE]\n\n") ==
        std::vector<Event>{{"", "a", ""}, {"error", "{\"code\":500}", ""}, {"", "[DONE]", ""}});
  CHECK(events_of("error:{\nerror: }\n\n") == std::vector<Event>{{"error", "{\n}", ""}});
  CHECK(events_of("error\n\n") == std::vector<Event>{{"error", "", ""}});
  CHECK(events_of("errors: a\n\nerror : b\n\n").empty());
  CHECK(parse({"error: {\"code\":500}\n"}).has_partial_event);
  CHECK_FALSE(parse({"error: 1234567\n\n"}, 12).within_limit);
  check_cuts("error: {\"code\":500}\r\n\r\ndata: [DONE]\n\n");
}

TEST_CASE("an unfinished event at the end is held back and reported") {
  const Parsed parsed = parse({tests::read_fixture("sse/unfinished.sse")});
  CHECK(parsed.events == std::vector<Event>{{"", "whole", ""}});
  CHECK(parsed.has_partial_event);
  CHECK(parse({"data: a\n\ndata: b\n"}).has_partial_event);
  CHECK(parse({"data: a\n\nevent: b\n"}).has_partial_event);
  CHECK(parse({"data: a\n\nda"}).has_partial_event);
  CHECK_FALSE(parse({"data: a\n\n"}).has_partial_event);
  CHECK_FALSE(parse({"data: a\n\n: keep-al"}).has_partial_event);
  CHECK_FALSE(parse({""}).has_partial_event);
}

TEST_CASE("every fixture gives the same events wherever it is cut, under every line end") {
  std::vector<std::string> names = tests::fixtures_in("sse");
  for (const char* dialect : {"anthropic", "openai_chat", "openai_responses"}) {
    for (const std::string& name : tests::fixtures_in(dialect)) names.push_back(name);
  }
  REQUIRE(names.size() > 8);
  for (const std::string& name : names) {
    INFO(name);
    const std::string text = tests::read_fixture(name);
    check_cuts(text);
    const bool has_cr = text.find('\r') != std::string::npos;
    for (const std::string line_end : {"\r\n", "\r"}) {
      const std::string changed = tests::with_line_ends(text, line_end);
      if (!has_cr) CHECK(events_of(changed) == events_of(text));
      check_cuts(changed);
    }
  }
}

TEST_CASE("a line over the limit ends the stream, and what came before it stands") {
  const std::vector<Event> before{{"", "a", ""}};
  const std::string text = "data: a\n\ndata: 1234567\n\ndata: b\n\n";
  CHECK(parse({text}, 13) == parse({text}));
  for (const auto& parts : {std::vector<std::string>{text}, bytes_of(text)}) {
    const Parsed parsed = parse(parts, 12);
    CHECK_FALSE(parsed.within_limit);
    CHECK(parsed.events == before);
  }
  CHECK_FALSE(parse({"data: a\n\n", "data: 12", "34567"}, 12).within_limit);
}

TEST_CASE("an event's data over the limit ends the stream though each line is short") {
  const std::string text = "data: 12345\ndata: 67890\ndata: 1\n\n";
  CHECK(parse({text}, 13).events == std::vector<Event>{{"", "12345\n67890\n1", ""}});
  CHECK(parse(bytes_of(text), 13).within_limit);
  CHECK_FALSE(parse({text}, 12).within_limit);
  CHECK_FALSE(parse(bytes_of(text), 12).within_limit);
  CHECK(parse({text}, 12).events.empty());
}

TEST_CASE("a parser that has ended stays so") {
  std::size_t events = 0;
  net::SseParser parser([&](const net::SseEvent&) { ++events; }, 16);
  CHECK_FALSE(parser.feed("data: far too long a line\n\n"));
  CHECK_FALSE(parser.feed("\n\ndata: a\n\n"));
  CHECK(events == 0);
}

TEST_CASE("data that lies whole in one feed is passed on in place") {
  const std::string text = "event: a\ndata: in place\n\n";
  const char* data = nullptr;
  net::SseParser parser([&](const net::SseEvent& event) { data = event.data.data(); });
  parser.feed(text);
  CHECK(data == text.data() + text.find("in place"));
}

TEST_CASE("the usual events cost no allocation") {
  const std::string frame =
      "event: content_block_delta\ndata: " + std::string(160, 'x') + "\nid: 12345\n\n";
  std::string read;
  for (int i = 0; i < 10; ++i) read += frame;
  std::size_t events = 0;
  net::SseParser parser([&](const net::SseEvent&) { ++events; });
  parser.feed(frame);  // The name's memory is kept for later events.

  CHECK(tests::count_allocations([&] { parser.feed(read); }) == 0);
  CHECK(events == 11);

  // Cut events need memory once, for the longest remainder.
  const std::string_view view = read;
  for (std::size_t cut = 0; cut < frame.size(); ++cut) {
    parser.feed(view.substr(0, cut));
    parser.feed(view.substr(cut));
  }
  CHECK(tests::count_allocations([&] {
          for (std::size_t cut = 0; cut < frame.size(); ++cut) {
            parser.feed(view.substr(0, cut));
            parser.feed(view.substr(cut));
          }
        }) == 0);
}
