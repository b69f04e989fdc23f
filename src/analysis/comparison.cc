#include "analysis/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "analysis/indicator_course.h"
#include "base/random.h"
#include "metrics/builtin.h"

namespace analysis {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A percentile is the middle of a bucket that is 0.54 % wide, so equal runs may look more equal
// than they are: the variance of a value that may lie anywhere in such a bucket.
constexpr double kBucketVariance = 0.0054 * 0.0054 / 12;

using Runs = std::vector<ComparedRun>;

std::vector<const ComparedRun*> pointers(const Runs& base, const Runs& next) {
  std::vector<const ComparedRun*> runs;
  for (const ComparedRun& run : base) runs.push_back(&run);
  for (const ComparedRun& run : next) runs.push_back(&run);
  return runs;
}

std::vector<Measured> measure_all(const Indicator& figure, const Runs& runs) {
  std::vector<Measured> all;
  for (const ComparedRun& compared : runs) all.push_back(measure(figure, compared.run));
  return all;
}

std::vector<double> on_scale(const std::vector<Measured>& all, Scale scale) {
  std::vector<double> values;
  for (const Measured& one : all) values.push_back(on_scale(one.value, scale));
  return values;
}

// The noise of one run's value that is there however little the runs differ, on the scale.
double least_variance(const Indicator& figure, Scale scale, const std::vector<Measured>& base,
                      const std::vector<Measured>& next) {
  std::vector<double> variances;
  for (const auto* side : {&base, &next}) {
    for (const Measured& one : *side) {
      if (scale == Scale::kArcsine) {
        variances.push_back(1 / (4 * std::max(one.share_total, 1.0)));
      } else if (scale == Scale::kPlain && figure.unit() == metrics::Unit::kNone) {
        // Of rare events, which come one by one: a count is as noisy as it is large, and none seen
        // does not mean that none could have been.
        variances.push_back(std::max(one.value, one.per_event) * one.per_event);
      } else if (scale == Scale::kLog && figure.metric.type == metrics::Type::kTrend) {
        variances.push_back(kBucketVariance);
      }
    }
  }
  return variances.empty() ? 0 : mean_of(variances);
}

// From the spread of runs. Where one side is a single run, the other's spread stands for its own.
Difference between_runs(const std::vector<double>& base, const std::vector<double>& next,
                        double least) {
  if (base.size() > 1 && next.size() > 1) {
    return welch(sample_mean(base, least), sample_mean(next, least));
  }
  const std::vector<double>& several = base.size() > 1 ? base : next;
  const double variance = std::max(variance_of(several), least);
  const double runs = static_cast<double>(several.size());
  return {.estimate = mean_of(next) - mean_of(base),
          .standard_error = std::sqrt(variance * (1 + 1 / runs)),
          .degrees = runs - 1};
}

// Hedges' g, with his correction for few runs.
std::optional<double> effect_size(const std::vector<double>& base,
                                  const std::vector<double>& next) {
  const auto squares = [](const std::vector<double>& values) {
    return values.size() > 1 ? variance_of(values) * static_cast<double>(values.size() - 1) : 0;
  };
  const double degrees = static_cast<double>(base.size() + next.size()) - 2;
  if (degrees < 1) return std::nullopt;
  const double deviation = std::sqrt((squares(base) + squares(next)) / degrees);
  if (deviation == 0) return std::nullopt;
  return (mean_of(next) - mean_of(base)) / deviation * (1 - 3 / (4 * degrees - 1));
}

struct WithinRun {
  SampleMean mean;
  std::size_t block_length = 0;
};

base::Result<WithinRun> within_run(const Indicator& figure, Scale scale,
                                   const ComparedRun& compared, double value, double least,
                                   std::uint64_t seed) {
  auto course = indicator_course(figure, compared.run);
  if (!course) return base::fail_at(compared.path, course.error());
  const Statistic figure_on_scale = [&](std::span<const double> sums) {
    return on_scale(course->statistic(sums), scale);
  };
  const Resampled resampled = block_bootstrap(course->rows, figure_on_scale, seed);
  if (!std::isfinite(resampled.variance)) {
    return base::fail("{}: too few samples in the run's intervals: compare several runs a side",
                      compared.path);
  }
  return WithinRun{{.mean = on_scale(value, scale),
                    .variance = std::max(resampled.variance, least),
                    .degrees = resampled.blocks - 1},
                   resampled.block_length};
}

// What the client's own error and unfinished requests add, on the scale.
struct Slack {
  double below = 0;
  double above = 0;
};

Slack slack_of(const std::vector<Measured>& side, Scale scale) {
  Slack sum;
  for (const Measured& one : side) {
    const double here = on_scale(one.value, scale);
    const double low = scale == Scale::kPlain ? one.value - one.error_below
                                              : std::max(one.value - one.error_below, 0.0);
    sum.below += one.goes_either_way ? kInfinity : here - on_scale(low, scale);
    const bool open = one.is_lower_bound || !std::isfinite(one.error_above);
    sum.above += open ? kInfinity : on_scale(one.value + one.error_above, scale) - here;
  }
  const auto runs = static_cast<double>(side.size());
  return {sum.below / runs, sum.above / runs};
}

Outcome outcome_of(const Bounds& interval, Direction direction) {
  if (interval.low <= 0 && interval.high >= 0) return Outcome::kNoEvidence;
  if (direction == Direction::kUnknown) return Outcome::kChanged;
  const bool up = interval.low > 0;
  return up == (direction == Direction::kUpIsWorse) ? Outcome::kWorse : Outcome::kBetter;
}

// Where only the client's error or what was unfinished hides a difference, that is no lack of one.
void decide(ComparedIndicator& compared) {
  const Change& change = *compared.change;
  compared.outcome = outcome_of(change.interval(kConfidence), compared.figure.direction);
  if (compared.outcome != Outcome::kNoEvidence) return;
  const Bounds without = change.difference.interval(kConfidence);
  if (outcome_of(without, compared.figure.direction) == Outcome::kNoEvidence) return;
  compared.outcome = Outcome::kNotComparable;
  const auto unfinished = [](const std::vector<Measured>& side) {
    return std::any_of(side.begin(), side.end(),
                       [](const Measured& one) { return one.is_lower_bound; });
  };
  compared.reason = unfinished(compared.base) || unfinished(compared.next)
                        ? "unfinished requests could make up the difference"
                        : "the client's own error could make up the difference";
}

std::string problem_of(const ComparedIndicator& compared, const Comparison& all) {
  const auto first = [](const std::vector<Measured>& side, const Runs& runs) -> std::string {
    for (std::size_t i = 0; i < side.size(); ++i) {
      if (!side[i].problem.empty()) return fmt::format("{}: {}", runs[i].path, side[i].problem);
    }
    return "";
  };
  const std::string of_base = first(compared.base, all.base);
  return of_base.empty() ? first(compared.next, all.next) : of_base;
}

base::Result<void> find_change(ComparedIndicator& compared, const Comparison& all,
                               std::uint64_t seed) {
  const std::vector<double> base = on_scale(compared.base, compared.scale);
  const std::vector<double> next = on_scale(compared.next, compared.scale);
  const double least =
      least_variance(compared.figure, compared.scale, compared.base, compared.next);
  Change change;
  if (all.basis == Basis::kRuns) {
    change.difference = between_runs(base, next, least);
    compared.effect = effect_size(base, next);
  } else {
    const auto side = [&](const Runs& runs, const std::vector<Measured>& values,
                          std::uint64_t which) {
      return within_run(compared.figure, compared.scale, runs.front(), values.front().value, least,
                        base::derive_seed(seed, which));
    };
    const auto of_base = side(all.base, compared.base, 0);
    if (!of_base) return tl::unexpected(of_base.error());
    const auto of_next = side(all.next, compared.next, 1);
    if (!of_next) return tl::unexpected(of_next.error());
    change.difference = welch(of_base->mean, of_next->mean);
    compared.block_length = std::max(of_base->block_length, of_next->block_length);
  }
  const Slack base_slack = slack_of(compared.base, compared.scale);
  const Slack next_slack = slack_of(compared.next, compared.scale);
  change.slack_below = next_slack.below + base_slack.above;
  change.slack_above = next_slack.above + base_slack.below;
  compared.change = change;
  return {};
}

ComparedIndicator compare_indicator(const Indicator& figure, const Comparison& all,
                                    std::uint64_t seed) {
  ComparedIndicator compared;
  compared.figure = figure;
  compared.base = measure_all(figure, all.base);
  compared.next = measure_all(figure, all.next);
  std::vector<Measured> both = compared.base;
  both.insert(both.end(), compared.next.begin(), compared.next.end());
  compared.scale = scale_of(figure, both);
  compared.base_value =
      from_scale(mean_of(on_scale(compared.base, compared.scale)), compared.scale);
  compared.next_value =
      from_scale(mean_of(on_scale(compared.next, compared.scale)), compared.scale);
  compared.reason = problem_of(compared, all);
  if (!compared.reason.empty()) return compared;
  if (!all.obstacles.empty()) {
    compared.reason = all.obstacles.front();
    return compared;
  }
  if (auto found = find_change(compared, all, seed); !found) {
    compared.reason = found.error().message;
    return compared;
  }
  decide(compared);
  return compared;
}

void find_obstacles(Comparison& all, std::vector<Mismatch>& of_objectives) {
  const auto runs = pointers(all.base, all.next);
  for (Mismatch& mismatch : mismatches(runs)) {
    const bool allowed =
        std::find(all.across.begin(), all.across.end(), mismatch.trait) != all.across.end();
    if (allowed) {
      all.cautions.push_back(mismatch.text);
    } else if (mismatch.trait == Trait::kObjectives) {
      of_objectives.push_back(std::move(mismatch));
    } else {
      all.obstacles.push_back(fmt::format("{}; with --across {} they are compared all the same",
                                          mismatch.text, to_string(mismatch.trait)));
    }
  }
  for (std::string& text : unfinished_runs(runs)) all.obstacles.push_back(std::move(text));
  for (std::string& text : cautions(runs)) all.cautions.push_back(std::move(text));
}

// What happened in none of the runs is not worth a line, but for failures, of which that is news.
bool never_happened(const ComparedIndicator& compared) {
  const auto is_zero = [](const Measured& one) { return one.problem.empty() && one.value == 0; };
  return compared.figure.metric.name != "llm_request_failed" &&
         compared.figure.metric.name != "http_req_failed" &&
         std::all_of(compared.base.begin(), compared.base.end(), is_zero) &&
         std::all_of(compared.next.begin(), compared.next.end(), is_zero);
}

bool hangs_on_objectives(const Indicator& figure) {
  return figure.metric.name.starts_with("llm_good");
}

}  // namespace

