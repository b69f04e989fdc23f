// Tags: what a sample is about, such as task=simple, model=claude-haiku-4-5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace metrics {

// A sorted set of keys with their values. A tag with an empty value is the same as no tag.
class TagSet {
 public:
  using Tag = std::pair<std::string, std::string>;

  TagSet() = default;
  TagSet(std::initializer_list<Tag> tags);

  void set(std::string_view key, std::string_view value);  // Replaces; an empty value removes.
  std::string_view get(std::string_view key) const;        // "" where there is no such tag.
  const std::vector<Tag>& tags() const { return tags_; }
  bool empty() const { return tags_.empty(); }
  std::string to_string() const;  // {model=claude-haiku-4-5,task=simple}, or "" for the empty set.

  friend bool operator==(const TagSet&, const TagSet&) = default;
  friend auto operator<=>(const TagSet&, const TagSet&) = default;

 private:
  std::vector<Tag> tags_;  // Sorted by key.
};

// Index of a tag set in one TagTable; of no meaning elsewhere. 0 is the empty set.
using TagsId = std::uint32_t;

// Interns tag sets, at most `limit` distinct ones beside the empty set: later ones share the set
// {tags=overflow} and are counted, so that a tag with a value per request costs a number, not the
// machine's memory. Threads: none of its own; one per shard.
class TagTable {
 public:
  static constexpr std::size_t kDefaultLimit = 10'000;

  explicit TagTable(std::size_t limit = kDefaultLimit);

  TagsId intern(const TagSet& tags);
  const std::shared_ptr<const TagSet>& at(TagsId id) const { return sets_[id]; }
  std::size_t size() const { return sets_.size(); }
  std::uint64_t overflowed() const { return overflowed_; }  // Calls of intern() past the limit.

 private:
  // By what the set says, not by where it is.
  struct Hash {
    std::size_t operator()(const TagSet* tags) const;
  };
  struct Equal {
    bool operator()(const TagSet* a, const TagSet* b) const { return *a == *b; }
  };

  TagsId insert(const TagSet& tags);

  std::size_t limit_;
  std::uint64_t overflowed_ = 0;
  TagsId overflow_id_ = 0;  // 0 until there was an overflow.
  std::vector<std::shared_ptr<const TagSet>> sets_;
  std::unordered_map<const TagSet*, TagsId, Hash, Equal> ids_;  // Each one of sets_.
};

}  // namespace metrics
