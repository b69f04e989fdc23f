#include "mock/control_api.h"

#include "server_fixture.h"

namespace {

using namespace tests;
using nlohmann::json;

std::string post_empty(std::string_view path) {
  return fmt::format("POST {} HTTP/1.1\r\nhost: mock\r\ncontent-length: 0\r\n\r\n", path);
}

}  // namespace

TEST_CASE("the stats tell what was asked, answered and billed, and can be reset") {
  mock::Options options = fast_options(4);
  options.faults = faults("500#2");
  json before;
  json after;
  serve(options, [&](std::uint16_t port) {
    Client client(port);
    client.send(post_messages(true));
    client.read_until("0\r\n\r\n");
    client.send(post_messages(false));
    client.read_answer();
    client.send(post("/v1/messages", json::object()));
    client.read_answer();
    client.send(get("/__mock/stats"));
    before = json::parse(client.read_answer().second);
    client.send(post_empty("/__mock/reset"));
    client.read_answer();
    client.send(get("/__mock/stats"));
    after = json::parse(client.read_answer().second);
  });
  CHECK(before["requests"] == 3);
  CHECK(before["by_status"] == json{{"200", 1}, {"400", 1}, {"500", 1}});
  CHECK(before["by_fault"] == json{{"500", 1}});
  CHECK(before["open"] == json{{"inside", 0}, {"waiting", 0}, {"load", 0.0}});
  const json& model = before["billed"]["models"]["claude-haiku-4-5-20251001"];
  CHECK(model["requests"] == 1);
  CHECK(model["output_tokens"] == 4);
  CHECK(model["usd"].get<double>() ==
        Approx(model["input_tokens"].get<double>() * 1e-6 + 4 * 5e-6));
  CHECK(after["requests"] == 0);
  CHECK(after["by_status"] == json::object());
  CHECK(after["billed"]["total"]["usd"] == 0);
}

TEST_CASE("a reset empties the cache and fills the buckets") {
  mock::Options options = fast_options(1);
  options.limits = mock::parse_limits("rpm=1").value();
  json body = message_body(true);
  body["system"] = {{{"type", "text"},
                     {"text", std::string(70'000, 'x')},
                     {"cache_control", {{"type", "ephemeral"}}}}};
  json filled;
  json emptied;
  std::vector<std::string> heads;
  serve(options, [&](std::uint16_t port) {
    Client client(port);
    client.send(post("/v1/messages", body));
    client.read_until("0\r\n\r\n");
    client.send(get("/__mock/stats"));
    filled = json::parse(client.read_answer().second);
    client.send(post_messages(false));
    heads.push_back(client.read_answer().first);
    client.send(post_empty("/__mock/reset"));
    client.read_answer();
    client.send(get("/__mock/stats"));
    emptied = json::parse(client.read_answer().second);
    client.send(post_messages(false));
    heads.push_back(client.read_answer().first);
  });
  CHECK(filled["cache_entries"] == 1);
  CHECK(emptied["cache_entries"] == 0);
  CHECK(heads.at(0).starts_with("HTTP/1.1 429 "));
  CHECK(heads.at(1).starts_with("HTTP/1.1 200 "));
}

TEST_CASE("the truth is the record so far, where there is one") {
  const RecordFile file;
  mock::Options options = fast_options(2);
  options.record_file = file.path;
  std::string lines;
  serve(options, [&](std::uint16_t port) {
    Client client(port);
    client.send(post_messages(true));
    client.read_until("0\r\n\r\n");
    for (int i = 0; i < 100 && lines.empty(); ++i) {
      client.send(get("/delay/20ms"));
      client.read_answer();
      client.send(get("/__mock/truth"));
      lines = client.read_answer().second;
    }
  });
  CHECK(json::parse(lines)["output_tokens"] == 2);

  std::pair<std::string, std::string> without;
  serve(fast_options(2), [&](std::uint16_t port) {
    Client client(port);
    client.send(get("/__mock/truth"));
    without = client.read_answer();
  });
  CHECK(without.first.starts_with("HTTP/1.1 404 "));
  CHECK(without.second.find("--record") != std::string::npos);
}

TEST_CASE("methods and paths that are none of these are told so") {
  std::vector<std::string> heads;
  serve(fast_options(1), [&](std::uint16_t port) {
    Client client(port);
    for (const std::string& request :
         {get("/__mock/reset"), post_empty("/__mock/stats"), get("/__mock/other")}) {
      client.send(request);
      heads.push_back(client.read_answer().first);
    }
  });
  CHECK(heads.at(0).starts_with("HTTP/1.1 405 "));
  CHECK(heads.at(0).find("allow: POST") != std::string::npos);
  CHECK(heads.at(1).starts_with("HTTP/1.1 405 "));
  CHECK(heads.at(2).starts_with("HTTP/1.1 404 "));
}

TEST_CASE("what was under way at a reset counts for what was before it") {
  mock::Options options = fast_options(20);
  options.profile.itl = base::Distribution::constant(0.01);
  json stats;
  serve(options, [&](std::uint16_t port) {
    Client streaming(port);
    streaming.send(post_messages(true));
    streaming.read_until("message_start");
    Client client(port);
    client.send(post_empty("/__mock/reset"));
    client.read_answer();
    streaming.read_until("0\r\n\r\n");
    client.send(get("/__mock/stats"));
    stats = json::parse(client.read_answer().second);
  });
  CHECK(stats["requests"] == 0);
  CHECK(stats["by_status"] == json::object());
  CHECK(stats["billed"]["total"]["requests"] == 0);
}
