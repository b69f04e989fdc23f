// The table of rules: what each one looks for, and what it advises. docs/diagnose.md is checked
// against it.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "analysis/evidence.h"
#include "analysis/finding.h"

namespace analysis {

struct Rule {
  std::string_view name;
  // When it finds something, by severity; "" where it never finds anything of that one.
  std::string_view low;
  std::string_view medium;
  std::string_view high;
  std::span<const std::string_view> advice;  // All that it may advise.
  // Nothing where the condition does not hold or the run cannot support the figures that it needs.
  std::optional<Finding> (*look)(const Evidence& evidence);
};

std::span<const Rule> rules();

// What they find, the gravest first, then in the table's order.
std::vector<Finding> diagnose(const Evidence& evidence);

// The rules of each file; rules() puts them into one table.
std::span<const Rule> limit_rules();    // rules_limits.cc
std::span<const Rule> failure_rules();  // rules_failures.cc
std::span<const Rule> prompt_rules();   // rules_prompt.cc
std::span<const Rule> cache_rules();    // rules_cache.cc
std::span<const Rule> load_rules();     // rules_load.cc
std::span<const Rule> network_rules();  // rules_network.cc
std::span<const Rule> client_rules();   // rules_client.cc

}  // namespace analysis
