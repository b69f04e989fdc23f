// Metrics as a script's summary hook sees them: by name, with the figures that thresholds know.
#pragma once

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "metrics/store.h"

namespace output {

// {"llm_ttft": {"type", "unit", "of", "values": {"avg", "p95", …}, "by": {"task": {"simple":
// {…}}}}} for each metric with samples. Values are named as thresholds name them, with p(95) as
// p95. Tags with more than a hundred values are left out of "by". `span` is what rates per second
// are over.
nlohmann::ordered_json statistics_to_json(const metrics::Store& store, base::Duration span);

}  // namespace output
