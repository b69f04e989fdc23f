// One run as other tools would report it: the same timelines by their definitions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "llm/timeline.h"
#include "metrics/metric.h"

namespace analysis {

enum class Profile { kVllm, kAiperf, kGuidellm, kInferencePerf, kMlperf, kK6 };

inline constexpr Profile kProfiles[] = {Profile::kVllm,     Profile::kAiperf,
                                        Profile::kGuidellm, Profile::kInferencePerf,
                                        Profile::kMlperf,   Profile::kK6};

std::string_view to_string(Profile profile);  // As --as has it: "vllm", "inference-perf", …

// Profiles by name, separated by commas; each once, in the order given.
// Errors: an unknown name, with what it may have meant.
base::Result<std::vector<Profile>> parse_profiles(const std::vector<std::string>& names);

// One line of a tool's report.
struct Figure {
  std::string name;  // As the tool names it.
  metrics::Unit unit = metrics::Unit::kNone;
  // One for each of the definition's statistics, or a single one for a total or a throughput.
  // Empty where there was nothing to measure.
  std::vector<double> values{};
  std::uint64_t count = 0;  // What a distribution rests on; 0 for single values.
  std::string explanation;  // What it counts, and how that differs from perigee's own.
  bool single = false;
};

struct Definition {
  std::string profile;                  // "vllm"
  std::string tool;                     // "vLLM (vllm bench serve)"
  std::vector<std::string> statistics;  // "mean", "median", "p99"
  std::vector<Figure> figures;
  std::vector<std::string> notes;  // What holds for all of them, and what was left out.
};

// What timelines do not tell.
struct RunFacts {
  std::optional<llm::MeasuredSpan> measured;  // Nothing: from the first request to the last's end.
  std::optional<std::uint64_t> iterations;
};

// Requests that ended before the measured span (warm-up, setup) or were asked for after it
// (teardown) are left out.
Definition define(Profile profile, std::span<const llm::Timeline> timelines, const RunFacts& facts);

// The same for a file of --events, read once for all profiles, whatever its length. Where the file
// has a measured span, it stands in for that of the facts.
// Errors: those of llm::TimelineReader.
base::Result<std::vector<Definition>> define(const std::vector<Profile>& profiles,
                                             const std::string& events_path, RunFacts facts);

}  // namespace analysis
