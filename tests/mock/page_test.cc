#include "mock/page.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace {

const std::vector<std::string_view> kIds = {"a", "b", "c", "d", "e"};

// The ids on the page, with a "+" behind them where there is more.
std::string page(std::string_view query) {
  const auto page = mock::cut_page(query, kIds);
  if (!page) return page.error().message;
  std::string ids;
  for (std::size_t i = page->begin; i < page->end; ++i) ids += kIds[i];
  return ids + (page->has_more ? "+" : "");
}

}  // namespace

TEST_CASE("a page begins after one item or ends before another") {
  CHECK(page("") == "abcde");
  CHECK(page("limit=2") == "ab+");
  CHECK(page("limit=2&after_id=b") == "cd+");
  CHECK(page("after_id=c&limit=2") == "de");
  CHECK(page("after_id=e") == "");
  CHECK(page("limit=2&before_id=d") == "bc+");
  CHECK(page("limit=2&before_id=c") == "ab");
  CHECK(page("before_id=a") == "");
  CHECK(page("beta=true&limit=5") == "abcde");
}

TEST_CASE("a wrong query is refused") {
  CHECK(page("limit=0") == "limit: Input should be from 1 to 1000");
  CHECK(page("limit=1001") == "limit: Input should be from 1 to 1000");
  CHECK(page("limit=two") == "limit: Input should be a valid integer");
  CHECK(page("after_id=z") == "after_id: no such item: z");
  CHECK(page("before_id=z") == "before_id: no such item: z");
  CHECK(mock::cut_page("limit=0", kIds).error().status == 400);
}

TEST_CASE("twenty items are a page unless told otherwise") {
  const std::vector<std::string_view> many(21, "x");
  CHECK(mock::cut_page("", many)->end == 20);
  CHECK(mock::cut_page("", many)->has_more);
}

TEST_CASE("a page names its first and last item") {
  const auto json = nlohmann::json::parse(mock::page_json({1, 3, true}, {"{}", "7"}, kIds));
  CHECK(json ==
        nlohmann::json::parse(R"({"data":[{},7],"has_more":true,"first_id":"b","last_id":"c"})"));
  const auto empty = nlohmann::json::parse(mock::page_json({0, 0, false}, {}, {}));
  CHECK(empty["data"].empty());
  CHECK(empty["first_id"].is_null());
  CHECK(empty["last_id"].is_null());
}
