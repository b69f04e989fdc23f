#include "metrics/builtin.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "metrics/registry.h"

using namespace metrics;

TEST_CASE("the first and last row of each group stand where the enum says") {
  const auto table = builtin_metrics();
  REQUIRE(table.size() == kBuiltinCount);
  CHECK(table[kIterations].name == "iterations");
  CHECK(table[kDataReceived].name == "data_received");
  CHECK(table[kHttpReqs].name == "http_reqs");
  CHECK(table[kHttpReqReceiving].name == "http_req_receiving");
  CHECK(table[kLlmRequests].name == "llm_requests");
  CHECK(table[kLlmItlCoalesced].name == "llm_itl_coalesced");
  CHECK(table[kLlmStalls].name == "llm_stalls");
  CHECK(table[kClientLag].name == "client_lag");
  CHECK(table[kClientMemory].name == "client_memory");
}

TEST_CASE("names are distinct and ones that a script could declare") {
  std::set<std::string> names;
  for (const Metric& metric : builtin_metrics()) {
    INFO(metric.name);
    CHECK(names.insert(metric.name).second);
    CHECK(Registry().declare(metric).has_value());
  }
}

TEST_CASE("rates, and only rates, are shares of something") {
  for (const Metric& metric : builtin_metrics()) {
    INFO(metric.name);
    CHECK((metric.type == Type::kRate) == !metric.of.empty());
    if (metric.type == Type::kRate) CHECK(metric.unit == Unit::kShare);
  }
}

TEST_CASE("every trend has a unit") {
  for (const Metric& metric : builtin_metrics()) {
    INFO(metric.name);
    if (metric.type == Type::kTrend) CHECK(metric.unit != Unit::kNone);
  }
}

TEST_CASE("a meaning is one sentence") {
  for (const Metric& metric : builtin_metrics()) {
    INFO(metric.name << ": " << metric.meaning);
    REQUIRE(metric.meaning.size() > 10);
    CHECK(metric.meaning.back() == '.');
    CHECK(metric.meaning.find(". ") == std::string::npos);
  }
}
