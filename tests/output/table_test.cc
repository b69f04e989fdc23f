#include "output/table.h"

#include <catch2/catch.hpp>

using output::cut_in_the_middle;
using output::cut_to_width;
using output::LongWords;
using output::printable;
using output::Table;
using output::width_of;
using output::wrap;

TEST_CASE("a width counts columns, not bytes") {
  CHECK(width_of("") == 0);
  CHECK(width_of("abc") == 3);
  CHECK(width_of("✓ ≥12µs · …") == 11);
}

TEST_CASE("text is cut at a code point, with an ellipsis in the last column") {
  CHECK(cut_to_width("abcdef", 6) == "abcdef");
  CHECK(cut_to_width("abcdef", 4) == "abc…");
  CHECK(cut_to_width("≥≥≥≥", 3) == "≥≥…");
  CHECK(cut_to_width("abc", 1) == "…");
  CHECK(cut_to_width("abc", 0).empty());
}

TEST_CASE("wrapped text breaks at spaces and indents what follows") {
  CHECK(wrap("one two three", 7, 2) == "one two\n  three");
  CHECK(wrap("one two", 7, 2) == "one two");
  CHECK(wrap("", 7, 2).empty());
}

TEST_CASE("wrapping keeps runs of spaces inside a line and drops them at a break") {
  CHECK(wrap("ab   cd   ef", 8, 1) == "ab   cd\n ef");
}

TEST_CASE("lines of the text itself stay lines, indented") {
  CHECK(wrap("one\n  two three", 9, 2) == "one\n    two\n  three");
}

TEST_CASE("a word wider than the line stays whole") {
  CHECK(wrap("see https://example.com/a/long/path now", 10, 2) ==
        "see\n  https://example.com/a/long/path\n  now");
}

TEST_CASE("CJK and emoji are two columns wide, combining marks and colours none") {
  CHECK(width_of("日本語") == 6);
  CHECK(width_of("🚀") == 2);
  CHECK(width_of("e\u0301") == 1);
  CHECK(width_of("\x1b[31mred\x1b[0m") == 3);
  CHECK(width_of("a\xff\xe6\x97") == 4);  // Malformed bytes are one wide each.
}

TEST_CASE("cuts keep whole glyphs and their marks, and fit") {
  CHECK(cut_to_width("日本語", 4) == "日…");
  CHECK(cut_to_width("日本語", 5) == "日本…");
  CHECK(cut_to_width("e\u0301e\u0301e\u0301", 2) == "e\u0301…");
  CHECK(cut_in_the_middle("日本語日本語", 7) == "日…本語");
  CHECK(cut_in_the_middle("abcde\u0301f", 4) == "a…e\u0301f");
}

TEST_CASE("on a terminal a word wider than the line is broken") {
  CHECK(wrap("see abcdefghij now", 6, 2, LongWords::kBroken) == "see\n  abcd\n  efgh\n  ij\n  now");
  CHECK(wrap("日本語日本語", 5, 1, LongWords::kBroken) == "日本\n 語日\n 本語");
}

TEST_CASE("an indent leaves a quarter of the line at least") {
  CHECK(wrap("one two", 4, 50) == "one\n   two");
}

TEST_CASE("text to print has no control characters but what newlines it may keep") {
  CHECK(printable("a\x1b[2J\tb\nc\u009b") == "a [2J b c ");
  CHECK(printable("a\nb", output::Newlines::kKept) == "a\nb");
}

TEST_CASE("columns stay under one another beside wide glyphs") {
  Table table({"task", "n"});
  table.add_row({"日本", "1"});
  table.add_row({"abcd", "2"});
  CHECK(table.lines(80, 0)[1] == "日本  1\n");
  CHECK(table.lines(80, 0)[2] == "abcd  2\n");
}

TEST_CASE("columns of numbers are aligned right, labels left") {
  Table table({"task", "n", "p95"});
  table.add_row({"simple", "12", "≥1.20s"});
  table.add_row({"a", "1,234", "9ms"});
  CHECK(table.lines(80, 2) == std::vector<std::string>{"  task        n     p95\n",
                                                       "  simple     12  ≥1.20s\n",
                                                       "  a       1,234     9ms\n"});
}

TEST_CASE("a heading spans the table without widening its columns") {
  Table table({"latency", "avg"});
  table.add_heading("  time to first token (llm_ttft)");
  table.add_row({"    all", "1ms"});
  const auto lines = table.lines(80, 0);
  CHECK(lines[1] == "  time to first token (llm_ttft)\n");
  CHECK(lines[2] == "    all  1ms\n");
}

TEST_CASE("a table that is too wide drops columns in the order given, then cuts its labels") {
  Table table({"task", "keep", "second", "first"});
  table.add_row({"a task with a long name", "1", "2", "3"});
  table.may_drop(3);
  table.may_drop(2);
  CHECK(table.lines(44, 0)[0] == "task                     keep  second  first\n");
  CHECK(table.lines(41, 0)[1] == "a task … a long name     1       2      3\n");
  CHECK(table.lines(34, 0)[1] == "a task … a long name     1       2\n");
  CHECK(table.lines(20, 0)[1] == "a tas…ong name     1\n");
  for (const std::size_t width : {5U, 10U, 20U, 30U, 40U}) {
    for (const std::string& line : table.lines(width, 2)) CHECK(width_of(line) <= width + 1);
  }
}

TEST_CASE("a name from a script cannot move the cursor") {
  Table table({"task", "n"});
  table.add_row({"a\x1b[2Jb\nc", "1"});
  CHECK(table.lines(80, 0)[1] == "a [2Jb c  1\n");
}

TEST_CASE("cells that are missing at the end are empty, and lines end without spaces") {
  Table table({"task", "n", "cost"});
  table.add_row({"simple", "1"});
  CHECK(table.lines(80, 0)[1] == "simple  1\n");
}

TEST_CASE("a cut in the middle keeps both ends") {
  CHECK(cut_in_the_middle("http://a/one", 12) == "http://a/one");
  CHECK(cut_in_the_middle("http://a/one", 8) == "htt…/one");
  CHECK(cut_in_the_middle("≥≥≥≥≥≥", 5) == "≥≥…≥≥");
  CHECK(cut_in_the_middle("abcdef", 2) == "a…");
}
