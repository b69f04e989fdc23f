#include "cli/budget_options.h"

#include <algorithm>
#include <utility>

#include "cli/option_values.h"
#include "net/url.h"

namespace cli {
namespace {

using base::Result;
using nlohmann::json;

// How the built-in models' cache prices stand to their input's.
constexpr double kCacheReadRatio = 0.1;
constexpr double kCacheWrite5mRatio = 1.25;
constexpr double kCacheWrite1hRatio = 2;

Result<llm::Price> read_price(const json& value) {
  if (!value.is_object()) {
    return base::fail("expected {{ input = …, output = … }} in dollars per million tokens, got {}",
                      shown(value));
  }
  auto known =
      check_fields(value, {"input", "output", "cache_read", "cache_write_5m", "cache_write_1h"});
  if (!known) return tl::unexpected(known.error());
  const auto number = [&value](const char* name, double otherwise) -> Result<double> {
    if (!value.contains(name)) return otherwise;
    auto read = read_number(value[name]);
    if (!read) return within(fmt::format(".{}", name), read.error());
    return read;
  };
  for (const char* name : {"input", "output"}) {
    if (!value.contains(name)) return base::fail(".{}: missing", name);
  }
  llm::Price price;
  const auto input = number("input", 0);
  if (!input) return tl::unexpected(input.error());
  price.input = *input;
  for (const auto& [name, member, otherwise] :
       {std::tuple{"output", &llm::Price::output, 0.0},
        std::tuple{"cache_read", &llm::Price::cache_read, kCacheReadRatio * *input},
        std::tuple{"cache_write_5m", &llm::Price::cache_write_5m, kCacheWrite5mRatio * *input},
        std::tuple{"cache_write_1h", &llm::Price::cache_write_1h, kCacheWrite1hRatio * *input}}) {
    const auto read = number(name, otherwise);
    if (!read) return tl::unexpected(read.error());
    price.*member = *read;
  }
  return price;
}

}  // namespace

Result<double> read_budget(const json& value) {
  if (!value.is_object()) {
    auto usd = read_positive(value);
    if (usd) return usd;
    return base::fail("expected dollars, as in budget = {{ usd = 10 }}, got {}", shown(value));
  }
  if (auto known = check_fields(value, {"usd"}); !known) return tl::unexpected(known.error());
  if (!value.contains("usd")) return base::fail(".usd: missing");
  auto usd = read_positive(value["usd"]);
  if (!usd) return within(".usd", usd.error());
  return usd;
}

Result<std::map<std::string, llm::Price>> read_prices(const json& value) {
  if (!value.is_object()) {
    return base::fail("expected a table from models to prices, got {}", shown(value));
  }
  std::map<std::string, llm::Price> prices;
  for (const auto& [model, price] : value.items()) {
    const auto read = read_price(price);
    if (!read) return within("[\"" + model + "\"]", read.error());
    prices[model] = *read;
  }
  return prices;
}

Result<void> settle_budget(RunSettings& settings, const std::set<script::DeclaredModel>& models) {
  const auto is_priced = [&](const script::DeclaredModel& declared) {
    return settings.prices.find(declared.model) != nullptr;
  };
  if (settings.budget_usd) {
    const auto unpriced = std::find_if_not(models.begin(), models.end(), is_priced);
    if (unpriced == models.end()) return {};
    return base::fail(
        "options.budget: no price is known for the model \"{0}\"; give one: options.prices = "
        "{{ [\"{0}\"] = {{ input = …, output = … }} }}, in dollars per million tokens",
        unpriced->model);
  }
  const bool bills = std::any_of(models.begin(), models.end(), [&](const auto& declared) {
    return is_priced(declared) && !net::is_loopback(declared.base_url);
  });
  if (!bills) return {};
  settings.budget_usd = kDefaultBudgetUsd;
  settings.notes.push_back(fmt::format(
      "budget: at most ${:g}, since this test asks a service that bills; options.budget or "
      "--budget sets another",
      kDefaultBudgetUsd));
  return {};
}

}  // namespace cli
