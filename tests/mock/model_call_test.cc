#include "mock/model_call.h"

#include "server_fixture.h"

namespace {

using namespace tests;
using base::Distribution;
using nlohmann::json;

// The data of each event of a streamed answer.
std::vector<json> events_of(const std::string& response) {
  std::vector<json> events;
  for (const std::string& chunk : chunks_of(response)) {
    const std::size_t start = chunk.find("data: ") + 6;
    events.push_back(json::parse(chunk.substr(start, chunk.size() - start - 2)));
  }
  return events;
}

std::int64_t ms_between(std::int64_t from_ns, std::int64_t to_ns) {
  return (to_ns - from_ns) / 1'000'000;
}

// From a request's arrival to its first event.
std::int64_t ttft_ms(const json& record) {
  return ms_between(record["received_ns"], record["events"][0]["sent_ns"]);
}

json tool_body(const std::string& choice) {
  json body = message_body(true);
  body["tools"] = json::parse(R"([{"name":"get_weather","description":"Tells the weather.",
      "input_schema":{"type":"object","required":["city"],
                      "properties":{"city":{"type":"string"}}}}])");
  body["tool_choice"] = {{"type", choice}};
  return body;
}

// Streams these requests one after the other.
std::vector<std::string> stream_all(const mock::Options& options,
                                    const std::vector<std::string>& requests) {
  std::vector<std::string> responses;
  serve(options, [&](std::uint16_t port) {
    Client client(port);
    for (const std::string& request : requests) {
      client.send(request);
      responses.push_back(client.read_until("0\r\n\r\n"));
    }
  });
  return responses;
}

json stats_after(const mock::Options& options, const std::function<void(std::uint16_t)>& work) {
  json stats;
  serve(options, [&](std::uint16_t port) {
    work(port);
    Client client(port);
    client.send(get("/__mock/stats"));
    stats = json::parse(client.read_answer().second);
  });
  return stats;
}

}  // namespace

