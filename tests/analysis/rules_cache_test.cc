#include <catch2/catch.hpp>

#include "analysis/made_up_run.h"

using namespace tests;

namespace {

// Hits that read 4,000 tokens each, misses that wrote `written`, and marks that did nothing.
void add_uses(MadeUpRun& run, std::uint64_t hits, std::uint64_t misses, std::uint64_t unused = 0,
              double written = 4'000) {
  if (hits > 0) run.complete(hits, {{"cache", "hit"}});
  if (misses > 0) run.complete(misses, {{"cache", "miss"}});
  if (unused > 0) run.complete(unused, {{"cache", "unused"}});
  run.add(metrics::kLlmCacheReadTokens, {{"cache", "hit"}}, 4'000.0 * static_cast<double>(hits));
  run.add(metrics::kLlmCacheWriteTokens, {{"cache", "miss"}},
          written * static_cast<double>(misses));
}

// Twenty seconds of which the first `cold` wrote to the cache.
void add_writes(MadeUpRun& run, int cold) {
  for (int i = 0; i < 20; ++i) run.second(5, 0.4, 0.01).cache_write_tokens = i < cold ? 1'000 : 0;
}

}  // namespace

TEST_CASE("a cold cache is graded by the share of misses") {
  const auto [hits, misses, severity] = GENERATE(table<int, int, std::string>({
      {96, 4, "none"},
      {970, 30, "none"},
      {969, 31, "medium"},
      {900, 100, "medium"},
      {899, 101, "high"},
      {9, 10, "none"},
      {0, 30, "none"},  // Nothing was ever read: it is not the beginning that is cold.
  }));
  CAPTURE(hits, misses);
  MadeUpRun run;
  add_uses(run, static_cast<std::uint64_t>(hits), static_cast<std::uint64_t>(misses));
  add_writes(run, 2);
  CHECK(run.severity("cold_cache") == severity);
}

TEST_CASE("misses all along, of other sizes, or at a time that nobody knows, are no cold cache") {
  MadeUpRun later;
  add_uses(later, 50, 50);
  add_writes(later, 6);  // Two thirds of it in the first fifth of the run.
  CHECK(later.severity("cold_cache") == "none");
  CHECK(later.severity("cache_misses") == "medium");
  MadeUpRun other;
  add_uses(other, 50, 50, 0, 2'000);
  add_writes(other, 2);
  CHECK(other.severity("cold_cache") == "none");
  MadeUpRun unknown;
  add_uses(unknown, 50, 50);
  CHECK(unknown.severity("cold_cache") == "none");
}

TEST_CASE("what a herd wrote for nothing is said with its condition") {
  MadeUpRun run;
  add_uses(run, 50, 50);
  add_writes(run, 2);
  CHECK(evidence_text(run.look("cold_cache"))
            .find("if that is one prefix, 196,000 of the 200,000 tokens") != std::string::npos);
  CHECK(run.severity("cache_misses") == "none");
}

TEST_CASE("misses are graded by the share of hits") {
  const auto [hits, misses, severity] = GENERATE(table<int, int, std::string>({{80, 20, "none"},
                                                                               {79, 21, "medium"},
                                                                               {50, 50, "medium"},
                                                                               {49, 51, "high"},
                                                                               {0, 20, "high"},
                                                                               {0, 19, "none"}}));
  CAPTURE(hits, misses);
  MadeUpRun run;
  add_uses(run, static_cast<std::uint64_t>(hits), static_cast<std::uint64_t>(misses));
  CHECK(run.severity("cache_misses") == severity);
}

TEST_CASE("marks that did nothing are graded by their share of all marks") {
  const auto [used, unused, severity] = GENERATE(table<int, int, std::string>({
      {0, 4, "none"},
      {95, 5, "none"},
      {94, 6, "medium"},
      {50, 50, "medium"},
      {49, 51, "high"},
  }));
  CAPTURE(used, unused);
  MadeUpRun run;
  add_uses(run, static_cast<std::uint64_t>(used), 0, static_cast<std::uint64_t>(unused));
  CHECK(run.severity("cache_unused") == severity);
  CHECK(run.severity("cache_misses") == "none");
}
