// Several runs of one test made into one result: the parts of a distributed run, or repetitions.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "analysis/result_reader.h"
#include "base/result.h"
#include "metrics/registry.h"
#include "metrics/store.h"
#include "output/run_result.h"

namespace output {

enum class Arrangement {
  kSideBySide,  // They ran at the same time: time is that of the longest, VUs add up.
  kInSequence,  // One after the other: times add up.
};

// A run as it was read; `place` is what messages call it. All of it outlives the merging.
struct MergePart {
  std::string place;
  const analysis::StoredRun* run = nullptr;
  const RunResult* result = nullptr;
};

struct MergedRun {
  std::unique_ptr<metrics::Registry> registry;
  std::unique_ptr<metrics::Store> store;
  std::unique_ptr<metrics::Store> apart;
  RunResult result;  // Points to the stores.
};

// Counts, rates and histograms add up to what one run had counted that made all the requests.
// Thresholds are judged again on them; one with a window is not judged. In what the parts differ
// is among the result's warnings. docs/result-file.md says what becomes of each field.
//
// REQUIRES: at least one part.
// Errors: a metric that is of another type or unit in one of the parts.
base::Result<MergedRun> merge_runs(std::span<const MergePart> parts, Arrangement arrangement);

}  // namespace output
