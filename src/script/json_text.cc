#include "script/json_text.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cmath>
#include <lua.hpp>
#include <vector>

namespace script {
namespace {

constexpr int kMaxDepth = 128;  // A cycle is deeper than any document.
constexpr std::int64_t kMaxWholeNumber = std::int64_t{1} << 53;  // Exact in a double up to here.

char g_array_key;  // Its address is the registry key of the array metatable.
char g_null;       // Its address, as light userdata, is null.

void push_array_metatable(lua_State* L) {
  lua_pushlightuserdata(L, &g_array_key);
  lua_rawget(L, LUA_REGISTRYINDEX);
  if (lua_istable(L, -1)) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushlightuserdata(L, &g_array_key);
  lua_pushvalue(L, -2);
  lua_rawset(L, LUA_REGISTRYINDEX);
}

bool is_marked_array(lua_State* L, int index) {
  if (!lua_getmetatable(L, index)) return false;
  push_array_metatable(L);
  const bool same = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  return same;
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    }
  }
  out.append(text, plain);
  out += '"';
}

// Walks a value; path_ is where it is, for errors.
class Encoder {
 public:
  Encoder(lua_State* L, std::string& out) : L_(L), out_(out) {}

  base::Result<void> value(int index) {
    switch (lua_type(L_, index)) {
      case LUA_TNIL:
        out_ += "null";
        return {};
      case LUA_TBOOLEAN:
        out_ += lua_toboolean(L_, index) ? "true" : "false";
        return {};
      case LUA_TNUMBER:
        return number(lua_tonumber(L_, index));
      case LUA_TSTRING: {
        std::size_t length = 0;
        const char* text = lua_tolstring(L_, index, &length);
        append_string(out_, {text, length});
        return {};
      }
      case LUA_TTABLE:
        return table(index);
      case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(L_, index) == &g_null) {
          out_ += "null";
          return {};
        }
        break;
      default:
        break;
    }
    return refuse(fmt::format("a {} is no JSON", lua_typename(L_, lua_type(L_, index))));
  }

 private:
  base::Result<void> refuse(const std::string& text) const {
    std::string place;
    for (const std::string& step : path_) {
      place += !place.empty() && step[0] != '[' ? "." + step : step;
    }
    return place.empty() ? base::fail("{}", text) : base::fail("{}: {}", place, text);
  }

  base::Result<void> number(double value) {
    if (!std::isfinite(value)) return refuse(fmt::format("{} is no JSON number", value));
    if (value == std::floor(value) && std::abs(value) <= static_cast<double>(kMaxWholeNumber)) {
      fmt::format_to(std::back_inserter(out_), "{}", static_cast<long long>(value));
    } else {
      fmt::format_to(std::back_inserter(out_), "{}", value);
    }
    return {};
  }

  base::Result<void> table(int index) {
    if (path_.size() >= kMaxDepth) return refuse("is nested too deeply, or holds itself");
    luaL_checkstack(L_, 4, "nested tables");
    if (index < 0) index = lua_gettop(L_) + index + 1;
    const std::size_t length = lua_objlen(L_, index);
    return length > 0 || is_marked_array(L_, index) ? array(index, length) : object(index);
  }

  base::Result<void> array(int index, std::size_t length) {
    std::size_t keys = 0;
    for (lua_pushnil(L_); lua_next(L_, index) != 0; lua_pop(L_, 1)) ++keys;
    if (keys != length) return refuse("mixes the keys of an array with others");
    out_ += '[';
    for (std::size_t i = 1; i <= length; ++i) {
      if (i > 1) out_ += ',';
      lua_rawgeti(L_, index, static_cast<int>(i));
      path_.push_back(fmt::format("[{}]", i));
      if (auto done = value(lua_gettop(L_)); !done) return done;
      path_.pop_back();
      lua_pop(L_, 1);
    }
    out_ += ']';
    return {};
  }

  base::Result<void> object(int index) {
    out_ += '{';
    bool first = true;
    for (lua_pushnil(L_); lua_next(L_, index) != 0; lua_pop(L_, 1)) {
      if (lua_type(L_, -2) != LUA_TSTRING) return refuse("has a key that is no text");
      std::size_t size = 0;
      const char* key = lua_tolstring(L_, -2, &size);
      if (!first) out_ += ',';
      first = false;
      append_string(out_, {key, size});
      out_ += ':';
      path_.emplace_back(key, size);
      if (auto done = value(lua_gettop(L_)); !done) return done;
      path_.pop_back();
    }
    out_ += '}';
    return {};
  }

  lua_State* L_;
  std::string& out_;
  std::vector<std::string> path_;
};

// Pushes a whole number, as text where a number would not hold it.
template <typename Integer>
void push_whole(lua_State* L, bool exact, Integer value) {
  if (exact) return lua_pushnumber(L, static_cast<double>(value));
  const std::string text = std::to_string(value);
  lua_pushlstring(L, text.data(), text.size());
}

// Pushes a document that simdjson has read; false where it is nested too deeply.
class Pusher {
 public:
  explicit Pusher(lua_State* L) : L_(L) {}

