#include "base/row_file.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "temporary_file.h"

namespace {

using base::RowFile;
using Format = RowFile::Format;
using Texts = std::vector<std::string>;
using tests::TemporaryFile;

std::shared_ptr<const RowFile> open(const TemporaryFile& file, Format format) {
  auto opened = RowFile::open(file.path(), format);
  REQUIRE((opened ? "" : opened.error().message) == "");
  return *opened;
}

Texts rows_of(std::string_view text, Format format) {
  const TemporaryFile file("", text);
  const auto opened = open(file, format);
  Texts rows;
  for (std::size_t row = 0; row < opened->size(); ++row) rows.emplace_back(opened->row(row));
  return rows;
}

// What opening says, with FILE for the file's name.
std::string error_of(std::string_view text, Format format) {
  const TemporaryFile file("", text);
  const auto opened = RowFile::open(file.path(), format);
  REQUIRE_FALSE(opened);
  REQUIRE(opened.error().message.starts_with(file.path()));
  return "FILE" + opened.error().message.substr(file.path().size());
}

TEST_CASE("Rows are lines, with any line end, also without a last one") {
  for (const Format format : {Format::kLines, Format::kJsonLines, Format::kJson}) {
    CHECK(rows_of("1\n22\n333\n", format) == Texts{"1", "22", "333"});
    CHECK(rows_of("1\r\n22\r\n333\r\n", format) == Texts{"1", "22", "333"});
    CHECK(rows_of("1\n22\n333", format) == Texts{"1", "22", "333"});
    CHECK(rows_of("1", format) == Texts{"1"});
  }
}

TEST_CASE("Empty lines and a byte order mark are no rows") {
  for (const Format format : {Format::kLines, Format::kJsonLines}) {
    CHECK(rows_of("\xEF\xBB\xBF\n\n1\n\r\n\n22\n\n\n", format) == Texts{"1", "22"});
  }
  CHECK(rows_of("\xEF\xBB\xBF"
                "1\n",
                Format::kLines) == Texts{"1"});
}

TEST_CASE("White space is a row of plain lines and none of JSON lines") {
  CHECK(rows_of("  \n 1 \n", Format::kLines) == Texts{"  ", " 1 "});
  CHECK(rows_of("  \n{}\n \t", Format::kJsonLines) == Texts{"{}"});
}

TEST_CASE("A JSON array's elements are rows, wherever their lines end") {
  CHECK(rows_of(R"([1,{"a":[1,2]},"x"])", Format::kJson) == Texts{"1", R"({"a":[1,2]})", R"("x")"});
  CHECK(rows_of("\n [ 1 ,\r\n { \"a\" :\n 2 }\n ]\n", Format::kJson) ==
        Texts{"1", "{ \"a\" :\n 2 }"});
}

TEST_CASE("Brackets, commas and quotes in a JSON array's strings mean nothing") {
  CHECK(rows_of(R"(["a]","b,[{", "\"]", "\\", "\\\"],"])", Format::kJson) ==
        Texts{R"("a]")", R"("b,[{")", R"("\"]")", R"("\\")", R"("\\\"],")"});
}

TEST_CASE("A JSON array that does not hold together is refused where it breaks") {
  CHECK(error_of("[]", Format::kJson) == "FILE: the file has no rows");
  CHECK(error_of("[", Format::kJson) == "FILE:1: the array that begins here has no end");
  CHECK(error_of("[1,\n", Format::kJson) == "FILE:1: the array that begins here has no end");
  CHECK(error_of("[1,\n{\"a\":1", Format::kJson) == "FILE:2: the row that begins here has no end");
  CHECK(error_of("[1,\n\n\"a]", Format::kJson) == "FILE:3: the row that begins here has no end");
  CHECK(error_of("[1,]", Format::kJson) == "FILE:1: expected a row of the array");
  CHECK(error_of("[,1]", Format::kJson) == "FILE:1: expected a row of the array");
  CHECK(error_of("[1}", Format::kJson) == "FILE:1: expected a comma or ], got }");
  CHECK(error_of("[1]\n[2]", Format::kJson) == "FILE:2: expected nothing after the array");
}

TEST_CASE("The fields of a CSV file are read by RFC 4180") {
  const TemporaryFile file(".csv",
                           "\xEF\xBB\xBFid,\"the prompt\",n\r\n"
                           "1,plain text, 5 \r\n"
                           "\r\n"
                           "2,\"commas, \"\"quotes\"\" and\r\n\r\nline ends\",\"\"\r\n"
                           "3,,6");
  const auto rows = open(file, Format::kCsv);
  CHECK(rows->columns() == Texts{"id", "the prompt", "n"});
  REQUIRE(rows->size() == 3);
  CHECK(*rows->fields(0) == Texts{"1", "plain text", " 5 "});
  CHECK(*rows->fields(1) == Texts{"2", "commas, \"quotes\" and\r\n\r\nline ends", ""});
  CHECK(*rows->fields(2) == Texts{"3", "", "6"});
}

TEST_CASE("Quotes may close at the end of the file") {
  const TemporaryFile file(".csv", "a,b\n1,\"x\n\"");
  const auto rows = open(file, Format::kCsv);
  REQUIRE(rows->size() == 1);
  CHECK(*rows->fields(0) == Texts{"1", "x\n"});
}

TEST_CASE("A CSV file is refused where its header or its quotes are wrong") {
  const std::string no_quote_here =
      ": a quote in the wrong place; a field with quotes is written \"like \"\"this\"\"\", all of "
      "it inside quotes";
  CHECK(error_of("\n\n", Format::kCsv) ==
        "FILE: expected a header with the columns' names, and rows");
  CHECK(error_of("a,b\n", Format::kCsv) == "FILE: the file has no rows");
  CHECK(error_of("a,b,a\n1,2,3\n", Format::kCsv) == "FILE: the header has the column \"a\" twice");
  CHECK(error_of("a\n5\" screen\n", Format::kCsv) == "FILE:2" + no_quote_here);
  CHECK(error_of("a\n\"x\"y\n", Format::kCsv) == "FILE:2" + no_quote_here);
  CHECK(error_of("a\n1\n\"x\n\ny\n", Format::kCsv) ==
        "FILE:3: the quotes of this row do not close");
}

TEST_CASE("A CSV row with another number of fields is refused") {
  const TemporaryFile file(".csv", "a,b\n\"1\n\",2\n3\n4,5,6\n");
  const auto rows = open(file, Format::kCsv);
  REQUIRE(rows->size() == 3);
  CHECK(rows->fields(0).has_value());
  CHECK(rows->fields(1).error().message == "expected 2 fields, as many as the header has, got 1");
  CHECK(rows->line_number(1) == 4);
  CHECK(rows->fields(2).error().message == "expected 2 fields, as many as the header has, got 3");
}

TEST_CASE("A row knows the line where it begins") {
  const TemporaryFile file("", "\n1\n\n\r\n22\n");
  const auto rows = open(file, Format::kLines);
  CHECK(rows->line_number(0) == 2);
  CHECK(rows->line_number(1) == 5);
}

TEST_CASE("What cannot be opened or has no rows is refused by name") {
  CHECK(error_of("", Format::kJsonLines) == "FILE: the file is empty");
  CHECK(error_of("\n\r\n\n", Format::kLines) == "FILE: the file has no rows");
  CHECK(RowFile::open("/no/such/file", Format::kLines).error().message ==
        "/no/such/file: No such file or directory");
  const std::string folder = std::filesystem::temp_directory_path();
  CHECK(RowFile::open(folder, Format::kLines).error().message == folder + ": not a regular file");
}

TEST_CASE("The format follows from the file's name") {
  CHECK(base::row_format_of("a.jsonl") == Format::kJsonLines);
  CHECK(base::row_format_of("a.NDJSON") == Format::kJsonLines);
  CHECK(base::row_format_of("a.json") == Format::kJson);
  CHECK(base::row_format_of("a.Csv") == Format::kCsv);
  CHECK(base::row_format_of("csv") == Format::kLines);
  CHECK(base::row_format_of("a.txt") == Format::kLines);
}

}  // namespace
