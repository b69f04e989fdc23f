// What a search prints.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cli/load_search.h"
#include "output/page.h"
#include "output/search_html.h"

namespace cli {

// A line for each step while it goes on, of fixed columns; the header stands before the first.
std::string search_header(LoadStep::By by);
std::string search_line(const SearchStep& step);

std::string search_summary(const LoadSearchResult& result, const SearchOptions& options,
                           const output::SummaryOptions& page);

// All but what was asked and when: the script and the start are the caller's to add.
output::SearchReport search_report(const LoadSearchResult& result, const SearchOptions& options);

nlohmann::ordered_json search_json(const LoadSearchResult& result, const SearchOptions& options);

}  // namespace cli
