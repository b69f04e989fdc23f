#include "mock/message_batch.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

using namespace std::chrono_literals;

namespace {

using mock::BatchJob;
using mock::BatchOptions;
using mock::MessageBatch;
using nlohmann::json;

constexpr base::TimePoint kStart{1000s};
constexpr auto kUrl = "http://host/results";

// Echoes the job; refuses params without a model.
tl::expected<std::string, mock::ApiError> echo(const BatchJob& job) {
  if (!json::parse(job.params).contains("model")) {
    return tl::unexpected(mock::ApiError{400, "model: Field required"});
  }
  return fmt::format(R"({{"id":"msg_{}"}})", job.number);
}

MessageBatch batch_of(std::size_t size, const BatchOptions& options = {}, std::uint64_t seed = 1) {
  std::string requests;
  for (std::size_t i = 0; i < size; ++i) {
    requests += fmt::format(R"({}{{"custom_id":"r{}","params":{{{}}}}})", i > 0 ? "," : "", i,
                            i % 10 == 9 ? "" : R"("model":"m")");
  }
  MessageBatch::Start start;
  start.id = "msgbatch_1";
  start.requests = *mock::BatchRequests::read(R"({"requests":[)" + requests + "]}");
  start.first_number = 501;
  start.seed = seed;
  start.created = kStart;
  start.wall = 1'764'000'000;
  return MessageBatch(options, std::move(start));
}

json look(MessageBatch& batch, base::Duration age) {
  batch.settle(kStart + age, echo);
  return json::parse(batch.json(kStart + age, kUrl));
}

json counts(int processing, int succeeded, int errored, int canceled, int expired) {
  return {{"processing", processing},
          {"succeeded", succeeded},
          {"errored", errored},
          {"canceled", canceled},
          {"expired", expired}};
}

std::map<std::string, json> results_of(const MessageBatch& batch) {
  std::map<std::string, json> results;
  std::istringstream lines(batch.results(echo));
  for (std::string line; std::getline(lines, line);) {
    const json result = json::parse(line);
    results[result["custom_id"]] = result["result"];
  }
  return results;
}

std::map<std::string, int> types_of(const MessageBatch& batch) {
  std::map<std::string, int> types;
  for (const auto& [id, result] : results_of(batch)) ++types[result["type"]];
  return types;
}

}  // namespace

TEST_CASE("a batch is in progress, all of it, until it has ended") {
  MessageBatch batch = batch_of(20);
  const json begun = look(batch, 0s);
  CHECK(begun["id"] == "msgbatch_1");
  CHECK(begun["type"] == "message_batch");
  CHECK(begun["processing_status"] == "in_progress");
  CHECK(begun["request_counts"] == counts(20, 0, 0, 0, 0));
  CHECK(begun["created_at"] == "2025-11-24T16:00:00Z");
  CHECK(begun["expires_at"] == "2025-11-25T16:00:00Z");
  for (const char* key : {"ended_at", "archived_at", "cancel_initiated_at", "results_url"}) {
    CHECK(begun[key].is_null());
  }
  // Half the usual time is the shortest that is drawn, and one and a half the longest.
  CHECK(look(batch, 59s)["request_counts"] == counts(20, 0, 0, 0, 0));
  const json ended = look(batch, 181s);
  CHECK(ended["processing_status"] == "ended");
  CHECK(ended["request_counts"] == counts(0, 18, 2, 0, 0));
  CHECK(ended["results_url"] == kUrl);
  CHECK(ended["ended_at"].get<std::string>() > "2025-11-24T16:00:59Z");
  CHECK(ended["ended_at"].get<std::string>() < "2025-11-24T16:03:01Z");
}

TEST_CASE("the clock of a batch runs faster") {
  BatchOptions options;
  options.speed = 3600;
  options.duration = 1h;
  MessageBatch batch = batch_of(10, options);
  CHECK_FALSE(batch.has_ended(kStart + 400ms));
  CHECK(batch.has_ended(kStart + 1600ms));
  CHECK(look(batch, 0s)["expires_at"] == "2025-11-24T16:00:24Z");
}

