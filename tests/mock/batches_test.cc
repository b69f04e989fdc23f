#include "mock/batches.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace std::chrono_literals;

namespace {

using nlohmann::json;

constexpr auto kTwo =
    R"({"requests":[{"custom_id":"a","params":{}},{"custom_id":"b","params":{}}]})";

tl::expected<std::string, mock::ApiError> answer(const mock::BatchJob& job) {
  return R"({"number":)" + std::to_string(job.number) + "}";
}

// The endpoints with a clock that is set by hand.
struct Api {
  mock::Reply call(std::string_view method, const std::string& path, std::string_view body = "",
                   std::string_view query = "", const std::string& organization = "org") {
    const std::string whole = "/v1/messages/batches" + path;
    return batches.handle({method, whole, query, body, "http://host", "req_1", organization}, now,
                          1'764'000'000);
  }

  json get(const std::string& path, std::string_view query = "") {
    const mock::Reply reply = call("GET", path, "", query);
    REQUIRE(reply.status == 200);
    return json::parse(reply.body);
  }

  std::string create() {
    const mock::Reply reply = call("POST", "", kTwo);
    REQUIRE(reply.status == 200);
    return json::parse(reply.body)["id"];
  }

  mock::Batches batches{{}, 1, answer};
  base::TimePoint now{1000s};
};

json error_of(const mock::Reply& reply) { return json::parse(reply.body).at("error"); }

std::vector<std::string> ids_of(const json& list) {
  std::vector<std::string> ids;
  for (const json& batch : list["data"]) ids.push_back(batch["id"]);
  return ids;
}

}  // namespace

TEST_CASE("a batch is created, looked at, and read when it has ended") {
  Api api;
  const std::string id = api.create();
  CHECK(id.starts_with("msgbatch_01"));
  CHECK(api.get("/" + id)["processing_status"] == "in_progress");
  api.now += 1h;
  const json ended = api.get("/" + id);
  CHECK(ended["processing_status"] == "ended");
  CHECK(ended["request_counts"]["succeeded"] == 2);
  CHECK(ended["results_url"] == "http://host/v1/messages/batches/" + id + "/results");
  const mock::Reply results = api.call("GET", "/" + id + "/results");
  CHECK(results.headers.front() ==
        std::pair<std::string, std::string>("content-type", "application/x-jsonl"));
  CHECK(std::count(results.body.begin(), results.body.end(), '\n') == 2);
  CHECK(api.batches.count() == 1);
}

TEST_CASE("batches answer with the API's headers") {
  Api api;
  const auto has_id = [](const mock::Reply& reply) {
    return std::count(reply.headers.begin(), reply.headers.end(),
                      std::pair<std::string, std::string>("request-id", "req_1")) == 1;
  };
  CHECK(has_id(api.call("POST", "", kTwo)));
  CHECK(has_id(api.call("GET", "/msgbatch_none")));
}

TEST_CASE("requests of several batches have numbers of their own") {
  Api api;
  api.create();
  const std::string second = api.create();
  api.now += 1h;
  const std::string results = api.call("GET", "/" + second + "/results").body;
  CHECK(results.find(R"("number":3)") != std::string::npos);
  CHECK(results.find(R"("number":4)") != std::string::npos);
}

TEST_CASE("a batch without results yet says so") {
  Api api;
  const mock::Reply reply = api.call("GET", "/" + api.create() + "/results");
  CHECK(reply.status == 404);
  CHECK(error_of(reply)["type"] == "not_found_error");
}

TEST_CASE("wrong batches are refused") {
  Api api;
  const mock::Reply reply = api.call("POST", "", R"({"requests":[]})");
  CHECK(reply.status == 400);
  CHECK(error_of(reply)["type"] == "invalid_request_error");
  CHECK(api.batches.count() == 0);
}

TEST_CASE("a batch is canceled while it is in progress") {
  Api api;
  const std::string id = api.create();
  const json canceled = json::parse(api.call("POST", "/" + id + "/cancel").body);
  CHECK(canceled["processing_status"] == "canceling");
  CHECK(api.call("POST", "/" + id + "/cancel").status == 200);
  api.now += 10s;
  CHECK(api.get("/" + id)["request_counts"]["canceled"] == 2);
  CHECK(api.call("POST", "/" + id + "/cancel").status == 400);
}

TEST_CASE("a batch is deleted when it has ended") {
  Api api;
  const std::string id = api.create();
  CHECK(api.call("DELETE", "/" + id).status == 400);
  api.now += 1h;
  CHECK(json::parse(api.call("DELETE", "/" + id).body) ==
        json{{"id", id}, {"type", "message_batch_deleted"}});
  CHECK(api.call("GET", "/" + id).status == 404);
  CHECK(api.get("")["data"].empty());
}

TEST_CASE("batches are listed by pages, newest first") {
  Api api;
  std::vector<std::string> ids = {api.create(), api.create(), api.create()};
  std::reverse(ids.begin(), ids.end());
  const json all = api.get("");
  CHECK(ids_of(all) == ids);
  CHECK(all["has_more"] == false);
  CHECK(all["first_id"] == ids[0]);
  CHECK(all["last_id"] == ids[2]);
  const json page = api.get("", "limit=2");
  CHECK(ids_of(page) == std::vector<std::string>{ids[0], ids[1]});
  CHECK(page["has_more"] == true);
  CHECK(ids_of(api.get("", "limit=2&after_id=" + ids[1])) == std::vector<std::string>{ids[2]});
  CHECK(ids_of(api.get("", "before_id=" + ids[1])) == std::vector<std::string>{ids[0]});
  CHECK(api.call("GET", "", "", "limit=0").status == 400);
}

TEST_CASE("an organization sees its own batches") {
  Api api;
  const std::string id = api.create();
  CHECK(api.call("GET", "/" + id, "", "", "other").status == 404);
  CHECK(json::parse(api.call("GET", "", "", "", "other").body)["data"].empty());
}

TEST_CASE("other methods and paths below the batches are refused") {
  Api api;
  const std::string id = "/" + api.create();
  CHECK(api.call("PUT", "").status == 405);
  CHECK(api.call("POST", id).status == 405);
  CHECK(api.call("GET", id + "/cancel").status == 405);
  CHECK(api.call("GET", id + "/contents").status == 404);
  CHECK(api.call("GET", "/").status == 404);
  CHECK(api.call("GET", "more").status == 404);
}
