#include "mock/batch_requests.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

namespace {

std::string request(std::string_view id, std::string_view params = R"({"model":"m"})") {
  return fmt::format(R"({{"custom_id":"{}","params":{}}})", id, params);
}

std::string body_of(const std::string& requests) { return R"({"requests":[)" + requests + "]}"; }

mock::BatchRequests accept(const std::string& body) {
  auto requests = mock::BatchRequests::read(body);
  INFO((requests ? "" : requests.error().message));
  REQUIRE(requests);
  return std::move(*requests);
}

std::string refusal(const std::string& body) {
  const auto requests = mock::BatchRequests::read(body);
  REQUIRE_FALSE(requests);
  CHECK(requests.error().status == 400);
  return requests.error().message;
}

}  // namespace

TEST_CASE("requests are kept as they came") {
  const auto requests = accept(body_of(request("a", R"({"text":"}] \" é","list":[1,{"x":null}]})") +
                                       R"( , {"params" : { } ,"custom_id":"b-2_C"} )"));
  REQUIRE(requests.size() == 2);
  CHECK(requests.custom_id(0) == "a");
  CHECK(requests.params(0) == R"({"text":"}] \" é","list":[1,{"x":null}]})");
  CHECK(requests.custom_id(1) == "b-2_C");
  CHECK(requests.params(1).starts_with("{ }"));
}

TEST_CASE("requests outlive a move") {
  auto first = accept(body_of(request("a")));
  const mock::BatchRequests second = std::move(first);
  CHECK(second.params(0) == R"({"model":"m"})");
}

TEST_CASE("a batch that is no JSON is refused") {
  const std::string whole = body_of(request("a"));
  for (const std::string& text :
       {std::string(), std::string("[]"), whole.substr(0, whole.size() - 1), whole + "x",
        std::string("{\"requests\":[{\"custom_id\":\"\xff\"}]}")}) {
    CHECK(refusal(text) == "The request body is not valid JSON");
  }
}

TEST_CASE("what is wrong with a batch is named by its place") {
  CHECK(refusal("{}") == "requests: Field required");
  CHECK(refusal(R"({"requests":{}})") == "requests: Input should be a valid list");
  CHECK(refusal(body_of("")) ==
        "requests: List should have at least 1 item after validation, not 0");
  CHECK(refusal(R"({"model":"m"})") == "model: Extra inputs are not permitted");
  const auto second = [](const std::string& bad) {
    return refusal(body_of(request("a") + "," + bad));
  };
  CHECK(second("5") == "requests.1: Input should be a valid dictionary");
  CHECK(second(R"({"params":{}})") == "requests.1.custom_id: Field required");
  CHECK(second(R"({"custom_id":"b"})") == "requests.1.params: Field required");
  CHECK(second(R"({"custom_id":5,"params":{}})") ==
        "requests.1.custom_id: Input should be a valid string");
  CHECK(second(request("b", "[]")) == "requests.1.params: Input should be a valid dictionary");
  CHECK(second(R"({"custom_id":"b","params":{},"body":{}})") ==
        "requests.1.body: Extra inputs are not permitted");
}

TEST_CASE("ids of requests are plain, short and unique") {
  const std::string pattern =
      "requests.0.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'";
  CHECK(refusal(body_of(request(""))) == pattern);
  CHECK(refusal(body_of(request("a b"))) == pattern);
  CHECK(refusal(body_of(request(std::string(65, 'a')))) == pattern);
  CHECK(accept(body_of(request(std::string(64, 'a')))).size() == 1);
  CHECK(refusal(body_of(request("a") + "," + request("b") + "," + request("a")))
            .starts_with("requests.2.custom_id: custom_id must be unique"));
}

TEST_CASE("a batch has at most 100,000 requests") {
  std::string requests;
  for (int i = 0; i < 100'000; ++i) requests += (i > 0 ? "," : "") + request(fmt::format("r{}", i));
  CHECK(accept(body_of(requests)).size() == 100'000);
  CHECK(refusal(body_of(requests + "," + request("one-more"))) ==
        "requests: List should have at most 100000 items after validation");
}

TEST_CASE("params that nest without end are kept, not walked") {
  const std::string deep = R"({"a":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  CHECK(accept(body_of(request("a", deep))).params(0) == deep);
}
