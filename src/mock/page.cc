#include "mock/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/text.h"

namespace mock {
namespace {

constexpr std::size_t kUsualLimit = 20;
constexpr std::size_t kMostLimit = 1000;

std::optional<std::string> parameter(std::string_view query, std::string_view name) {
  for (std::string& part : base::split(query, '&')) {
    if (part.size() > name.size() && part.starts_with(name) && part[name.size()] == '=') {
      return part.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

tl::expected<std::size_t, ApiError> read_limit(std::string_view query) {
  const auto text = parameter(query, "limit");
  if (!text) return kUsualLimit;
  std::size_t limit = 0;
  const char* end = text->data() + text->size();
  const auto [parsed, error] = std::from_chars(text->data(), end, limit);
  if (error != std::errc() || parsed != end) {
    return tl::unexpected(ApiError{400, "limit: Input should be a valid integer"});
  }
  if (limit < 1 || limit > kMostLimit) {
    return tl::unexpected(
        ApiError{400, fmt::format("limit: Input should be from 1 to {}", kMostLimit)});
  }
  return limit;
}

tl::expected<std::size_t, ApiError> find_id(std::string_view id, const char* field,
                                            const std::vector<std::string_view>& ids) {
  const auto found = std::find(ids.begin(), ids.end(), id);
  if (found == ids.end()) {
    return tl::unexpected(ApiError{400, fmt::format("{}: no such item: {}", field, id)});
  }
  return static_cast<std::size_t>(found - ids.begin());
}

}  // namespace

tl::expected<Page, ApiError> cut_page(std::string_view query,
                                      const std::vector<std::string_view>& ids) {
  const auto limit = read_limit(query);
  if (!limit) return tl::unexpected(limit.error());
  if (const auto id = parameter(query, "before_id")) {
    const auto end = find_id(*id, "before_id", ids);
    if (!end) return tl::unexpected(end.error());
    const std::size_t begin = *end - std::min(*limit, *end);
    return Page{begin, *end, begin > 0};
  }
  std::size_t begin = 0;
  if (const auto id = parameter(query, "after_id")) {
    const auto after = find_id(*id, "after_id", ids);
    if (!after) return tl::unexpected(after.error());
    begin = *after + 1;
  }
  const std::size_t end = std::min(begin + *limit, ids.size());
  return Page{begin, end, end < ids.size()};
}

std::string page_json(const Page& page, const std::vector<std::string>& items,
                      const std::vector<std::string_view>& ids) {
  const bool empty = page.begin == page.end;
  const auto id = [&](std::size_t position) {
    return empty ? std::string("null") : nlohmann::json(ids[position]).dump();
  };
  return fmt::format(R"({{"data":[{}],"has_more":{},"first_id":{},"last_id":{}}})",
                     fmt::join(items, ","), page.has_more, id(page.begin), id(page.end - 1));
}

}  // namespace mock
