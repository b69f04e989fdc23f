#include "analysis/course.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "analysis/words.h"

namespace analysis {

std::string when_failed(const std::vector<Moment>& course, std::string_view kind) {
  std::vector<double> counts;
  double total = 0;
  const Moment* first = nullptr;
  const Moment* last = nullptr;
  for (const Moment& moment : course) {
    const auto found = moment.failures.find(std::string(kind));
    if (found == moment.failures.end() || found->second <= 0) continue;
    counts.push_back(found->second);
    total += found->second;
    if (first == nullptr) first = &moment;
    last = &moment;
  }
  if (first == nullptr) return "";
  std::sort(counts.begin(), counts.end(), std::greater<>());
  double seen = 0;
  std::size_t half = 0;
  while (half < counts.size() && seen < total / 2) seen += counts[half++];
  std::string text = fmt::format("in {} of {} intervals, from {} to {}", counts.size(),
                                 course.size(), as_moment(first->begin_s), as_moment(last->end_s));
  if (half < counts.size()) text += fmt::format("; half of them in {} of these", half);
  return text;
}

std::vector<Step> by_vus(const std::vector<Moment>& course) {
  constexpr std::size_t kSteps = 4;
  double most = 0;
  for (const Moment& moment : course) most = std::max(most, moment.vus);
  std::array<Step, kSteps> steps{};
  for (const Moment& moment : course) {
    if (moment.vus <= 0 || moment.ttft.empty()) continue;
    const double part = std::ceil(moment.vus / most * kSteps) - 1;
    Step& step = steps[static_cast<std::size_t>(std::clamp(part, 0.0, kSteps - 1.0))];
    if (step.most_vus == 0) step.fewest_vus = moment.vus;
    step.fewest_vus = std::min(step.fewest_vus, moment.vus);
    step.most_vus = std::max(step.most_vus, moment.vus);
    step.seconds += moment.end_s - moment.begin_s;
    step.output_tokens += moment.output_tokens;
    step.ttft.merge(moment.ttft);
    step.itl.merge(moment.itl);
  }
  std::vector<Step> filled;
  for (const Step& step : steps) {
    if (step.most_vus > 0) filled.push_back(step);
  }
  return filled;
}

}  // namespace analysis
