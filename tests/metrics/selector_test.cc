#include "metrics/selector.h"

#include <catch2/catch.hpp>

using namespace metrics;

namespace {

bool selects(std::string_view selector, const TagSet& tags) {
  const auto parsed = parse_selector(selector);
  REQUIRE(parsed.has_value());
  return parsed->matches(tags);
}

std::string error_of(std::string_view selector) {
  const auto parsed = parse_selector(selector);
  return parsed ? "no error" : parsed.error().message;
}

const TagSet kTags{{"task", "simple"}, {"model", "haiku-4-5"}, {"name", "chat, long"}};

}  // namespace

TEST_CASE("a selector without terms matches everything") {
  CHECK(selects("", kTags));
  CHECK(selects("  ", TagSet()));
}

TEST_CASE("each operator selects by the tag's value") {
  CHECK(selects("task=simple", kTags));
  CHECK_FALSE(selects("task=simpl", kTags));
  CHECK(selects("task!=complex", kTags));
  CHECK_FALSE(selects("task!=simple", kTags));
  CHECK(selects("model~haiku*", kTags));
  CHECK(selects("model~*4-?", kTags));
  CHECK_FALSE(selects("model~sonnet*", kTags));
}

TEST_CASE("all terms must hold") {
  CHECK(selects("task=simple,model~haiku*", kTags));
  CHECK_FALSE(selects("task=simple,model=x", kTags));
}

TEST_CASE("a missing tag has the empty value") {
  CHECK(selects("group!=x", kTags));
  CHECK(selects("group=", kTags));
  CHECK(selects("group=\"\"", kTags));
  CHECK_FALSE(selects("task=", kTags));
  CHECK(selects("task!=", kTags));
  CHECK_FALSE(selects("group~?*", kTags));
}

TEST_CASE("space around keys and values does not count, within quotes it does") {
  CHECK(selects(" task = simple , model != x ", kTags));
  CHECK(selects("name=\"chat, long\"", kTags));
  CHECK_FALSE(selects("name=\" chat, long\"", kTags));
  CHECK(selects(R"(q="a \"b\" \\")", TagSet{{"q", R"(a "b" \)"}}));
}

TEST_CASE("a value may hold the operators' characters") {
  CHECK(selects("url=/a?b=c!~", TagSet{{"url", "/a?b=c!~"}}));
}

TEST_CASE("a selector's text reads back as the same selector") {
  for (const char* text : {"task=simple,model!=x,name~chat*", R"(a="x,y",b="",c=" s",d="\"\\")"}) {
    const auto selector = parse_selector(text);
    REQUIRE(selector.has_value());
    CHECK(selector->to_string() == "{" + std::string(text) + "}");
  }
  CHECK(Selector().to_string().empty());
}

TEST_CASE("errors show the term and what would do") {
  const std::string expected = R"(expected "tag=value", "tag!=value" or "tag~pattern")";
  CHECK(error_of("task") == expected + R"(, got "task")");
  CHECK(error_of("task=a,") == expected + R"(, got "")");
  CHECK(error_of("=a") == expected + R"(, got "=a")");
  CHECK(error_of("task!a") == expected + R"(, got "task!a")");
  CHECK(error_of("task==a") == expected + R"(, got "task==a" (did you mean "task=a"?))");
  CHECK(error_of("task=~a*") == expected + R"(, got "task=~a*" (did you mean "task~a*"?))");
  CHECK(error_of("status:200") == expected + R"(, got "status:200" (did you mean "status=200"?))");
  CHECK(error_of(R"(task="a)") == R"(expected one quoted value after "task=", got "a)");
  CHECK(error_of(R"(task="a"b)") == R"(expected one quoted value after "task=", got "a"b)");
}
