#include "llm/http_date.h"

#include <catch2/catch.hpp>

using llm::parse_http_date;
using std::chrono::seconds;
using std::chrono::sys_seconds;

TEST_CASE("the three forms of a date mean the same second") {
  const sys_seconds expected(seconds(784'111'777));
  CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == expected);
  CHECK(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT") == expected);
  CHECK(parse_http_date("Sun Nov  6 08:49:37 1994") == expected);
}

TEST_CASE("other texts are no dates") {
  for (const char* text :
       {"", "30", "soon", "Sun, 06 Nov 1994 08:49:37", "1994-11-06T08:49:37Z",
        "Sun, 06 Nov 1994 08:49:37 GMT later", "Sun, 46 Nov 1994 08:49:37 GMT"}) {
    INFO(text);
    CHECK_FALSE(parse_http_date(text));
  }
}
