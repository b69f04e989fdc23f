#include "script/json_text.h"

#include <catch2/catch.hpp>
#include <lua.hpp>

namespace {

struct Lua {
  Lua() : state(luaL_newstate()) { luaL_openlibs(state); }
  ~Lua() { lua_close(state); }

  // The JSON of a Lua expression, or "error: …".
  std::string encode(const std::string& expression) {
    REQUIRE(luaL_dostring(state, ("return " + expression).c_str()) == 0);
    std::string text;
    const auto done = script::encode_json(state, -1, text);
    lua_pop(state, 1);
    return done ? text : "error: " + done.error().message;
  }

  // What a Lua expression in which `value` is the decoded text comes to, as text.
  std::string decode(const std::string& text, const std::string& expression) {
    const int top = lua_gettop(state);
    const auto done = script::decode_json(state, text);
    if (!done) {
      CHECK(lua_gettop(state) == top);
      return "error: " + done.error().message;
    }
    CHECK(lua_gettop(state) == top + 1);
    lua_setglobal(state, "value");
    REQUIRE(luaL_dostring(state, ("return tostring(" + expression + ")").c_str()) == 0);
    std::string result = lua_tostring(state, -1);
    lua_pop(state, 1);
    return result;
  }

  lua_State* state;
};

}  // namespace

TEST_CASE("values are encoded as the API wants them") {
  Lua lua;
  CHECK(lua.encode("nil") == "null");
  CHECK(lua.encode("true") == "true");
  CHECK(lua.encode("42") == "42");
  CHECK(lua.encode("-0.5") == "-0.5");
  CHECK(lua.encode("0.1") == "0.1");
  CHECK(lua.encode("2^53") == "9007199254740992");
  CHECK(lua.encode("1e300") == "1e+300");
  CHECK(lua.encode(R"("a\"b\\c\n\t\r\1")") == R"("a\"b\\c\n\t\r\u0001")");
  CHECK(lua.encode("'caf\\195\\169'") == "\"caf\xc3\xa9\"");
  CHECK(lua.encode("{1, 2, {3}}") == "[1,2,[3]]");
  CHECK(lua.encode("{a = {b = 1}}") == R"({"a":{"b":1}})");
  CHECK(lua.encode("{}") == "{}");
}

TEST_CASE("a marked table is an array even when it is empty") {
  Lua lua;
  lua_newtable(lua.state);
  script::mark_array(lua.state, -1);
  std::string text;
  CHECK(script::encode_json(lua.state, -1, text));
  CHECK(text == "[]");
}

TEST_CASE("what JSON cannot hold is refused with its place") {
  Lua lua;
  CHECK(lua.encode("print") == "error: a function is no JSON");
  CHECK(lua.encode("{messages = {{content = print}}}") ==
        "error: messages[1].content: a function is no JSON");
  CHECK(lua.encode("{x = 0/0}").find("x: ") != std::string::npos);
  CHECK(lua.encode("{x = 1/0}").find("is no JSON number") != std::string::npos);
  CHECK(lua.encode("{1, 2, x = 3}") == "error: mixes the keys of an array with others");
  CHECK(lua.encode("{[{}] = 1}") == "error: has a key that is no text");
  CHECK(lua.encode("(function() local t = {} t.t = t return t end)()").find("holds itself") !=
        std::string::npos);
}

TEST_CASE("an encoder leaves the stack as it was, also after an error") {
  Lua lua;
  REQUIRE(luaL_dostring(lua.state, "return {a = {1, {b = print}}}") == 0);
  const int top = lua_gettop(lua.state);
  std::string text;
  CHECK_FALSE(script::encode_json(lua.state, -1, text));
  CHECK(lua_gettop(lua.state) == top);
}

TEST_CASE("texts are decoded to Lua values") {
  Lua lua;
  CHECK(lua.decode("[1, 2.5, \"x\", true]", "#value .. value[2] .. value[3]") == "42.5x");
  CHECK(lua.decode(R"({"a":{"b":[{}, {"c":7}]}})", "value.a.b[2].c") == "7");
  CHECK(lua.decode("\"caf\\u00e9\"", "value") == "caf\xc3\xa9");
  CHECK(lua.decode("-9007199254740992", "type(value)") == "number");
  CHECK(lua.decode("9007199254740993", "type(value) .. value") == "string9007199254740993");
}

TEST_CASE("null is a value of its own and goes out as it came") {
  Lua lua;
  CHECK(lua.decode(R"({"a":null})", "type(value.a)") == "userdata");
  lua_getglobal(lua.state, "value");
  std::string text;
  CHECK(script::encode_json(lua.state, -1, text));
  CHECK(text == R"({"a":null})");
}

TEST_CASE("what was decoded is encoded again as it was, empty arrays too") {
  Lua lua;
  const std::string document = R"({"list":[]})";
  lua.decode(document, "value");
  lua_getglobal(lua.state, "value");
  std::string text;
  CHECK(script::encode_json(lua.state, -1, text));
  CHECK(text == document);
}

TEST_CASE("bad JSON is an error with its place, and deep nesting no crash") {
  Lua lua;
  CHECK(lua.decode("{\"a\":", "value") == "error: not JSON at byte 6");
  CHECK(lua.decode("", "value").starts_with("error: "));
  CHECK(lua.decode("[1] x", "value").starts_with("error: "));
  CHECK(lua.decode(std::string(100000, '['), "value") == "error: nested too deeply");
}
