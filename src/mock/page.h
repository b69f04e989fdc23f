// Lists by pages, as the Claude API cuts them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "mock/api_error.h"

namespace mock {

// A part of a list: the positions [begin, end).
struct Page {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool has_more = false;  // In the direction that was asked for.
};

// The part that the query of a URL asks for: "limit=20&after_id=…" or "before_id=…"; 20 items
// unless it says how many. `ids` are the whole list's, in its order.
//
// Errors: 400 for a limit that is not from 1 to 1000, and for an id that is not in the list.
tl::expected<Page, ApiError> cut_page(std::string_view query,
                                      const std::vector<std::string_view>& ids);

// {"data":[…],"has_more":…,"first_id":…,"last_id":…}, of the items on the page, as JSON each.
std::string page_json(const Page& page, const std::vector<std::string>& items,
                      const std::vector<std::string_view>& ids);

}  // namespace mock
