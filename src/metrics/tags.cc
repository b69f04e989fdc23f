#include "metrics/tags.h"

#include <algorithm>

namespace metrics {
namespace {

auto place_of(const std::vector<TagSet::Tag>& tags, std::string_view key) {
  return std::lower_bound(
      tags.begin(), tags.end(), key,
      [](const TagSet::Tag& tag, std::string_view wanted) { return tag.first < wanted; });
}

}  // namespace

TagSet::TagSet(std::initializer_list<Tag> tags) {
  for (const auto& [key, value] : tags) set(key, value);
}

void TagSet::set(std::string_view key, std::string_view value) {
  const auto place = tags_.begin() + (place_of(tags_, key) - tags_.cbegin());
  const bool exists = place != tags_.end() && place->first == key;
  if (value.empty()) {
    if (exists) tags_.erase(place);
  } else if (exists) {
    place->second = value;
  } else {
    tags_.emplace(place, key, value);
  }
}

std::string_view TagSet::get(std::string_view key) const {
  const auto place = place_of(tags_, key);
  return place != tags_.end() && place->first == key ? std::string_view(place->second) : "";
}

std::string TagSet::to_string() const {
  if (tags_.empty()) return "";
  std::string text;
  for (const auto& [key, value] : tags_) {
    text += text.empty() ? '{' : ',';
    text += key;
    text += '=';
    text += value;
  }
  return text + '}';
}

std::size_t TagTable::Hash::operator()(const TagSet* tags) const {
  std::size_t hash = tags->tags().size();
  const auto mix = [&hash](std::string_view text) {
    hash ^= std::hash<std::string_view>{}(text) + 0x9e3779b97f4a7c15U + (hash << 6) + (hash >> 2);
  };
  for (const auto& [key, value] : tags->tags()) {
    mix(key);
    mix(value);
  }
  return hash;
}

TagTable::TagTable(std::size_t limit) : limit_(limit) { insert(TagSet()); }

TagsId TagTable::intern(const TagSet& tags) {
  if (const auto known = ids_.find(&tags); known != ids_.end()) return known->second;
  if (sets_.size() <= limit_) return insert(tags);  // The empty set is beside the limit.
  ++overflowed_;
  if (overflow_id_ == 0) {
    const TagSet overflow{{"tags", "overflow"}};
    const auto known = ids_.find(&overflow);
    overflow_id_ = known != ids_.end() ? known->second : insert(overflow);
  }
  return overflow_id_;
}

TagsId TagTable::insert(const TagSet& tags) {
  const auto id = static_cast<TagsId>(sets_.size());
  sets_.push_back(std::make_shared<const TagSet>(tags));
  ids_.emplace(sets_.back().get(), id);
  return id;
}

}  // namespace metrics
