#include "metrics/registry.h"

#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "metrics/builtin.h"

using namespace metrics;

TEST_CASE("a registry begins with the built-in metrics under their ids") {
  const Registry registry;
  CHECK(registry.size() == kBuiltinCount);
  CHECK(registry.find("llm_ttft") == std::optional<MetricId>(kLlmTtft));
  CHECK(registry.at(kLlmTtft).unit == Unit::kTime);
  CHECK_FALSE(registry.find("llm_ttf").has_value());
}

TEST_CASE("declaring an equal metric again gives the same id") {
  Registry registry;
  const auto id = registry.declare({"answers", Type::kCounter, Unit::kNone, "", ""});
  REQUIRE(id.has_value());
  CHECK(*id == kBuiltinCount);
  const auto again = registry.declare({"answers", Type::kCounter, Unit::kNone, "", "Other words."});
  CHECK(again.value() == *id);
  CHECK(registry.size() == kBuiltinCount + 1);
  CHECK(registry.names().back() == "answers");
}

TEST_CASE("a metric cannot be declared again as something else") {
  Registry registry;
  const auto other_type = registry.declare({"llm_ttft", Type::kRate, Unit::kShare, "", ""});
  REQUIRE_FALSE(other_type.has_value());
  CHECK(other_type.error().message ==
        "metric \"llm_ttft\" is already a trend in \"s\"; it cannot be a rate in \"%\" as well, so "
        "choose another name");
  const auto other_unit = registry.declare({"llm_ttft", Type::kTrend, Unit::kNone, "", ""});
  REQUIRE_FALSE(other_unit.has_value());
  CHECK(other_unit.error().message.find("a trend without a unit") != std::string::npos);
}

TEST_CASE("names are letters, digits and underscores") {
  Registry registry;
  const auto declares = [&registry](const std::string& name) {
    return registry.declare({name, Type::kCounter, Unit::kNone, "", ""}).has_value();
  };
  for (const std::string& name : {std::string("a"), std::string("_a9"), std::string(128, 'x')}) {
    CHECK(declares(name));
  }
  for (const std::string& name : {std::string(), std::string("9a"), std::string("a-b"),
                                  std::string("a b"), std::string("ä"), std::string(129, 'x')}) {
    INFO(name);
    CHECK_FALSE(declares(name));
  }
}

TEST_CASE("threads that declare the same metrics get the same ids, and references stay valid") {
  Registry registry;
  const Metric& first = registry.at(0);
  std::vector<std::vector<MetricId>> ids(4);
  std::vector<std::thread> threads;
  for (auto& mine : ids) {
    threads.emplace_back([&registry, &mine] {
      for (int i = 0; i < 500; ++i) {
        const std::string name = "metric_" + std::to_string(i);
        mine.push_back(registry.declare({name, Type::kCounter, Unit::kNone, "", ""}).value());
        if (registry.at(mine.back()).name != name) mine.push_back(0);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(registry.size() == kBuiltinCount + 500);
  for (const auto& mine : ids) CHECK(mine == ids.front());
  CHECK(&first == &registry.at(0));
  CHECK(first.name == "iterations");
}
