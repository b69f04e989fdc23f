#include "mock/prompt_builder.h"

#include <vector>

#include "mock/messages_fixture.h"

using mock::CacheLife;
using mock::PromptSection;
using tests::body_of;
using tests::cached;
using tests::good_body;
using tests::json;
using tests::read;
using tests::refusal;
using tests::taken;
using tests::text_block;
using tests::tool;
using tests::turn;
using tests::with;

namespace {

json user_says(const json& blocks) { return json::array({turn("user", blocks)}); }

std::vector<std::uint64_t> hashes(const json& body) {
  std::vector<std::uint64_t> all;
  for (const auto& block : read(body).prompt) all.push_back(block.hash);
  return all;
}

std::vector<std::optional<CacheLife>> breakpoints(const json& body) {
  std::vector<std::optional<CacheLife>> all;
  for (const auto& block : read(body).prompt) all.push_back(block.breakpoint);
  return all;
}

const json kAutomatic = {{"type", "ephemeral"}};
const json kTwoTexts = json::array({text_block("one"), text_block("two")});

}  // namespace

TEST_CASE("the prompt is tools, system and messages, whatever their order in the body") {
  json body = good_body();
  body["system"] = "be brief";
  body["tools"] = json::array({tool("t")});
  const auto prompt = read(body).prompt;
  REQUIRE(prompt.size() == 3);
  CHECK(prompt[0].section == PromptSection::kTools);
  CHECK(prompt[1].section == PromptSection::kSystem);
  CHECK(prompt[2].section == PromptSection::kMessages);
}