TEST_CASE("reading the prompt takes its time, unless the cache has it") {
  const RecordFile file;
  mock::Options options = fast_options(1);
  options.record_file = file.path;
  options.profile.prefill_rate = 100'000;
  json body = message_body(true);
  body["system"] = {{{"type", "text"},
                     {"text", std::string(70'000, 'x')},
                     {"cache_control", {{"type", "ephemeral"}}}}};
  const std::string request = post("/v1/messages", body);
  const auto responses = stream_all(options, {request, request});
  const json first = events_of(responses.at(0)).at(0)["message"]["usage"];
  const json second = events_of(responses.at(1)).at(0)["message"]["usage"];
  CHECK(first["cache_creation_input_tokens"] > 15'000);
  CHECK(first["cache_read_input_tokens"] == 0);
  CHECK(second["cache_read_input_tokens"] == first["cache_creation_input_tokens"]);
  CHECK(second["cache_creation_input_tokens"] == 0);
  const auto records = file.lines();
  CHECK(ttft_ms(records.at(0)) >= 150);
  CHECK(ttft_ms(records.at(1)) < ttft_ms(records.at(0)));
}

TEST_CASE("who waits for a slot is answered later by as much") {
  const RecordFile file;
  mock::Options options = fast_options(21);
  options.record_file = file.path;
  options.profile.slots = 1;
  options.profile.itl = Distribution::constant(0.01);
  serve(options, [](std::uint16_t port) {
    Client first(port);
    Client second(port);
    first.send(post_messages(true));
    first.read_until("message_start");
    second.send(post_messages(true));
    first.read_until("0\r\n\r\n");
    second.read_until("0\r\n\r\n");
  });
  const auto records = file.lines();
  REQUIRE(records.size() == 2);
  const std::int64_t first_end = records[0]["events"].back()["sent_ns"];
  CHECK(records[1]["events"][0]["sent_ns"] >= first_end + 1'000'000);
  CHECK(ttft_ms(records[1]) >= 100);
}

TEST_CASE("a full queue is overload, and who leaves it makes room") {
  mock::Options options = fast_options(1);
  options.profile.slots = 1;
  options.profile.queue = 1;
  options.profile.ttft = Distribution::constant(0.3);
  std::string refused;
  std::string openai_refused;
  std::string taken;
  const json stats = stats_after(options, [&](std::uint16_t port) {
    Client inside(port);
    inside.send(post_messages(true));
    Client waiting(port);
    waiting.send(post_messages(true));
    Client third(port);
    third.send(get("/health"));
    third.read_answer();
    third.send(post_messages(true));
    refused = third.read_answer().first;
    third.send(post("/v1/chat/completions", message_body(false), "authorization: Bearer k\r\n"));
    openai_refused = third.read_answer().first;
    waiting.close();
    third.send(get("/delay/20ms"));
    third.read_answer();
    third.send(post_messages(true));
    taken = third.read_until("0\r\n\r\n");
    inside.read_until("0\r\n\r\n");
  });
  CHECK(refused.starts_with("HTTP/1.1 529 "));
  CHECK(openai_refused.starts_with("HTTP/1.1 503 "));
  CHECK(taken.starts_with("HTTP/1.1 200 "));
  CHECK(stats["by_status"] == json{{"200", 2}, {"503", 1}, {"529", 1}});
  CHECK(stats["billed"]["total"]["requests"] == 2);
  CHECK(stats["open"]["inside"] == 0);
}

TEST_CASE("with its slots taken the service is slow") {
  const RecordFile file;
  mock::Options options = fast_options(11);
  options.record_file = file.path;
  options.profile.slots = 1;
  options.profile.slowdown = 4;
  options.profile.itl = Distribution::constant(0.005);
  stream_all(options, {post_messages(true)});
  const json record = file.lines().at(0);
  // From the request on: a busy machine may send the first event late, but none early.
  CHECK(ms_between(record["received_ns"], record["events"].back()["sent_ns"]) >= 199);
}

TEST_CASE("what thinks is silent with pings while it thinks") {
  mock::Options options = fast_options(2);
  options.profile.itl = Distribution::constant(0.01);
  options.profile.thinking_tokens = Distribution::constant(10);
  options.profile.ping_every = std::chrono::milliseconds(40);
  json body = message_body(true);
  body["thinking"] = {{"type", "enabled"}, {"budget_tokens", 1024}, {"display", "omitted"}};
  const auto responses = stream_all(options, {post("/v1/messages", body)});
  const auto events = events_of(responses.at(0));
  CHECK(events.at(1)["content_block"]["type"] == "thinking");
  CHECK(std::count(events.begin(), events.end(), json{{"type", "ping"}}) == 3);
  CHECK(events.at(5)["delta"]["type"] == "signature_delta");
  CHECK(events.at(7)["content_block"]["type"] == "text");
  CHECK(events.at(events.size() - 2)["usage"]["output_tokens"] == 12);
}

TEST_CASE("tools are called where the request asks for it") {
  const auto responses = stream_all(fast_options(9), {post("/v1/messages", tool_body("any")),
                                                      post("/v1/messages", tool_body("none"))});
  const auto called = events_of(responses.at(0));
  CHECK(called.at(1)["content_block"]["name"] == "get_weather");
  std::string input;
  for (const json& event : called) {
    if (event.contains("delta")) input += event["delta"].value("partial_json", "");
  }
  CHECK(json::parse(input)["city"].is_string());
  CHECK(called.at(called.size() - 2)["delta"]["stop_reason"] == "tool_use");
  const auto told = events_of(responses.at(1));
  CHECK(told.at(1)["content_block"]["type"] == "text");
}

TEST_CASE("limits refuse with their headers, and every answer bears them") {
  mock::Options options = fast_options(3);
  options.limits = mock::parse_limits("rpm=1,itpm=1000,otpm=1000").value();
  std::string first;
  std::pair<std::string, std::string> second;
  const json stats = stats_after(options, [&](std::uint16_t port) {
    Client client(port);
    client.send(post_messages(true));
    first = client.read_until("0\r\n\r\n");
    client.send(post_messages(true));
    second = client.read_answer();
  });
  CHECK(first.find("anthropic-ratelimit-requests-remaining: 0\r\n") != std::string::npos);
  CHECK(first.find("\r\nDate: ") != std::string::npos);
  CHECK(second.first.starts_with("HTTP/1.1 429 "));
  CHECK(second.first.find("retry-after: ") != std::string::npos);
  CHECK(second.first.find("anthropic-ratelimit-requests-limit: 1\r\n") != std::string::npos);
  CHECK(second.first.find("anthropic-organization-id: ") != std::string::npos);
  CHECK(json::parse(second.second)["error"]["type"] == "rate_limit_error");
  CHECK(stats["rate_limited"] == json{{"requests", 1}});
}

TEST_CASE("OpenAI's dialects are served beside") {
  const std::string key = "authorization: Bearer k\r\n";
  const json chat = {{"model", "gpt-x"},
                     {"stream", true},
                     {"messages", {{{"role", "user"}, {"content", "hello"}}}}};
  const json responses = {{"model", "gpt-x"}, {"input", "hello"}};
  std::string streamed;
  std::pair<std::string, std::string> whole;
  std::pair<std::string, std::string> refused;
  serve(fast_options(3), [&](std::uint16_t port) {
    Client client(port);
    client.send(post("/v1/chat/completions", chat, key));
    streamed = client.read_until("0\r\n\r\n");
    client.send(post("/v1/responses", responses, key));
    whole = client.read_answer();
    client.send(post("/v1/responses", responses, ""));
    refused = client.read_answer();
  });
  CHECK(streamed.find("x-request-id: req_") != std::string::npos);
  CHECK(streamed.find("openai-processing-ms: ") != std::string::npos);
  CHECK(chunks_of(streamed).back() == "data: [DONE]\n\n");
  CHECK(json::parse(whole.second)["object"] == "response");
  CHECK(json::parse(whole.second)["usage"]["output_tokens"] == 3);
  CHECK(refused.first.starts_with("HTTP/1.1 401 "));
  CHECK(json::parse(refused.second)["error"].contains("message"));
}

TEST_CASE("faults break streams at their event, and what was sent is billed and recorded") {
  const RecordFile file;
  mock::Options options = fast_options(10);
  options.record_file = file.path;
  options.faults = faults("eof:event=6#1,reset:event=5#2,refusal#3,pause#4,slow-headers:200ms#5");
  std::vector<std::string> responses;
  const json stats = stats_after(options, [&](std::uint16_t port) {
    for (int i = 0; i < 5; ++i) {
      Client client(port);
      client.send(post_messages(true));
      responses.push_back(client.read_until("0\r\n\r\n"));
    }
  });
  CHECK(chunks_of(responses.at(0)).size() == 5);
  CHECK(responses.at(1).find("message_stop") == std::string::npos);
  CHECK(responses.at(2).find("\"stop_reason\":\"refusal\"") != std::string::npos);
  CHECK(responses.at(3).find("\"stop_reason\":\"pause_turn\"") != std::string::npos);
  CHECK(chunks_of(responses.at(4)).size() == 16);
  const auto records = file.lines();
  REQUIRE(records.size() == 5);
  CHECK(records[0]["events"].size() == 5);
  CHECK(records[0]["output_tokens"] == 2);
  CHECK(records[0]["closed_early"] == false);
  CHECK(ttft_ms(records[4]) >= 201);
  CHECK(stats["by_fault"] ==
        json{{"eof", 1}, {"reset", 1}, {"refusal", 1}, {"pause", 1}, {"slow-headers", 1}});
  CHECK(stats["billed"]["total"]["requests"] == 5);
  CHECK(stats["billed"]["total"]["output_tokens"] == 2 + 1 + 30);
}

TEST_CASE("an answer in one piece is broken off, too") {
  mock::Options options = fast_options(3);
  options.faults = faults("eof#1,reset#2");
  std::vector<std::string> answers;
  serve(options, [&](std::uint16_t port) {
    for (int i = 0; i < 3; ++i) {
      Client client(port);
      client.send(post_messages(false));
      answers.push_back(client.read_answer().first);
    }
  });
  CHECK(answers.at(0).empty());
  CHECK(answers.at(1).empty());
  CHECK(answers.at(2).starts_with("HTTP/1.1 200 "));
}

TEST_CASE("a stall delays what comes after it, and what was due meanwhile comes at once") {
  const RecordFile file;
  mock::Options options = fast_options(10);
  options.record_file = file.path;
  options.profile.itl = Distribution::constant(0.01);
  options.faults = faults("stall:200ms:event=6=100%");
  const auto responses = stream_all(options, {post_messages(true)});
  CHECK(chunks_of(responses.at(0)).size() == 16);
  const json record = file.lines().at(0);
  const json& events = record["events"];
  REQUIRE(events.size() == 16);
  CHECK(ms_between(events[4]["sent_ns"], events[5]["sent_ns"]) >= 199);
  CHECK(ms_between(events[5]["sent_ns"], events[15]["sent_ns"]) < 70);
}

TEST_CASE("who leaves pays for what was made by then") {
  mock::Options options = fast_options(1000);
  options.profile.itl = Distribution::constant(0.01);
  const json stats = stats_after(options, [&](std::uint16_t port) {
    Client streaming(port);
    streaming.send(post_messages(true));
    streaming.read_until("text_delta");
    streaming.close();
    Client whole(port);
    whole.send(post_messages(false));
    Client other(port);
    other.send(get("/delay/100ms"));
    other.read_answer();
    whole.close();
    other.send(get("/delay/20ms"));
    other.read_answer();
  });
  const json& total = stats["billed"]["total"];
  CHECK(total["requests"] == 2);
  CHECK(total["input_tokens"] > 1);
  CHECK(total["output_tokens"] >= 10);
  CHECK(total["output_tokens"] < 100);
  CHECK(total["usd"] > 0);
}

TEST_CASE("who leaves before the first token pays nothing") {
  mock::Options options = fast_options(10);
  options.profile.ttft = Distribution::constant(3600);
  const json stats = stats_after(options, [&](std::uint16_t port) {
    Client leaving(port);
    leaving.send(post_messages(true));
    Client other(port);
    other.send(get("/delay/20ms"));
    other.read_answer();
    leaving.close();
    other.send(get("/delay/20ms"));
    other.read_answer();
  });
  CHECK(stats["requests"] == 1);
  CHECK(stats["billed"]["total"]["requests"] == 0);
  CHECK(stats["open"]["inside"] == 0);
}

TEST_CASE("who leaves an answer in one piece is charged for what was made by then") {
  mock::Options options = fast_options(1000);
  options.profile.itl = Distribution::constant(0.01);
  options.limits = mock::parse_limits("otpm=1000,exact").value();
  std::string next;
  serve(options, [&](std::uint16_t port) {
    Client whole(port);
    whole.send(post_messages(false));
    Client other(port);
    other.send(get("/delay/200ms"));
    other.read_answer();
    whole.close();
    other.send(get("/delay/20ms"));
    other.read_answer();
    other.send(post_messages(true));
    next = other.read_until("message_start");
  });
  const std::string name = "anthropic-ratelimit-output-tokens-remaining: ";
  REQUIRE(next.find(name) != std::string::npos);
  CHECK(std::stoi(next.substr(next.find(name) + name.size())) < 998);
}

TEST_CASE("what breaks before the first event has no head") {
  mock::Options options = fast_options(3);
  options.faults = faults("eof:event=1#1,reset:event=1#2,stream-error:event=1#3");
  std::vector<std::string> responses;
  const json stats = stats_after(options, [&](std::uint16_t port) {
    for (int i = 0; i < 3; ++i) {
      Client client(port);
      client.send(post_messages(true));
      responses.push_back(client.read_until("0\r\n\r\n"));
    }
  });
  CHECK(responses.at(0).empty());
  CHECK(responses.at(1).empty());
  CHECK(responses.at(2).find("event: error") != std::string::npos);
  CHECK(stats["by_status"] == json{{"200", 1}});
}
