#include "output/escape.h"

#include <catch2/catch.hpp>
#include <string>

using namespace std::string_literals;

TEST_CASE("what means something in XML is escaped") {
  CHECK(output::xml_text("a < b && \"c\" > 'd'\n\te\r") ==
        "a &lt; b &amp;&amp; \"c\" &gt; 'd'\n\te&#13;");
  CHECK(output::xml_attribute("a < \"c\"\none\ttwo\r") == "a &lt; &quot;c&quot;&#10;one&#9;two&#13;");
}

TEST_CASE("characters that XML cannot hold are replaced") {
  CHECK(output::xml_text("a\0b\x1b[31m\x08"s) == "a\uFFFDb\uFFFD[31m\uFFFD");
  CHECK(output::xml_text("\xEF\xBF\xBE\xEF\xBF\xBF") == "\uFFFD\uFFFD");
}

TEST_CASE("bytes that are not UTF-8 are replaced, and UTF-8 stays") {
  CHECK(output::xml_text("h\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8C\x99") == "hé € 🌙");
  CHECK(output::valid_utf8("a\xFF" "b") == "a\uFFFD" "b");
  CHECK(output::valid_utf8("cut \xE2\x82").starts_with("cut \uFFFD"));
}

TEST_CASE("nothing in escaped Markdown has a meaning, and it stays in its cell") {
  CHECK(output::markdown_escaped("a|b\nc") == "a&#124;b c");
  CHECK(output::markdown_escaped("<img src=x>") == "&lt;img src=x&gt;");
  CHECK(output::markdown_escaped("`x` \\| *b* _i_ [l](u) ~s~ $1$") ==
        "&#96;x&#96; &#92;&#124; \\*b\\* \\_i\\_ \\[l\\](u) \\~s\\~ &#36;1&#36;");
  CHECK(output::markdown_escaped("\x1b[31m") == "?\\[31m");
}

TEST_CASE("code is a span of backticks where its text allows that") {
  CHECK(output::markdown_code("llm_ttft p(95) < 2s") == "`llm_ttft p(95) < 2s`");
  CHECK(output::markdown_code("a`b|c") == "<code>a&#96;b&#124;c</code>");
  CHECK(output::markdown_code("").empty());
}

TEST_CASE("no line of a block can end it") {
  CHECK(output::markdown_block("boom") == "```\nboom\n```\n");
  CHECK(output::markdown_block("a\n````\nb\n") == "`````\na\n````\nb\n`````\n");
}

TEST_CASE("a workflow command stays on its line, and its properties apart") {
  CHECK(output::workflow_message("50% of a: b, c\nd\te") == "50%25 of a: b, c%0Ad\te");
  CHECK(output::workflow_property("50% of a: b, c\nd") == "50%25 of a%3A b%2C c%0Ad");
  CHECK(output::workflow_message("a\rb\x1b") == "a?b?");
}
