// Rules about what grows with the load, and about streams that stand still.
#include <fmt/format.h>

#include <array>

#include "analysis/course.h"
#include "analysis/rules.h"
#include "analysis/words.h"
#include "metrics/builtin.h"

namespace analysis {
namespace {

constexpr std::uint64_t kFewestTokens = 20;  // Of each side: first tokens, or gaps.
constexpr double kMoreUsers = 2;             // Times as many on the busy side.

constexpr double kMediumQueueing = 1.5;
constexpr double kHighQueueing = 3;
constexpr double kMediumSaturation = 1.5;
constexpr double kHighSaturation = 2;

constexpr double kFewestStalls = 3;
constexpr double kMediumStalls = 0.01;
constexpr double kHighStalls = 0.05;

constexpr std::array<std::string_view, 3> kQueueingAdvice = {
    "hold the load below the step at which the time to first token rises, or add capacity there: "
    "replicas, or a model with more room",
    "turn requests away, or queue them where you can see it, before this queue grows: users wait "
    "in "
    "it without a sign of life",
    "keep long prompts from holding up short ones: queues of their own, or chunked prefill where "
    "the "
    "server is yours"};

constexpr std::array<std::string_view, 3> kSaturationAdvice = {
    "fewer streams at once: the step at which tokens/s stops rising is the service's capacity",
    "where the server is yours: more replicas, smaller batches, speculative decoding or a smaller "
    "model",
    "shorten the answers (max_tokens, or ask for less): each holds its share of the output for as "
    "long as it streams"};

constexpr std::array<std::string_view, 3> kStallAdvice = {
    "look at what lies between: proxies and gateways that buffer or collect streams",
    "where the service pauses for all at once (see the intervals), look for its own pauses: "
    "garbage "
    "collection, swapping, batches of long prompts",
    "in the application, show that it is still alive, and give up a silent stream with a time-out "
    "of "
    "some seconds"};

double median(const metrics::CoarseHistogram& histogram) { return histogram.quantile(0.5); }

// The fewest and the most users, where both sides have enough of what is looked at.
struct Ends {
  std::vector<Step> steps;
  double growth = 0;
};

std::optional<Ends> growth_of(const Evidence& evidence, metrics::CoarseHistogram Step::*what) {
  Ends ends{by_vus(evidence.course), 0};
  if (ends.steps.size() < 2) return std::nullopt;
  const Step& calm = ends.steps.front();
  const Step& busy = ends.steps.back();
  const auto enough = [what](const Step& step) { return (step.*what).count() >= kFewestTokens; };
  if (busy.fewest_vus < kMoreUsers * calm.fewest_vus || !enough(calm) || !enough(busy) ||
      median(calm.*what) <= 0) {
    return std::nullopt;
  }
  ends.growth = median(busy.*what) / median(calm.*what);
  return ends;
}

std::string step_line(const Step& step) {
  const std::string users =
      step.fewest_vus == step.most_vus
          ? plural(step.most_vus, "VU")
          : fmt::format("{} to {} VUs", as_count(step.fewest_vus), as_count(step.most_vus));
  const auto time = [](const metrics::CoarseHistogram& histogram) {
    return histogram.empty() ? std::string("-") : as_time(median(histogram));
  };
  return fmt::format("{}: time to first token {}, between tokens {} (p50), {} output tokens/s",
                     users, time(step.ttft), time(step.itl),
                     as_count(step.seconds > 0 ? step.output_tokens / step.seconds : 0));
}

void add_steps(const Evidence& evidence, const Ends& ends, Finding& finding) {
  for (const Step& step : ends.steps) finding.evidence.push_back(step_line(step));
  if (!evidence.client_findings.empty()) {
    finding.evidence.emplace_back(
        "the client itself was held up for a part of the run: some of this may be its own");
  }
}

std::optional<Finding> queueing(const Evidence& evidence) {
  const auto ends = growth_of(evidence, &Step::ttft);
  if (!ends || ends->growth <= kMediumQueueing) return std::nullopt;
  Finding finding;
  finding.severity = ends->growth > kHighQueueing ? Severity::kHigh : Severity::kMedium;
  finding.title =
      fmt::format("The first token comes {} times as late under load: requests wait at the service",
                  as_ratio(ends->growth));
  add_steps(evidence, *ends, finding);
  finding.advice.assign(kQueueingAdvice.begin(), kQueueingAdvice.end());
  return finding;
}

std::optional<Finding> output_saturation(const Evidence& evidence) {
  const auto ends = growth_of(evidence, &Step::itl);
  if (!ends || ends->growth <= kMediumSaturation) return std::nullopt;
  Finding finding;
  finding.severity = ends->growth > kHighSaturation ? Severity::kHigh : Severity::kMedium;
  finding.title = fmt::format("Output is saturated: tokens come {} times as slowly under load",
                              as_ratio(ends->growth));
  add_steps(evidence, *ends, finding);
  finding.advice.assign(kSaturationAdvice.begin(), kSaturationAdvice.end());
  return finding;
}

// "3s to 4s, 8s to 9s": the intervals in which a gap was longer than a second.
std::string stalled_intervals(const Evidence& evidence) {
  constexpr double kLong = 1;
  constexpr int kMost = 6;
  int found = 0;
  std::string text;
  for (const Moment& moment : evidence.course) {
    if (moment.itl.empty() || moment.itl.max() <= kLong || ++found > kMost) continue;
    text += fmt::format("{}{} to {}", text.empty() ? "" : ", ", as_moment(moment.begin_s),
                        as_moment(moment.end_s));
  }
  if (found > kMost) text += fmt::format(" and {} more", found - kMost);
  return text;
}

std::optional<Finding> stalls(const Evidence& evidence) {
  const double stalled = evidence.store.counter(metrics::kLlmStalls);
  const double requests = evidence.store.counter(metrics::kLlmRequests);
  if (stalled < kFewestStalls || stalled <= kMediumStalls * requests) return std::nullopt;
  const metrics::Trend gaps = evidence.store.trend(metrics::kLlmItl);
  Finding finding;
  finding.severity = stalled > kHighStalls * requests ? Severity::kHigh : Severity::kMedium;
  finding.title = "Streams stand still in the middle of answers";
  finding.evidence.push_back(
      fmt::format("{} between tokens, for {} ({} for each 100)", plural(stalled, "long silence"),
                  plural(requests, "request"), as_ratio(100 * stalled / requests)));
  if (gaps.count() > 0) {
    finding.evidence.push_back(fmt::format("gaps between tokens: p50 {}, p99 {}, longest {}",
                                           time_at(gaps, 50), time_at(gaps, 99),
                                           as_time(gaps.max().value)));
  }
  if (const std::string when = stalled_intervals(evidence); !when.empty()) {
    finding.evidence.push_back("gaps longer than 1s ended within " + when);
  }
  finding.advice.assign(kStallAdvice.begin(), kStallAdvice.end());
  return finding;
}

}  // namespace

std::span<const Rule> load_rules() {
  static constexpr std::array kRules = {
      Rule{"queueing", "",
           "the median of llm_ttft with the most VUs is more than 1.5 times that with the fewest "
           "(the run's intervals by quarters of the most VUs; at least twice as many VUs, 20 first "
           "tokens on each side)",
           "more than 3 times", kQueueingAdvice, &queueing},
      Rule{"output_saturation", "",
           "the median of llm_itl with the most VUs is more than 1.5 times that with the fewest "
           "(as for queueing, 20 gaps on each side)",
           "more than 2 times", kSaturationAdvice, &output_saturation},
      Rule{"stalls", "",
           "more than 1 long silence between tokens (llm_stalls) for each 100 requests, and 3 or "
           "more",
           "more than 5 for each 100", kStallAdvice, &stalls}};
  return kRules;
}

}  // namespace analysis
