#include "llm/rate_limits.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

#include "base/duration.h"
#include "base/timestamp.h"
#include "llm/http_date.h"

namespace llm {
namespace {

using Headers = std::span<const std::pair<std::string, std::string>>;

// Names such as anthropic-ratelimit-input-tokens-limit and x-ratelimit-limit-tokens.
struct Family {
  std::string_view prefix;
  LimitTier tier;
  bool field_first;
};

// In the order of the tiers; of two for one tier the first wins: it is the more exact one.
constexpr auto kFamilies = std::to_array<Family>({
    {"anthropic-ratelimit-", LimitTier::kStandard, false},
    {"x-ratelimit-", LimitTier::kStandard, true},
    {"anthropic-priority-", LimitTier::kPriority, false},
    {"anthropic-fast-", LimitTier::kFast, false},
});

// In the order of LimitedQuantity.
constexpr auto kQuantities =
    std::to_array<std::string_view>({"requests", "tokens", "input-tokens", "output-tokens"});

// A bucket's headers; "" for those that did not come.
struct Fields {
  std::string_view limit;
  std::string_view remaining;
  std::string_view reset;

  std::string_view* find(std::string_view name) {
    if (name == "limit") return &limit;
    if (name == "remaining") return &remaining;
    return name == "reset" ? &reset : nullptr;
  }
};

using FamilyFields = std::array<Fields, kQuantities.size()>;

std::string_view* find_field(const Family& family, FamilyFields& buckets, std::string_view name) {
  const std::size_t dash = family.field_first ? name.find('-') : name.rfind('-');
  if (dash == std::string_view::npos) return nullptr;
  std::string_view quantity = name.substr(0, dash);
  std::string_view field = name.substr(dash + 1);
  if (family.field_first) std::swap(quantity, field);
  const auto found = std::ranges::find(kQuantities, quantity);
  if (found == kQuantities.end()) return nullptr;
  return buckets[static_cast<std::size_t>(found - kQuantities.begin())].find(field);
}

std::optional<double> read_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return {};
  return value;
}

std::optional<base::Duration> read_reset(std::string_view text, std::string_view date) {
  if (const auto duration = base::parse_duration(text)) return *duration;
  const auto time = base::parse_timestamp(text);
  const auto answered = parse_http_date(date);
  if (!time || !answered) return {};
  // In seconds, since a date may lie beyond what nanoseconds can count.
  const auto whole = std::chrono::floor<std::chrono::seconds>(*time);
  const auto seconds = static_cast<double>((whole - answered->time_since_epoch()).count());
  return base::from_seconds(std::max(0.0, seconds + base::to_seconds(*time - whole)));
}

std::string_view find_date(Headers headers) {
  const auto found = std::ranges::find(headers, "date", &Headers::value_type::first);
  return found == headers.end() ? std::string_view() : found->second;
}

std::array<FamilyFields, kFamilies.size()> collect(Headers headers) {
  std::array<FamilyFields, kFamilies.size()> found;
  for (const auto& [name, value] : headers) {
    for (std::size_t i = 0; i < kFamilies.size(); ++i) {
      const std::string_view prefix = kFamilies[i].prefix;
      if (!name.starts_with(prefix)) continue;
      const auto rest = std::string_view(name).substr(prefix.size());
      if (std::string_view* field = find_field(kFamilies[i], found[i], rest)) *field = value;
    }
  }
  return found;
}

// Without its name.
std::optional<RateLimit> read_bucket(const Fields& fields, std::string_view date) {
  const auto limit = read_number(fields.limit);
  const auto remaining = read_number(fields.remaining);
  if (!limit || *limit <= 0 || !remaining || *remaining < 0) return {};
  return RateLimit{
      .limit = *limit, .remaining = *remaining, .reset = read_reset(fields.reset, date)};
}

}  // namespace

std::string_view to_string(LimitedQuantity quantity) {
  switch (quantity) {
    case LimitedQuantity::kRequests:
      return "requests";
    case LimitedQuantity::kTokens:
      return "tokens";
    case LimitedQuantity::kInputTokens:
      return "input_tokens";
    case LimitedQuantity::kOutputTokens:
      break;
  }
  return "output_tokens";
}

std::string_view to_string(LimitTier tier) {
  switch (tier) {
    case LimitTier::kStandard:
      return "standard";
    case LimitTier::kPriority:
      return "priority";
    case LimitTier::kFast:
      break;
  }
  return "fast";
}

double RateLimit::used() const { return std::clamp(1 - remaining / limit, 0.0, 1.0); }

std::vector<RateLimit> read_rate_limits(Headers headers) {
  const auto found = collect(headers);
  const std::string_view date = find_date(headers);
  std::vector<RateLimit> limits;
  for (std::size_t quantity = 0; quantity < kQuantities.size(); ++quantity) {
    for (std::size_t i = 0; i < kFamilies.size(); ++i) {
      auto bucket = read_bucket(found[i][quantity], date);
      if (!bucket) continue;
      bucket->quantity = static_cast<LimitedQuantity>(quantity);
      bucket->tier = kFamilies[i].tier;
      const bool is_known = !limits.empty() && limits.back().quantity == bucket->quantity &&
                            limits.back().tier == bucket->tier;
      if (!is_known) limits.push_back(*bucket);
    }
  }
  return limits;
}

}  // namespace llm
