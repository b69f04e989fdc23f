#include "cli/interventions.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "base/text.h"

namespace cli {
namespace {

constexpr std::size_t kMostSpans = 10;

std::string in_words(const std::vector<metrics::Span>& pauses) {
  std::vector<std::string> spans;
  base::Duration total{};
  for (const metrics::Span& pause : pauses) {
    total += pause.end - pause.begin;
    if (spans.size() == kMostSpans) continue;
    spans.push_back("from " + base::format_duration(pause.begin) + " to " +
                    base::format_duration(pause.end));
  }
  std::string text = "the run was paused by hand " + base::join(spans, ", ");
  if (pauses.size() > kMostSpans)
    text += fmt::format(" and {} times more", pauses.size() - kMostSpans);
  if (pauses.size() > 1) text += fmt::format(", {} in all", base::format_duration(total));
  return text + ": no iteration began, and none was made up for; speeds count this time too";
}

}  // namespace

void Interventions::change_users(const std::string& scenario, std::uint64_t from, std::uint64_t to,
                                 base::Duration at) {
  Change& change = changes_.try_emplace(scenario, Change{.from = from, .first = at}).first->second;
  change.to = to;
  change.last = at;
  ++change.count;
}

std::vector<std::string> Interventions::warnings(base::Duration elapsed) const {
  std::vector<std::string> warnings;
  std::vector<metrics::Span> pauses;
  for (const metrics::Span& pause : pauses_) {
    if (pause.begin < elapsed) pauses.push_back({pause.begin, std::min(pause.end, elapsed)});
  }
  if (!pauses.empty()) warnings.push_back(in_words(pauses));
  for (const auto& [scenario, change] : changes_) {
    const std::string when =
        change.count == 1
            ? "at " + base::format_duration(change.first)
            : fmt::format("in {} steps from {} to {}", change.count,
                          base::format_duration(change.first), base::format_duration(change.last));
    warnings.push_back(
        fmt::format("the users of scenario \"{}\" were changed by hand {}, from {} to {}", scenario,
                    when, change.from, change.to));
  }
  return warnings;
}

}  // namespace cli