Bounds Change::interval(double confidence) const {
  const Bounds bounds = difference.interval(confidence);
  return {bounds.low - slack_below, bounds.high + slack_above};
}

double Change::p_worse_by(Direction direction, double margin) const {
  return direction == Direction::kUpIsWorse ? difference.p_above(margin + slack_below)
                                            : difference.p_below(-margin - slack_above);
}

double ComparedIndicator::change_of(double difference) const {
  if (scale == Scale::kLog) return std::expm1(difference);
  return from_scale(on_scale(base_value, scale) + difference, scale) - base_value;
}

void declare_metrics(const std::vector<const ComparedRun*>& runs, metrics::Registry& registry) {
  for (const ComparedRun* compared : runs) {
    for (metrics::MetricId id = metrics::kBuiltinCount; id < compared->run.registry->size(); ++id) {
      static_cast<void>(registry.declare(compared->run.registry->at(id)));
    }
  }
}

Comparison compare(std::vector<ComparedRun> base, std::vector<ComparedRun> next,
                   const ComparisonOptions& options) {
  Comparison all;
  all.base = std::move(base);
  all.next = std::move(next);
  all.across = options.across;
  const bool single = all.base.size() == 1 && all.next.size() == 1;
  all.basis = single ? Basis::kWithinOneRun : Basis::kRuns;
  std::vector<Mismatch> of_objectives;
  find_obstacles(all, of_objectives);

  metrics::Registry registry;
  const auto runs = pointers(all.base, all.next);
  declare_metrics(runs, registry);
  std::vector<Indicator> figures = options.wanted;
  std::vector<const StoredRun*> stored;
  for (const ComparedRun* run : runs) stored.push_back(&run->run);
  for (Indicator& usual : usual_indicators(registry, stored)) figures.push_back(std::move(usual));
  for (const Indicator& figure : figures) {
    const bool is_there =
        std::any_of(all.figures.begin(), all.figures.end(),
                    [&figure](const ComparedIndicator& one) { return one.figure == figure; });
    if (is_there) continue;
    ComparedIndicator compared = compare_indicator(figure, all, options.seed);
    const bool is_wanted =
        std::find(options.wanted.begin(), options.wanted.end(), figure) != options.wanted.end();
    if (!is_wanted && never_happened(compared)) continue;
    if (!of_objectives.empty() && hangs_on_objectives(figure)) {
      compared.change.reset();
      compared.outcome = Outcome::kNotComparable;
      compared.reason = of_objectives.front().text;
    }
    all.figures.push_back(std::move(compared));
  }
  return all;
}

}  // namespace analysis
