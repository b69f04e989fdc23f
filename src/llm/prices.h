// What tokens cost. Data with a date, not code.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "llm/reply.h"

namespace llm {

// US dollars per million tokens.
struct Price {
  std::string_view model;
  std::string_view alias;  // "" where there is none.
  double input;
  double cache_write_5m;
  double cache_write_1h;
  double cache_read;
  double output;
};

// The day on which the table was read from the provider's price page.
inline constexpr std::string_view kPricesAsOf = "2026-08-22";

std::span<const Price> prices();

// By id or alias; nothing for a model that the table does not know.
const Price* find_price(std::string_view model);

double cost_usd(const Price& price, const Usage& usage);

}  // namespace llm
