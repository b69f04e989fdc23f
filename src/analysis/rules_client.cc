// The rule about the client itself: whether it could measure what it was asked to.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/rules.h"
#include "analysis/words.h"

namespace analysis {
namespace {

constexpr double kMediumShare = 0.1;  // Of the run's seconds.
constexpr double kHighShare = 0.5;

constexpr std::array<std::string_view, 4> kClientAdvice = {
    "do for each cause what its line says, then run again; the figures of the seconds named are "
    "too "
    "high, those of others stand",
    "perigee calibrate says how much load this machine carries without an error of its own",
    "use a machine that has nothing else to do, or spread the load over several",
    "a threshold that was not judged has neither passed nor failed: give it more samples, or a "
    "limit "
    "further from the value"};

double seconds_of(const metrics::ClientFinding& finding) {
  double sum = 0;
  for (const metrics::Span& span : finding.spans) {
    sum += base::to_seconds(span.end - span.begin);
  }
  return sum;
}

std::optional<Finding> client(const Evidence& evidence) {
  const double judged = base::to_seconds(evidence.judged);
  double longest = 0;  // By one cause: causes often come together.
  for (const auto& found : evidence.client_findings) {
    longest = std::max(longest, seconds_of(found));
  }
  const double share = judged > 0 ? std::min(longest / judged, 1.0) : 0;
  const bool unjudged = !evidence.unjudged.empty();
  if (share <= kMediumShare && !unjudged) return std::nullopt;
  Finding finding;
  finding.severity = graded(share, kMediumShare, kHighShare);
  if (unjudged && longest > 0) finding.severity = Severity::kHigh;
  finding.title = longest > 0 ? "The client itself was held up" : "Thresholds were not judged";
  for (const auto& found : evidence.client_findings) {
    finding.evidence.push_back(
        fmt::format("{}: {} at {}; {} of the run in all: {}", metrics::to_string(found.cause),
                    found.figure, as_moment(base::to_seconds(found.worst.begin)),
                    as_moment(seconds_of(found)), metrics::advice(found.cause)));
  }
  for (const Evidence::Unjudged& threshold : evidence.unjudged) {
    finding.evidence.push_back(
        fmt::format("not judged: {}: {}", threshold.threshold, threshold.reason));
  }
  if (longest > 0) finding.advice = {kClientAdvice[0], kClientAdvice[1], kClientAdvice[2]};
  if (unjudged) finding.advice.push_back(kClientAdvice[3]);
  return finding;
}

}  // namespace

std::span<const Rule> client_rules() {
  static constexpr std::array kRules = {
      Rule{"client", "a threshold could not be judged",
           "something of its own held the client up in more than 10% of the run's seconds",
           "more than 50% of the seconds, or in any while a threshold could not be judged",
           kClientAdvice, &client}};
  return kRules;
}

}  // namespace analysis
