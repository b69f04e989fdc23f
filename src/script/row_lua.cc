#include <fmt/format.h>

#include "script/bindings.h"
#include "script/json_text.h"

namespace script {
namespace {

base::Result<void> decode_fields(lua_State* L, const base::RowFile& rows, std::size_t row) {
  const auto fields = rows.fields(row);
  if (!fields) return tl::unexpected(fields.error());
  const std::vector<std::string>& columns = rows.columns();
  lua_createtable(L, 0, static_cast<int>(columns.size()));
  for (std::size_t i = 0; i < columns.size(); ++i) set_text(L, columns[i].c_str(), (*fields)[i]);
  return {};
}

}  // namespace

base::Result<void> decode_row(lua_State* L, const base::RowFile& rows, std::size_t row) {
  base::Result<void> done;
  switch (rows.format()) {
    case base::RowFile::Format::kJsonLines:
    case base::RowFile::Format::kJson:
      done = decode_json(L, rows.row(row));
      break;
    case base::RowFile::Format::kCsv:
      done = decode_fields(L, rows, row);
      break;
    case base::RowFile::Format::kLines: {
      const std::string_view text = rows.row(row);
      lua_pushlstring(L, text.data(), text.size());
      break;
    }
  }
  if (done) return done;
  return base::fail_at(fmt::format("{}:{}", rows.path(), rows.line_number(row)), done.error());
}

int push_row(lua_State* L, const base::RowFile& rows, std::size_t row) {
  const auto done = decode_row(L, rows, row);
  return done ? 1 : raise(L, done.error().message);
}

}  // namespace script