TEST_CASE("tokens are the text's bytes, rounded up over all blocks") {
  const auto tokens = [](const json& body) { return read(body).input_tokens; };
  json body = body_of(json::array({turn("user", "1234567")}));
  CHECK(tokens(body) == 2);
  body["messages"] = json::array({turn("user", "12345678")});
  CHECK(tokens(body) == 3);
  body["system"] = json::array({text_block("123456")});
  CHECK(tokens(body) == 4);
  CHECK(tokens(body_of(json::array({turn("user", "x")}))) == 1);
  CHECK(tokens(body_of(json::array({turn("user", std::string(3'500, 'x'))}))) == 1'000);
  CHECK(tokens(body_of(json::array({turn("user", std::string(3'500, 'x'))}), "claude-opus-4-7")) ==
        1'300);
}

TEST_CASE("a request is charged what its blocks add up to") {
  json body = body_of({turn("user", "a"), turn("assistant", "bcd"), turn("user", kTwoTexts)});
  body["tools"] = json::array({tool("t"), tool("u")});
  body["system"] = "be brief";
  const auto request = read(body);
  std::int64_t sum = 0;
  for (const auto& block : request.prompt) sum += block.tokens;
  CHECK(request.input_tokens == sum);
}

TEST_CASE("a text and a block of that text are the same") {
  CHECK(hashes(body_of(user_says("hello"))) ==
        hashes(body_of(user_says(json::array({text_block("hello")})))));
}

TEST_CASE("a block keeps its hash when cache_control moves and turns are added") {
  json body = body_of(user_says(json::array({text_block("one"), cached(text_block("two"))})));
  const auto first = hashes(body);
  CHECK(first == hashes(body_of(user_says(kTwoTexts))));
  body["messages"].push_back(turn("assistant", "three"));
  body["messages"].push_back(turn("user", json::array({cached(text_block("four"))})));
  const auto later = hashes(body);
  REQUIRE(later.size() == 4);
  CHECK(std::equal(first.begin(), first.end(), later.begin()));
}

TEST_CASE("content, type, role and place make a hash") {
  const auto hash = [](const json& messages) { return hashes(body_of(messages)).back(); };
  const auto usual = hash({turn("user", "a"), turn("user", "b")});
  CHECK(hash({turn("user", "a"), turn("user", "c")}) != usual);
  CHECK(hash({turn("user", "a"), turn("assistant", "b")}) != usual);
  CHECK(hash(json::array({turn("user", "b")})) != usual);
  const json cited = {{"type", "document"},
                      {"source", {{"type", "text"}, {"media_type", "text/plain"}, {"data", "b"}}}};
  CHECK(hash({turn("user", "a"), turn("user", json::array({cited}))}) != usual);
}

TEST_CASE("the order of an object's members does not matter") {
  const std::string head = R"({"model":"m","max_tokens":1,"messages":[{"role":"user","content":)";
  const auto hash = [&](const std::string& block) {
    const auto request =
        mock::read_messages_request(head + "[" + block + "]}]}", tests::good_headers());
    REQUIRE(request);
    return request->prompt.back().hash;
  };
  CHECK(hash(R"({"type":"image","source":{"type":"url","url":"https://a"}})") ==
        hash(R"({"source":{"url":"https://a","type":"url"},"type":"image"})"));
}

TEST_CASE("breakpoints are where cache_control stands") {
  json body = body_of(user_says(json::array({text_block("one"), cached(text_block("two"))})));
  body["system"] = json::array({cached(text_block("be brief"), "1h")});
  body["tools"] = json::array({tool("t"), cached(tool("u"), "1h")});
  using Lives = std::vector<std::optional<CacheLife>>;
  CHECK(breakpoints(body) == Lives{std::nullopt, CacheLife::k1Hour, CacheLife::k1Hour, std::nullopt,
                                   CacheLife::k5Minutes});
}

TEST_CASE("a breakpoint within a tool's result is the result's") {
  const json use = {{"type", "tool_use"}, {"id", "a"}, {"name", "t"}, {"input", json::object()}};
  const json result = {{"type", "tool_result"},
                       {"tool_use_id", "a"},
                       {"content", {text_block("x"), cached(text_block("y"), "1h")}}};
  CHECK(breakpoints(body_of({turn("user", "q"), turn("assistant", json::array({use})),
                             turn("user", json::array({result}))}))
            .back() == CacheLife::k1Hour);
}

TEST_CASE("a wrong cache_control is refused") {
  const auto refused = [](const json& control) {
    json block = text_block("one");
    block["cache_control"] = control;
    return refusal(body_of(user_says(json::array({block}))));
  };
  const std::string path = "messages.0.content.0.cache_control";
  CHECK(refused({{"type", "eternal"}}) == path + ".type: Input should be 'ephemeral'");
  CHECK(refused({{"type", "ephemeral"}, {"ttl", "2h"}}) ==
        path + ".ttl: Input should be '5m' or '1h'");
  CHECK(refused("ephemeral") == path + ": Input should be a valid dictionary");
  CHECK(refused(nullptr) == "(taken)");
}

TEST_CASE("thinking is not cacheable") {
  const json thinking = {{"type", "thinking"}, {"thinking", "hm"}, {"signature", "s"}};
  CHECK(refusal(body_of({turn("user", "q"), turn("assistant", json::array({cached(thinking)})),
                         turn("user", "so?")})) ==
        "messages.1.content.0.cache_control: Extra inputs are not permitted");
}

TEST_CASE("there are at most four breakpoints") {
  const json block = cached(text_block("x"));
  CHECK(taken(body_of(user_says({block, block, block, block}))));
  CHECK(refusal(body_of(user_says({block, block, block, block, block}))) ==
        "A maximum of 4 blocks with cache_control may be provided. Found 5.");
  const json automatic = with(body_of(user_says({block, block, block, block, text_block("y")})),
                              "cache_control", kAutomatic);
  CHECK(refusal(automatic) == "A maximum of 4 blocks with cache_control may be provided. Found 5.");
}

TEST_CASE("breakpoints of an hour come first") {
  const json brief = cached(text_block("x"), "5m");
  const json lasting = cached(text_block("y"), "1h");
  CHECK(taken(body_of(user_says({lasting, brief}))));
  CHECK(refusal(body_of(user_says({brief, lasting})))
            .starts_with("messages.0.content.1.cache_control.ttl: a ttl='1h' cache_control block "
                         "must not come after a ttl='5m' cache_control block."));
}

TEST_CASE("the body's own cache_control falls on the last block that can bear it") {
  json body = with(body_of(user_says(kTwoTexts)), "cache_control", kAutomatic);
  using Lives = std::vector<std::optional<CacheLife>>;
  CHECK(breakpoints(body) == Lives{std::nullopt, CacheLife::k5Minutes});
  body["messages"] = user_says({text_block("one"), cached(text_block("two"))});
  CHECK(breakpoints(body) == Lives{std::nullopt, CacheLife::k5Minutes});
  body["messages"] = user_says({text_block("one"), cached(text_block("two"), "1h")});
  CHECK(refusal(body).starts_with("cache_control: "));
}

TEST_CASE("a block has a token at least") {
  json body = body_of({turn("user", "1234567"), turn("assistant", "a"), turn("user", "q")});
  for (const auto& block : read(body).prompt) CHECK(block.tokens >= 1);
  CHECK(read(body).input_tokens == 4);
}
