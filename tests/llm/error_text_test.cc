#include "llm/error_text.h"

#include <catch2/catch.hpp>

using llm::html_title;
using llm::presentable;

TEST_CASE("a long text is cut at a character, and made one line of valid UTF-8") {
  std::string euros;
  for (int i = 0; i < 400; ++i) euros += "€";
  const std::string cut = presentable(euros);
  CHECK(cut.size() == 498);
  CHECK(cut == euros.substr(0, 498));
  CHECK(presentable(std::string(501, 'a')) == std::string(500, 'a'));
  CHECK(presentable("a\r\n\t b\x01\x7F"
                    "c") == "a b c");
  CHECK(presentable("a\xFF\xC3"
                    "b\xED\xA0\x80"
                    "c\xE2\x82") ==
        "a?"
        "?b?"
        "?"
        "?c?"
        "?");
  CHECK(presentable(" \r\n").empty());
}

TEST_CASE("a key that a server quotes is not repeated") {
  const std::string key = "sk-ant-api03-abcDEF_123-xyz";
  CHECK(presentable("invalid key '" + key + "'.") == "invalid key 'sk-...'.");
  CHECK(presentable(key) == "sk-...");
  CHECK(presentable(std::string(490, '.') + ' ' + key) == std::string(490, '.') + " sk-...");
  const std::string harmless = "the task-force sk-short disk-abcdefghijklmnop";
  CHECK(presentable(harmless) == harmless);
}

TEST_CASE("the title of a page is found, in whatever case and with attributes") {
  CHECK(html_title("<html><TITLE lang=en>502 Bad Gateway</Title></html>") == "502 Bad Gateway");
  CHECK(html_title("<title></title>").empty());
  for (const char* body : {"", "<title", "<title>no end", "</title><title>", "no page"}) {
    INFO(body);
    CHECK(html_title(body).empty());
  }
}
