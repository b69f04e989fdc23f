// A capacity plan for people and for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "analysis/capacity_plan.h"
#include "output/page.h"

namespace output {

std::string capacity_text(const analysis::CapacityPlan& plan, const SummaryOptions& options);
std::string capacity_markdown(const analysis::CapacityPlan& plan);
// docs/capacity.md lists the fields.
nlohmann::ordered_json capacity_json(const analysis::CapacityPlan& plan);

}  // namespace output
