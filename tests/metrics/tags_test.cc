#include "metrics/tags.h"

#include <catch2/catch.hpp>
#include <string>

using namespace metrics;

TEST_CASE("tags are kept by key, whatever the order in which they were set") {
  TagSet tags{{"task", "simple"}, {"model", "m"}};
  tags.set("cache", "hit");
  CHECK(tags == TagSet{{"model", "m"}, {"cache", "hit"}, {"task", "simple"}});
  TagTable table;
  CHECK(table.intern(tags) ==
        table.intern(TagSet{{"model", "m"}, {"cache", "hit"}, {"task", "simple"}}));
  CHECK(tags.to_string() == "{cache=hit,model=m,task=simple}");
}

TEST_CASE("setting a tag again replaces it, an empty value removes it") {
  TagSet tags{{"task", "simple"}};
  tags.set("task", "complex");
  CHECK(tags.get("task") == "complex");
  tags.set("task", "");
  CHECK(tags == TagSet());
  tags.set("other", "");
  CHECK(tags.empty());
  CHECK(TagSet{{"task", ""}}.empty());
}

TEST_CASE("a tag that is not there has the empty value") {
  const TagSet tags{{"b", "1"}};
  CHECK(tags.get("a").empty());
  CHECK(tags.get("c").empty());
  CHECK(TagSet().to_string().empty());
}

TEST_CASE("equal tag sets have one id, the empty one has 0") {
  TagTable table;
  CHECK(table.intern({}) == 0);
  const TagsId simple = table.intern({{"task", "simple"}});
  CHECK(simple != 0);
  CHECK(table.intern({{"task", "complex"}}) != simple);
  CHECK(table.intern({{"task", "simple"}}) == simple);
  CHECK(table.at(simple)->get("task") == "simple");
}

TEST_CASE("past the limit tag sets share one, and each use of it is counted") {
  TagTable table(2);
  const TagsId first = table.intern({{"n", "1"}});
  table.intern({{"n", "2"}});
  CHECK(table.overflowed() == 0);

  const TagsId overflow = table.intern({{"n", "3"}});
  CHECK(*table.at(overflow) == TagSet{{"tags", "overflow"}});
  CHECK(table.intern({{"n", "4"}}) == overflow);
  CHECK(table.intern({{"n", "3"}}) == overflow);
  CHECK(table.overflowed() == 3);

  CHECK(table.intern({{"n", "1"}}) == first);
  CHECK(table.intern({}) == 0);
  CHECK(table.overflowed() == 3);
}

TEST_CASE("any number of distinct tag sets takes the room of the limit") {
  TagTable table(100);
  for (int i = 0; i < 10'000; ++i) table.intern({{"request", std::to_string(i)}});
  CHECK(table.size() == 102);  // With the empty set and the overflow.
  CHECK(table.overflowed() == 9'900);
}
