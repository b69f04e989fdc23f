#include "output/failure_counts.h"

#include <algorithm>

namespace output {

using metrics::Selector;

std::vector<std::pair<std::string, double>> failure_counts(const metrics::Store& store,
                                                           metrics::MetricId metric,
                                                           const Selector& selector) {
  Selector failed = selector;
  failed.terms.push_back({"outcome", Selector::Op::kEqual, "failed"});
  std::vector<std::pair<std::string, double>> counts;
  for (const auto& [kind, series] : store.grouped(metric, "error", failed)) {
    counts.emplace_back(kind, std::get<metrics::Counter>(series).sum);
  }
  std::stable_sort(counts.begin(), counts.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return counts;
}

}  // namespace output