  bool push(simdjson::dom::element value, int depth) {
    using simdjson::dom::element_type;
    switch (value.type()) {
      case element_type::OBJECT:
        return object(value.get_object().value_unsafe(), depth);
      case element_type::ARRAY:
        return array(value.get_array().value_unsafe(), depth);
      case element_type::STRING:
        text(value.get_string().value_unsafe());
        break;
      case element_type::INT64: {
        const std::int64_t number = value.get_int64().value_unsafe();
        push_whole(L_, number >= -kMaxWholeNumber && number <= kMaxWholeNumber, number);
        break;
      }
      case element_type::UINT64:  // Those alone that int64 does not hold.
        push_whole(L_, false, value.get_uint64().value_unsafe());
        break;
      case element_type::DOUBLE:
        lua_pushnumber(L_, value.get_double().value_unsafe());
        break;
      case element_type::BOOL:
        lua_pushboolean(L_, value.get_bool().value_unsafe());
        break;
      case element_type::NULL_VALUE:
        push_json_null(L_);
        break;
    }
    return true;
  }

 private:
  void text(std::string_view value) { lua_pushlstring(L_, value.data(), value.size()); }

  bool object(simdjson::dom::object fields, int depth) {
    if (depth == kMaxDepth || !lua_checkstack(L_, 6)) return false;
    lua_createtable(L_, 0, static_cast<int>(fields.size()));
    for (const auto [key, value] : fields) {
      text(key);
      if (!push(value, depth + 1)) return false;
      lua_rawset(L_, -3);
    }
    return true;
  }

  bool array(simdjson::dom::array items, int depth) {
    if (depth == kMaxDepth || !lua_checkstack(L_, 6)) return false;
    lua_createtable(L_, static_cast<int>(items.size()), 0);
    mark_array(L_, lua_gettop(L_));
    int next = 1;
    for (const auto item : items) {
      if (!push(item, depth + 1)) return false;
      lua_rawseti(L_, -2, next++);
    }
    return true;
  }

  lua_State* L_;
};

// nlohmann's parser calls these for each token; the values go straight to the Lua stack.
class Decoder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Decoder(lua_State* L) : L_(L) {}

  bool null() override {
    push_json_null(L_);
    return add();
  }
  bool boolean(bool value) override {
    lua_pushboolean(L_, value);
    return add();
  }
  bool number_integer(std::int64_t value) override {
    return whole(value >= -kMaxWholeNumber && value <= kMaxWholeNumber, value);
  }
  bool number_unsigned(std::uint64_t value) override {
    return whole(value <= std::uint64_t{kMaxWholeNumber}, value);
  }
  bool number_float(double value, const std::string& /*text*/) override {
    lua_pushnumber(L_, value);
    return add();
  }
  bool string(std::string& value) override {
    lua_pushlstring(L_, value.data(), value.size());
    return add();
  }
  bool binary(nlohmann::json::binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return open(0); }
  bool start_array(std::size_t /*size*/) override {
    if (!open(1)) return false;
    mark_array(L_, lua_gettop(L_));
    return true;
  }
  bool key(std::string& value) override {
    lua_pushlstring(L_, value.data(), value.size());
    return true;
  }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::json::exception& /*error*/) override {
    error_ = fmt::format("not JSON at byte {}", position);
    return false;
  }

  const std::string& error() const { return error_; }

 private:
  template <typename Integer>
  bool whole(bool exact, Integer value) {
    push_whole(L_, exact, value);
    return add();
  }

  bool open(int next_index) {
    if (next_.size() >= kMaxDepth || !lua_checkstack(L_, 6)) {
      error_ = "nested too deeply";
      return false;
    }
    lua_newtable(L_);
    next_.push_back(next_index);
    return true;
  }

  bool close() {
    next_.pop_back();
    return add();
  }

  // The value on top belongs to the table below it: at its key, or at the next index.
  bool add() {
    if (next_.empty()) return true;
    if (next_.back() == 0) {
      lua_rawset(L_, -3);
    } else {
      lua_rawseti(L_, -2, next_.back()++);
    }
    return true;
  }

  lua_State* L_;
  std::vector<int> next_;  // Of each open table: its next index, or 0 for an object.
  std::string error_;
};

}  // namespace

base::Result<void> encode_json(lua_State* L, int index, std::string& out) {
  const int top = lua_gettop(L);
  auto done = Encoder(L, out).value(index < 0 ? top + index + 1 : index);
  lua_settop(L, top);
  return done;
}

base::Result<void> decode_json(lua_State* L, std::string_view text) {
  constexpr std::size_t kLarge = 1 << 20;
  thread_local simdjson::dom::parser kept;
  simdjson::dom::parser passing;  // Keeps no memory of a large text.
  auto& parser = text.size() > kLarge ? passing : kept;
  const int top = lua_gettop(L);
  simdjson::dom::element document;
  if (parser.parse(text.data(), text.size()).get(document) == simdjson::SUCCESS &&
      Pusher(L).push(document, 0)) {
    return {};
  }
  // The slower parser reads whole numbers of any length, and knows where a text is no JSON.
  lua_settop(L, top);
  Decoder decoder(L);
  if (nlohmann::json::sax_parse(text, &decoder)) return {};
  lua_settop(L, top);
  return base::fail("{}", decoder.error());
}

void mark_array(lua_State* L, int index) {
  push_array_metatable(L);
  lua_setmetatable(L, index < 0 ? index - 1 : index);
}

void push_json_null(lua_State* L) { lua_pushlightuserdata(L, &g_null); }

base::Result<nlohmann::json> to_json_tree(lua_State* L, int index) {
  std::string text;
  if (auto done = encode_json(L, index, text); !done) return tl::unexpected(done.error());
  auto tree = nlohmann::json::parse(text, nullptr, false);
  if (tree.is_discarded()) return base::fail("holds text that is not UTF-8");
  return tree;
}

}  // namespace script
