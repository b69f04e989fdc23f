// Rules about the prompt cache.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "analysis/rules.h"
#include "analysis/words.h"
#include "metrics/builtin.h"

namespace analysis {
namespace {

using metrics::Store;

constexpr double kFewestRequests = 20;  // Hits and misses together.
constexpr double kFewestMisses = 5;

constexpr double kAtFirst = 0.2;         // Of the run: the part in which a cache is cold.
constexpr double kWrittenAtFirst = 0.8;  // Of the tokens written.
constexpr double kSameSize = 0.1;        // How far what is written and read may differ.
constexpr double kMediumColdShare = 0.03;
constexpr double kHighColdShare = 0.1;

constexpr double kMediumHits = 0.8;
constexpr double kHighHits = 0.5;

constexpr double kMediumUnused = 0.05;
constexpr double kHighUnused = 0.5;

constexpr std::array<std::string_view, 3> kColdAdvice = {
    "warm the cache before the load: one request with the prefix in setup(), and wait for the "
    "first "
    "token of its answer",
    "let the users start over some seconds (spawn_rate), so that the first answer has begun before "
    "the others ask",
    "judge the warm service alone: warmup = \"10s\", or a threshold on llm_ttft{cache=hit}"};

constexpr std::array<std::string_view, 3> kMissAdvice = {
    "put what changes (dates, ids, names, the question) behind the last cache mark, and keep tools "
    "and system prompt the same to the byte",
    "where the same prefix returns after more than five minutes, write it for an hour (ttl = "
    "\"1h\")",
    "where prefixes are never the same, do not mark them: a write costs more than plain input"};

constexpr std::array<std::string_view, 2> kUnusedAdvice = {
    "lengthen the part before the mark: models cache nothing below 512 to 4,096 tokens, by model; "
    "put tools, examples or documents into it",
    "where it cannot be longer, leave the mark out: it does nothing"};

struct CacheUse {
  double hits = 0;
  double misses = 0;
  double unused = 0;
  double read_tokens = 0;
  double written_tokens = 0;
};

CacheUse cache_use(const Store& store) {
  const auto requests = [&store](std::string_view use) {
    return store.counter(metrics::kLlmRequests, where({{"cache", use}}));
  };
  return {requests("hit"), requests("miss"), requests("unused"),
          store.counter(metrics::kLlmCacheReadTokens),
          store.counter(metrics::kLlmCacheWriteTokens, where({{"cache", "miss"}}))};
}

std::string ttft_line(const Store& store) {
  return fmt::format("time to first token p50 {} at a miss, {} at a hit",
                     time_at(store.trend(metrics::kLlmTtft, where({{"cache", "miss"}})), 50),
                     time_at(store.trend(metrics::kLlmTtft, where({{"cache", "hit"}})), 50));
}

// The share of the tokens written that was written in the intervals that began in the run's first
// part; nothing where the course does not tell.
std::optional<double> written_at_first(const Evidence& evidence) {
  if (evidence.course.empty()) return std::nullopt;
  const double end = evidence.course.back().end_s;
  double early = 0;
  double all = 0;
  for (const Moment& moment : evidence.course) {
    all += moment.cache_write_tokens;
    if (moment.begin_s < kAtFirst * end) early += moment.cache_write_tokens;
  }
  return all > 0 ? std::optional(early / all) : std::nullopt;
}

std::optional<Finding> cold_cache(const Evidence& evidence) {
  const CacheUse use = cache_use(evidence.store);
  if (use.hits == 0 || use.misses < kFewestMisses || use.hits + use.misses < kFewestRequests) {
    return std::nullopt;
  }
  const double share = use.misses / (use.hits + use.misses);
  const double written = use.written_tokens / use.misses;
  const double read = use.read_tokens / use.hits;
  const auto early = written_at_first(evidence);
  if (share <= kMediumColdShare || !early || *early < kWrittenAtFirst ||
      std::abs(written - read) > kSameSize * read) {
    return std::nullopt;
  }
  Finding finding;
  finding.severity = share > kHighColdShare ? Severity::kHigh : Severity::kMedium;
  finding.title = "The prompt cache was cold: many first requests wrote the same prefix";
  finding.evidence = {
      fmt::format("{} of {} that used the cache missed; {} of the tokens written were written in "
                  "the first {} of the run",
                  as_count(use.misses), plural(use.hits + use.misses, "request"), as_share(*early),
                  as_share(kAtFirst)),
      fmt::format(
          "a miss wrote {} tokens, a hit read {} (means): if that is one prefix, {} of the {} "
          "tokens written were written for nothing",
          as_count(written), as_count(read), as_count(use.written_tokens - written),
          as_count(use.written_tokens)),
      ttft_line(evidence.store)};
  finding.advice.assign(kColdAdvice.begin(), kColdAdvice.end());
  return finding;
}

std::optional<Finding> cache_misses(const Evidence& evidence) {
  const CacheUse use = cache_use(evidence.store);
  const double all = use.hits + use.misses;
  if (all < kFewestRequests || use.hits >= kMediumHits * all || cold_cache(evidence)) {
    return std::nullopt;
  }
  Finding finding;
  finding.severity = use.hits < kHighHits * all ? Severity::kHigh : Severity::kMedium;
  finding.title = "The prompt cache is written more than it is read";
  if (use.read_tokens > use.written_tokens) finding.title = "The prompt cache misses often";
  finding.evidence = {fmt::format("{} of {} that used the cache hit it ({}), {} only wrote to it",
                                  as_count(use.hits), plural(all, "request"),
                                  as_share(use.hits / all), as_count(use.misses)),
                      fmt::format("{} tokens written by misses, {} read",
                                  as_count(use.written_tokens), as_count(use.read_tokens))};
  if (use.hits > 0) finding.evidence.push_back(ttft_line(evidence.store));
  if (const auto early = written_at_first(evidence)) {
    finding.evidence.push_back(
        fmt::format("{} of the tokens written were written after the first {} of the run",
                    as_share(1 - *early), as_share(kAtFirst)));
  }
  finding.advice.assign(kMissAdvice.begin(), kMissAdvice.end());
  return finding;
}

std::optional<Finding> cache_unused(const Evidence& evidence) {
  const Store& store = evidence.store;
  const CacheUse use = cache_use(store);
  const double all = use.hits + use.misses + use.unused;
  if (use.unused < kFewestMisses || use.unused <= kMediumUnused * all) return std::nullopt;
  const metrics::Trend input = store.trend(metrics::kLlmTokensIn, where({{"cache", "unused"}}));
  Finding finding;
  finding.severity = use.unused > kHighUnused * all ? Severity::kHigh : Severity::kMedium;
  finding.title = "Prompts marked for caching are not cached";
  finding.evidence.push_back(
      fmt::format("{} of {} with cache_control ({}) neither read nor wrote the cache",
                  as_count(use.unused), plural(all, "request"), as_share(use.unused / all)));
  if (input.count() > 0) {
    finding.evidence.push_back(fmt::format("their whole input was {} tokens (p50), {} at most",
                                           as_count(input.quantile(0.5).value),
                                           as_count(input.max().value)));
  }
  finding.advice.assign(kUnusedAdvice.begin(), kUnusedAdvice.end());
  return finding;
}

}  // namespace

std::span<const Rule> cache_rules() {
  static constexpr std::array kRules = {
      Rule{"cold_cache", "",
           "more than 3% of the requests that used the prompt cache, and 5 or more, missed; 80% of "
           "what misses wrote was written in intervals that began in the first 20% of the run, and "
           "each wrote within 10% of "
           "what a hit read (20 requests or more)",
           "more than 10%", kColdAdvice, &cold_cache},
      Rule{
          "cache_misses", "",
          "fewer than 80% of the requests that used the prompt cache hit it, and it was not merely "
          "cold (20 requests or more)",
          "fewer than 50%", kMissAdvice, &cache_misses},
      Rule{"cache_unused", "",
           "more than 5% of the requests with cache_control, and 5 or more, neither read nor wrote "
           "the cache",
           "more than 50%", kUnusedAdvice, &cache_unused}};
  return kRules;
}

}  // namespace analysis