TEST_CASE("each request has its result, in an order of its own, the same each time") {
  MessageBatch batch = batch_of(100);
  look(batch, 1h);
  const auto results = results_of(batch);
  REQUIRE(results.size() == 100);
  CHECK(results.at("r0") == json{{"type", "succeeded"}, {"message", {{"id", "msg_501"}}}});
  const json errored = results.at("r9");
  CHECK(errored["type"] == "errored");
  CHECK(errored["error"]["type"] == "error");
  CHECK(errored["error"]["error"]["type"] == "invalid_request_error");
  CHECK(errored["error"]["error"]["message"] == "model: Field required");
  CHECK(errored["error"]["request_id"].get<std::string>().starts_with("req_"));
  CHECK(batch.results(echo) == batch.results(echo));
  CHECK(batch.results(echo) != batch_of(100, {}, 2).results(echo));
  CHECK_FALSE(batch.results(echo).starts_with(R"({"custom_id":"r0",)"));
}

TEST_CASE("a request is charged once, however often its result is made") {
  MessageBatch batch = batch_of(10);
  int charged = 0;
  std::set<std::uint64_t> numbers;
  const mock::BatchAnswer answer = [&](const BatchJob& job) {
    charged += job.first ? 1 : 0;
    numbers.insert(job.number);
    return echo(job);
  };
  batch.settle(kStart, answer);
  CHECK(charged == 0);
  batch.settle(kStart + 1h, answer);
  batch.settle(kStart + 2h, answer);
  batch.results(answer);
  batch.results(answer);
  CHECK(charged == 10);
  CHECK(numbers.size() == 10);
  CHECK(*numbers.begin() == 501);
}

TEST_CASE("a canceled batch ends soon, with what was done by then") {
  MessageBatch batch = batch_of(1000);
  batch.cancel(kStart + 30s);
  const json canceling = look(batch, 31s);
  CHECK(canceling["processing_status"] == "canceling");
  CHECK(canceling["cancel_initiated_at"] == "2025-11-24T16:00:30Z");
  CHECK(canceling["request_counts"] == counts(1000, 0, 0, 0, 0));
  batch.cancel(kStart + 35s);
  const json ended = look(batch, 40s);
  CHECK(ended["processing_status"] == "ended");
  CHECK(ended["cancel_initiated_at"] == "2025-11-24T16:00:30Z");
  auto types = types_of(batch);
  CHECK(types["canceled"] > 400);
  CHECK(types["succeeded"] > 50);
  CHECK(ended["request_counts"] ==
        counts(0, types["succeeded"], types["errored"], types["canceled"], 0));
}

TEST_CASE("what is not answered within 24 hours expires") {
  BatchOptions options;
  options.duration = 48h;
  MessageBatch batch = batch_of(1000, options);
  CHECK_FALSE(batch.has_ended(kStart + 23h));
  CHECK(look(batch, 24h)["processing_status"] == "ended");
  auto types = types_of(batch);
  CHECK(types["expired"] > 0);
  CHECK(types["succeeded"] > 0);
  CHECK(types["canceled"] == 0);
}

TEST_CASE("shares of the requests fail and expire") {
  BatchOptions options;
  options.errored_share = 0.3;
  options.expired_share = 0.2;
  MessageBatch batch = batch_of(1000, options);
  look(batch, 1h);
  auto types = types_of(batch);
  CHECK(types["expired"] == Approx(200).margin(50));
  // A tenth of the others are wrong.
  CHECK(types["errored"] == Approx(300 + 50).margin(60));
  CHECK(types["succeeded"] == Approx(450).margin(60));
}

TEST_CASE("results are kept for 29 days") {
  MessageBatch batch = batch_of(10);
  CHECK(batch.has_results(kStart + 24h * 28));
  CHECK(look(batch, 24h * 28)["archived_at"].is_null());
  CHECK_FALSE(batch.has_results(kStart + 24h * 29));
  const json archived = look(batch, 24h * 30);
  CHECK(archived["results_url"].is_null());
  CHECK(archived["archived_at"] == "2025-12-23T16:00:00Z");
}
