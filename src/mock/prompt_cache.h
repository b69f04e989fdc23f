// The prompt cache: https://docs.claude.com/en/build-with-claude/prompt-caching
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "mock/request.h"
#include "mock/usage.h"

namespace mock {

// Prefixes are written at breakpoints only. A read walks back from each breakpoint over at most 20
// blocks, the breakpoint's own among them; the longest prefix found is read. An entry can be read
// only once the first response that wrote it has begun: of a herd that comes at once, all miss. Its
// life counts from the request's start and is renewed by each read. Prefixes below the model's
// least length are not cached, without a word. Entries belong to an organisation and a model.
//
// Threads: one. Times are passed in.
// Cost:    nothing for a request without breakpoints; entries that have expired are dropped once a
//          minute.
class PromptCache {
 public:
  // What the request would find, and what it leaves to be written when its answer begins.
  struct Use {
    CacheUse tokens;
    struct Write {
      std::uint64_t key = 0;
      CacheLife life = CacheLife::k5Minutes;
      base::TimePoint requested{};
    };
    std::vector<Write> writes;
  };

  // REQUIRES: at most four breakpoints, those of an hour before those of five minutes (the reader
  // refuses others).
  Use look_up(const ModelRequest& request, base::TimePoint now);

  // The answer begins: what it writes can be read from now on.
  void begin(const Use& use, base::TimePoint now);

  std::size_t entries() const { return entries_.size(); }

 private:
  struct Entry {
    base::TimePoint expires{};
    CacheLife life = CacheLife::k5Minutes;
  };
  struct Prefix;
  static std::vector<Prefix> make_prefixes(const ModelRequest& request);
  std::size_t read_back(const std::vector<Prefix>& prefixes, std::size_t breakpoint,
                        base::TimePoint now);
  void drop_expired(base::TimePoint now);

  std::unordered_map<std::uint64_t, Entry> entries_;
  base::TimePoint next_sweep_{};
};

// The shortest prefix of the model that is cached.
std::int64_t least_cached_tokens(std::string_view model);

}  // namespace mock
