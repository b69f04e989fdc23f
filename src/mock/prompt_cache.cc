#include "mock/prompt_cache.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "base/random.h"
#include "mock/models.h"

namespace mock {
namespace {

constexpr std::size_t kBlocksLookedBack = 20;
constexpr base::Duration kSweepEvery = std::chrono::minutes(1);

base::Duration length_of(CacheLife life) {
  return life == CacheLife::k1Hour ? base::Duration(std::chrono::hours(1))
                                   : base::Duration(std::chrono::minutes(5));
}

}  // namespace

// The prompt up to and with one of its blocks.
struct PromptCache::Prefix {
  std::uint64_t key = 0;
  std::int64_t tokens = 0;
  std::optional<CacheLife> breakpoint;
};

// One for each block up to the last breakpoint.
std::vector<PromptCache::Prefix> PromptCache::make_prefixes(const ModelRequest& request) {
  const auto last = std::find_if(request.prompt.rbegin(), request.prompt.rend(),
                                 [](const PromptBlock& block) { return block.breakpoint; });
  std::vector<Prefix> prefixes;
  if (last == request.prompt.rend()) return prefixes;
  constexpr std::hash<std::string_view> hash;
  std::uint64_t key = base::derive_seed(hash(request.organization), hash(request.model));
  auto section = PromptSection::kTools;
  std::int64_t tokens = 0;
  for (auto block = request.prompt.begin(); block != last.base(); ++block) {
    if (block->section != section) {
      section = block->section;
      key = base::derive_seed(key, static_cast<std::uint64_t>(section));
      if (section == PromptSection::kMessages) key = base::derive_seed(key, request.settings_hash);
    }
    key = base::derive_seed(key, block->hash);
    tokens += block->tokens;
    prefixes.push_back({key, tokens, block->breakpoint});
  }
  return prefixes;
}

PromptCache::Use PromptCache::look_up(const ModelRequest& request, base::TimePoint now) {
  const std::vector<Prefix> prefixes = make_prefixes(request);
  Use use;
  std::size_t read = 0;
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    if (prefixes[i].breakpoint) read = std::max(read, read_back(prefixes, i, now));
  }
  if (read > 0) use.tokens.read_tokens = prefixes[read - 1].tokens;

  const std::int64_t least = least_cached_tokens(request.model);
  std::int64_t accounted = use.tokens.read_tokens;
  for (std::size_t i = read; i < prefixes.size(); ++i) {
    const Prefix& prefix = prefixes[i];
    if (!prefix.breakpoint || prefix.tokens < least) continue;
    const bool is_hour = *prefix.breakpoint == CacheLife::k1Hour;
    (is_hour ? use.tokens.write_1h_tokens : use.tokens.write_5m_tokens) +=
        prefix.tokens - accounted;
    accounted = prefix.tokens;
    use.writes.push_back({prefix.key, *prefix.breakpoint, now});
  }
  return use;
}

// How many blocks the longest prefix has that is found from there; each breakpoint's find is
// renewed.
std::size_t PromptCache::read_back(const std::vector<Prefix>& prefixes, std::size_t breakpoint,
                                   base::TimePoint now) {
  const std::size_t last = breakpoint + 1;
  const std::size_t first = last > kBlocksLookedBack ? last - kBlocksLookedBack : 0;
  for (std::size_t blocks = last; blocks > first; --blocks) {
    const auto found = entries_.find(prefixes[blocks - 1].key);
    if (found == entries_.end() || found->second.expires <= now) continue;
    Entry& entry = found->second;
    // A request that has waited counts from when it came; later ones may have renewed more.
    entry.expires = std::max(entry.expires, now + length_of(entry.life));
    return blocks;
  }
  return 0;
}

void PromptCache::begin(const Use& use, base::TimePoint now) {
  drop_expired(now);
  for (const Use::Write& write : use.writes) {
    const base::TimePoint expires = write.requested + length_of(write.life);
    Entry& entry = entries_[write.key];
    // Another request may have written the same in the meantime.
    if (expires > entry.expires) entry = {expires, write.life};
  }
}

void PromptCache::drop_expired(base::TimePoint now) {
  if (now < next_sweep_) return;
  std::erase_if(entries_, [&](const auto& entry) { return entry.second.expires <= now; });
  next_sweep_ = now + kSweepEvery;
}

std::int64_t least_cached_tokens(std::string_view model) {
  constexpr std::int64_t kOfUnknownModels = 1024;
  const Model* known = find_model(model);
  return known == nullptr ? kOfUnknownModels : known->least_cached_tokens;
}

}  // namespace mock
