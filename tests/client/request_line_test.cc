#include "client/request_line.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace std::chrono_literals;
using client::append_http_line;
using client::append_json_string;

namespace {

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(text, out);
  return out;
}

}  // namespace

TEST_CASE("texts are escaped, and what is no UTF-8 is replaced") {
  CHECK(json_string("plain") == R"("plain")");
  CHECK(json_string("") == R"("")");
  CHECK(json_string("a\"b\\c\nd") == R"("a\"b\\c\nd")");
  CHECK(json_string("é") == "\"é\"");
  CHECK(json_string("a\xff") == "\"a\xEF\xBF\xBD\"");
}

TEST_CASE("moments count from the zero, to the nanosecond, and those before it are negative") {
  const base::TimePoint zero{100s};
  client::HttpRecord record;
  record.origin.due = zero - 1ns;
  record.asked = zero + 1'500ms + 7ns;
  record.ended = zero + 2s;
  std::string line;
  append_http_line(record, "", {zero, true}, line);
  CHECK(line.find(R"("due_s":-0.000000001,"asked_s":1.500000007,"start_s":null)") !=
        std::string::npos);
  CHECK(line.find(R"("ended_s":2.000000000)") != std::string::npos);
  CHECK(line.back() == '\n');
  CHECK(nlohmann::json::parse(line).at("apart") == true);
}

TEST_CASE("a long message is cut, but not in the middle of a character") {
  const base::TimePoint zero{100s};
  client::HttpRecord record;
  std::string line;
  append_http_line(record, std::string(499, 'x') + "éé", {zero, false}, line);
  CHECK(nlohmann::json::parse(line).at("message") == std::string(499, 'x'));
}
