#include "mock/prompt_cache.h"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

namespace {

using mock::CacheLife;
using mock::PromptSection;

base::TimePoint at(base::Duration offset) { return base::TimePoint(1h + offset); }

// A request whose blocks are messages of 1,000 tokens each, without a breakpoint.
mock::ModelRequest request_of(std::size_t blocks, std::uint64_t first_hash = 1) {
  mock::ModelRequest request;
  request.model = "claude-sonnet-4-5-20250929";
  request.organization = "a";
  for (std::size_t i = 0; i < blocks; ++i) {
    request.prompt.push_back({first_hash + i, 1'000, PromptSection::kMessages});
  }
  return request;
}

mock::ModelRequest with_breakpoint(mock::ModelRequest request, std::size_t block,
                                   CacheLife life = CacheLife::k5Minutes) {
  request.prompt.at(block).breakpoint = life;
  return request;
}

// Tools, system and messages of one block each, all with breakpoints.
mock::ModelRequest three_sections() {
  mock::ModelRequest request = request_of(3);
  request.prompt[0].section = PromptSection::kTools;
  request.prompt[1].section = PromptSection::kSystem;
  for (mock::PromptBlock& block : request.prompt) {
    block.tokens = 2'000;
    block.breakpoint = CacheLife::k5Minutes;
  }
  return request;
}

// Looks up and begins at once.
mock::CacheUse use(mock::PromptCache& cache, const mock::ModelRequest& request,
                   base::Duration offset = 0s) {
  const auto found = cache.look_up(request, at(offset));
  cache.begin(found, at(offset));
  return found.tokens;
}

}  // namespace

TEST_CASE("a prompt without breakpoints is neither read nor written") {
  mock::PromptCache cache;
  CHECK(use(cache, request_of(5)).all() == 0);
  CHECK(use(cache, with_breakpoint(request_of(5), 4)).write_5m_tokens == 5'000);
  CHECK(use(cache, request_of(5)).all() == 0);
  CHECK(cache.entries() == 1);
}

TEST_CASE("only a breakpoint's prefix is written, not those of the blocks before it") {
  mock::PromptCache cache;
  use(cache, with_breakpoint(request_of(5), 4));
  const auto shorter = use(cache, with_breakpoint(request_of(4), 3));
  CHECK(shorter.read_tokens == 0);
  CHECK(shorter.write_5m_tokens == 4'000);
}

TEST_CASE("what follows the last breakpoint is not cached") {
  mock::PromptCache cache;
  const auto request = with_breakpoint(request_of(5), 2);
  CHECK(use(cache, request).all() == 3'000);
  const auto again = use(cache, request);
  CHECK(again.read_tokens == 3'000);
  CHECK(again.all() == 3'000);
}

TEST_CASE("a conversation reads what its last turn wrote and writes the rest") {
  mock::PromptCache cache;
  use(cache, with_breakpoint(request_of(4), 3));
  const auto next = use(cache, with_breakpoint(request_of(6), 5));
  CHECK(next.read_tokens == 4'000);
  CHECK(next.write_5m_tokens == 2'000);
}

TEST_CASE("a read looks back over 20 blocks from a breakpoint, its own among them") {
  for (const auto& [blocks, read] : {std::pair{22U, 3'000}, std::pair{23U, 0}}) {
    mock::PromptCache cache;
    use(cache, with_breakpoint(request_of(3), 2));
    CHECK(use(cache, with_breakpoint(request_of(blocks), blocks - 1)).read_tokens == read);
  }
}

TEST_CASE("an earlier breakpoint finds what the last one is too far from") {
  mock::PromptCache cache;
  use(cache, with_breakpoint(request_of(3), 2));
  const auto found = use(cache, with_breakpoint(with_breakpoint(request_of(40), 39), 10));
  CHECK(found.read_tokens == 3'000);
  CHECK(found.write_5m_tokens == 37'000);
}

TEST_CASE("the longest of several prefixes is read") {
  mock::PromptCache cache;
  use(cache, with_breakpoint(request_of(3), 2));
  use(cache, with_breakpoint(request_of(8), 7));
  const auto found = use(cache, with_breakpoint(with_breakpoint(request_of(9), 8), 2));
  CHECK(found.read_tokens == 8'000);
  CHECK(found.write_5m_tokens == 1'000);
}

TEST_CASE("a changed block changes every prefix behind it and none before") {
  mock::PromptCache cache;
  auto request = with_breakpoint(with_breakpoint(request_of(6), 2), 5);
  use(cache, request);
  request.prompt[4].hash = 99;
  const auto found = use(cache, request);
  CHECK(found.read_tokens == 3'000);
  CHECK(found.write_5m_tokens == 3'000);
  request.prompt[0].hash = 98;
  CHECK(use(cache, request).read_tokens == 0);
}

TEST_CASE("the order of blocks matters") {
  mock::PromptCache cache;
  auto request = with_breakpoint(request_of(3), 2);
  use(cache, request);
  std::swap(request.prompt[0].hash, request.prompt[1].hash);
  CHECK(use(cache, request).read_tokens == 0);
}

TEST_CASE("an entry can be read only once the answer that writes it has begun") {
  mock::PromptCache cache;
  const auto request = with_breakpoint(request_of(3), 2);
  const auto first = cache.look_up(request, at(0s));
  CHECK(cache.look_up(request, at(1s)).tokens.read_tokens == 0);
  cache.begin(first, at(2s));
  CHECK(cache.look_up(request, at(2s)).tokens.read_tokens == 3'000);
}

TEST_CASE("of a thundering herd all miss and all write") {
  mock::PromptCache cache;
  const auto request = with_breakpoint(request_of(3), 2);
  std::vector<mock::PromptCache::Use> herd;
  for (int i = 0; i < 100; ++i) herd.push_back(cache.look_up(request, at(i * 1ms)));
  for (const auto& one : herd) {
    CHECK(one.tokens.read_tokens == 0);
    CHECK(one.tokens.write_5m_tokens == 3'000);
    cache.begin(one, at(1s));
  }
  CHECK(cache.entries() == 1);
  CHECK(use(cache, request, 2s).read_tokens == 3'000);
}

TEST_CASE("five minutes and an hour count from the request's start, not the answer's") {
  for (const auto& [life, length] :
       {std::pair{CacheLife::k5Minutes, 5min}, std::pair{CacheLife::k1Hour, 60min}}) {
    mock::PromptCache cache;
    const auto request = with_breakpoint(request_of(3), 2, life);
    cache.begin(cache.look_up(request, at(0s)), at(30s));
    CHECK(mock::PromptCache(cache).look_up(request, at(length - 1s)).tokens.read_tokens == 3'000);
    CHECK(cache.look_up(request, at(length)).tokens.read_tokens == 0);
  }
}

TEST_CASE("each read renews an entry's life") {
  mock::PromptCache cache;
  const auto request = with_breakpoint(request_of(3), 2);
  use(cache, request);
  for (int i = 1; i <= 5; ++i) CHECK(use(cache, request, i * 4min).read_tokens == 3'000);
  CHECK(use(cache, request, 20min + 5min).read_tokens == 0);
}

TEST_CASE("a read renews what every breakpoint finds, not the longest prefix alone") {
  mock::PromptCache cache;
  const auto conversation = with_breakpoint(with_breakpoint(request_of(4), 1), 3);
  use(cache, conversation);
  use(cache, conversation, 4min);
  CHECK(use(cache, with_breakpoint(request_of(2), 1), 8min).read_tokens == 2'000);
}

TEST_CASE("prefixes below the model's least length are silently not cached") {
  mock::PromptCache cache;
  auto request = with_breakpoint(request_of(1), 0);
  request.prompt[0].tokens = 1'023;
  CHECK(use(cache, request).all() == 0);
  CHECK(use(cache, request).all() == 0);
  CHECK(cache.entries() == 0);
  request.prompt[0].tokens = 1'024;
  CHECK(use(cache, request).write_5m_tokens == 1'024);
  CHECK(use(cache, request).read_tokens == 1'024);
}

TEST_CASE("each model has its own least length") {
  CHECK(mock::least_cached_tokens("claude-opus-5") == 512);
  CHECK(mock::least_cached_tokens("claude-fable-5") == 512);
  CHECK(mock::least_cached_tokens("claude-opus-4-8") == 1'024);
  CHECK(mock::least_cached_tokens("claude-sonnet-4-6") == 1'024);
  CHECK(mock::least_cached_tokens("claude-opus-4-7") == 2'048);
  CHECK(mock::least_cached_tokens("claude-3-5-haiku-20241022") == 2'048);
  CHECK(mock::least_cached_tokens("claude-opus-4-6") == 4'096);
  CHECK(mock::least_cached_tokens("claude-haiku-4-5") == 4'096);
  CHECK(mock::least_cached_tokens("unknown") == 1'024);
}

TEST_CASE("entries belong to an organisation and a model") {
  mock::PromptCache cache;
  const auto request = with_breakpoint(request_of(3), 2);
  use(cache, request);
  auto other_organization = request;
  other_organization.organization = "b";
  CHECK(use(cache, other_organization).read_tokens == 0);
  auto other_model = request;
  other_model.model = "claude-sonnet-4-6";
  CHECK(use(cache, other_model).read_tokens == 0);
  CHECK(use(cache, request).read_tokens == 3'000);
}

TEST_CASE("changed tools invalidate everything") {
  mock::PromptCache cache;
  auto request = three_sections();
  use(cache, request);
  CHECK(use(cache, request).read_tokens == 6'000);
  request.prompt[0].hash = 99;
  CHECK(use(cache, request).read_tokens == 0);
}

TEST_CASE("changed settings invalidate messages, not tools and system") {
  mock::PromptCache cache;
  auto request = three_sections();
  use(cache, request);
  request.settings_hash = 99;
  const auto found = use(cache, request);
  CHECK(found.read_tokens == 4'000);
  CHECK(found.write_5m_tokens == 2'000);
}

TEST_CASE("the same text in another section is another prefix") {
  mock::PromptCache cache;
  auto request = with_breakpoint(request_of(1), 0);
  request.prompt[0].tokens = 2'000;
  use(cache, request);
  request.prompt[0].section = PromptSection::kSystem;
  CHECK(use(cache, request).read_tokens == 0);
}

TEST_CASE("mixed lives: read A, an hour's write B − A, five minutes' write C − B") {
  mock::PromptCache cache;
  use(cache, with_breakpoint(request_of(2), 1));
  const auto mixed = with_breakpoint(with_breakpoint(request_of(9), 4, CacheLife::k1Hour), 7,
                                     CacheLife::k5Minutes);
  const auto found = use(cache, mixed);
  CHECK(found.read_tokens == 2'000);
  CHECK(found.write_1h_tokens == 3'000);
  CHECK(found.write_5m_tokens == 3'000);
  CHECK(use(cache, mixed).read_tokens == 8'000);
  // After ten minutes the hour's is left.
  const auto later = use(cache, mixed, 10min);
  CHECK(later.read_tokens == 5'000);
  CHECK(later.write_5m_tokens == 3'000);
}

TEST_CASE("entries that nobody reads any more are forgotten") {
  mock::PromptCache cache;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    use(cache, with_breakpoint(request_of(3, 1 + 10 * i), 2), 1s);
  }
  CHECK(cache.entries() == 1000);
  use(cache, with_breakpoint(request_of(3, 100'000), 2), 10min);
  CHECK(cache.entries() == 1);
}

TEST_CASE("a request that has waited does not shorten what a later one renewed") {
  mock::PromptCache cache;
  const auto request = with_breakpoint(request_of(3), 2);
  use(cache, request);
  use(cache, request, 200s);
  use(cache, request, 100s);
  CHECK(use(cache, request, 450s).read_tokens == 3'000);
}
