// Rows of data files as Lua values.
#include "base/row_file.h"
#include "script/bindings.h"
#include "script/json_text.h"
#include "script/script_fixture.h"

using tests::ScriptFixture;
using tests::TemporaryFile;
using Format = base::RowFile::Format;

namespace {

// The row as JSON text, or its error.
std::string decoded(const TemporaryFile& file, Format format, std::size_t row) {
  ScriptFixture fixture;
  lua_State* L = fixture.load_for_running("return { default = function() end }").lua();
  const int top = lua_gettop(L);
  const auto rows = *base::RowFile::open(file.path(), format);
  if (const auto done = script::decode_row(L, *rows, row); !done) {
    CHECK(lua_gettop(L) == top);
    return done.error().message;
  }
  CHECK(lua_gettop(L) == top + 1);
  std::string text;
  REQUIRE(script::encode_json(L, -1, text));
  return text;
}

}  // namespace

TEST_CASE("rows of JSON lines, CSV and plain lines become Lua values") {
  CHECK(decoded(TemporaryFile("[1]\n{\"a\":[true]}\n"), Format::kJsonLines, 1) == "{\"a\":[true]}");
  CHECK(decoded(TemporaryFile("name\n\"Ada, L\"\n7\n"), Format::kCsv, 0) ==
        "{\"name\":\"Ada, L\"}");
  CHECK(decoded(TemporaryFile("name\n\"Ada, L\"\n7\n"), Format::kCsv, 1) == "{\"name\":\"7\"}");
  CHECK(decoded(TemporaryFile("one\n{two}\n"), Format::kLines, 1) == "\"{two}\"");
}

TEST_CASE("a row that cannot be decoded is an error with its file and line") {
  const TemporaryFile json("{}\n{\n");
  CHECK(decoded(json, Format::kJsonLines, 1) == json.path() + ":2: not JSON at byte 2");
  const TemporaryFile csv("a,b\n1,2\n3\n");
  CHECK(tests::contains(decoded(csv, Format::kCsv, 1), csv.path() + ":3: "));
}
