// Money: the run's budget and the prices that a script brings along.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "base/result.h"
#include "cli/run_options.h"
#include "llm/prices.h"
#include "script/shared.h"

namespace cli {

// A number of dollars, or { usd = … }.
base::Result<double> read_budget(const nlohmann::json& value);

// Prices by model, in dollars per million tokens: { input, output, cache_read, cache_write_5m,
// cache_write_1h }. What of the cache is not said is taken at Anthropic's ratios to the input: 0.1,
// 1.25, 2.
base::Result<std::map<std::string, llm::Price>> read_prices(const nlohmann::json& value);

// What a run that names no budget may spend on models that have a price, where a client of it is
// for another host than this machine.
inline constexpr double kDefaultBudgetUsd = 10;

// Completes the settings' budget by what the script's clients are for.
// Errors: a budget that was asked for, and a model without a price.
base::Result<void> settle_budget(RunSettings& settings,
                                 const std::set<script::DeclaredModel>& models);

}  // namespace cli
