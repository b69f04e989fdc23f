#include "mock/service.h"

#include "server_fixture.h"

namespace {

using namespace tests;
using nlohmann::json;

constexpr std::string_view kAnthropicKey = "x-api-key: k\r\nanthropic-version: 2023-06-01\r\n";
constexpr std::string_view kOpenAiKey = "authorization: Bearer k\r\n";

std::string get_with(std::string_view path, std::string_view headers) {
  return fmt::format("GET {} HTTP/1.1\r\nhost: mock:1\r\n{}\r\n", path, headers);
}

struct Answered {
  std::string head;
  json body;
};

std::vector<Answered> ask(const mock::Options& options, const std::vector<std::string>& requests) {
  std::vector<Answered> answers;
  serve(options, [&](std::uint16_t port) {
    Client client(port);
    for (const std::string& request : requests) {
      client.send(request);
      auto [head, body] = client.read_answer();
      answers.push_back({std::move(head), json::parse(body, nullptr, false)});
    }
  });
  return answers;
}

}  // namespace

TEST_CASE("models are those of the key's API") {
  const auto answers =
      ask(fast_options(1),
          {get_with("/v1/models?limit=2", kAnthropicKey),
           get_with("/v1/models/claude-haiku-4-5", kAnthropicKey),
           get_with("/v1/models/nobody", kAnthropicKey), get_with("/v1/models", kOpenAiKey),
           get_with("/v1/models/gpt-4o", kOpenAiKey), get_with("/v1/models", "")});
  CHECK(answers.at(0).body["data"].size() == 2);
  CHECK(answers.at(0).head.find("request-id: req_") != std::string::npos);
  CHECK(answers.at(1).body["id"] == "claude-haiku-4-5-20251001");
  CHECK(answers.at(2).head.starts_with("HTTP/1.1 404 "));
  CHECK(answers.at(3).body["object"] == "list");
  CHECK(answers.at(3).head.find("x-request-id: req_") != std::string::npos);
  CHECK(answers.at(4).body["id"] == "gpt-4o");
  CHECK(answers.at(5).head.starts_with("HTTP/1.1 401 "));
}

TEST_CASE("tokens are counted as a message would be charged") {
  json body = message_body(false);
  body.erase("max_tokens");
  body.erase("stream");
  const auto answers = ask(fast_options(1), {post("/v1/messages/count_tokens", body),
                                             post("/v1/messages", message_body(false)),
                                             get_with("/v1/messages/count_tokens", kAnthropicKey)});
  CHECK(answers.at(0).body["input_tokens"] == answers.at(1).body["usage"]["input_tokens"]);
  CHECK(answers.at(2).head.starts_with("HTTP/1.1 405 "));
}

TEST_CASE("batches are answered from the same seed and billed at their price") {
  mock::Options options = fast_options(3);
  options.batches.speed = 1e6;
  options.batches.duration = std::chrono::seconds(1);
  json params = message_body(false, 64);
  params.erase("stream");
  const json batch = {{"requests", {{{"custom_id", "one"}, {"params", params}}}}};
  json created;
  std::string results;
  json stats;
  serve(options, [&](std::uint16_t port) {
    Client client(port);
    client.send(post("/v1/messages/batches", batch));
    created = json::parse(client.read_answer().second, nullptr, false);
    const std::string id = created.value("id", "");
    client.send(get("/delay/50ms"));
    client.read_answer();
    client.send(get_with(fmt::format("/v1/messages/batches/{}/results", id), kAnthropicKey));
    results = client.read_answer().second;
    client.send(get("/__mock/stats"));
    stats = json::parse(client.read_answer().second);
  });
  CHECK(created["type"] == "message_batch");
  const json result = json::parse(results);
  CHECK(result["custom_id"] == "one");
  const json& usage = result["result"]["message"]["usage"];
  CHECK(usage["output_tokens"] == 3);
  CHECK(usage["service_tier"] == "batch");
  CHECK(stats["batches"] == 1);
  const json& total = stats["billed"]["total"];
  CHECK(total["requests"] == 1);
  CHECK(total["usd"].get<double>() ==
        Approx(usage["input_tokens"].get<double>() * 0.5e-6 + 3 * 2.5e-6));
}

TEST_CASE("the limits can be read") {
  mock::Options options = fast_options(1);
  options.limits = mock::parse_limits("tier-1").value();
  const auto answers = ask(options, {get_with("/v1/organizations/rate_limits", kAnthropicKey),
                                     post("/v1/organizations/rate_limits", json::object())});
  CHECK_FALSE(answers.at(0).body["data"].empty());
  CHECK(answers.at(1).head.starts_with("HTTP/1.1 405 "));
}

TEST_CASE("Claude on Vertex is served at its own addresses") {
  const std::string models =
      "/v1/projects/p/locations/us-east5/publishers/anthropic/models/claude-haiku-4-5@20251001";
  const std::string count =
      "/v1/projects/p/locations/global/publishers/anthropic/models/count-tokens:rawPredict";
  json body = message_body(false);
  body["anthropic_version"] = "vertex-2023-10-16";
  json counted = {{"anthropic_version", "vertex-2023-10-16"},
                  {"model", body["model"]},
                  {"messages", body["messages"]}};
  body.erase("model");
  body.erase("stream");
  std::string streamed;
  serve(fast_options(3), [&](std::uint16_t port) {
    Client client(port);
    client.send(post(models + ":streamRawPredict", body, kOpenAiKey));
    streamed = client.read_until("0\r\n\r\n");
  });
  CHECK(streamed.find("text/event-stream") != std::string::npos);
  CHECK(streamed.find("event: message_stop") != std::string::npos);
  const auto answers =
      ask(fast_options(3),
          {post(models + ":rawPredict", body, kOpenAiKey), post(count, counted, kOpenAiKey),
           post(models + ":rawPredict", body, kAnthropicKey), get_with(count, kOpenAiKey)});
  CHECK(answers.at(0).body["model"] == "claude-haiku-4-5-20251001");
  CHECK(answers.at(1).body["input_tokens"] == answers.at(0).body["usage"]["input_tokens"]);
  CHECK(answers.at(2).head.starts_with("HTTP/1.1 401 "));
  CHECK(answers.at(3).head.starts_with("HTTP/1.1 405 "));
}
