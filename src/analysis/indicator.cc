#include "analysis/indicator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/text.h"
#include "metrics/builtin.h"

namespace analysis {
namespace {

using metrics::Threshold;
using Aggregate = Threshold::Aggregate;

constexpr std::uint64_t kFewestSamples = 11;  // As many as a median wants.

struct Usual {
  metrics::Builtin metric;
  std::vector<double> percentiles;  // 50 is the median.
};

const std::vector<Usual>& usual_trends() {
  static const std::vector<Usual> trends = {
      {metrics::kLlmTtft, {50, 95, 99}},
      {metrics::kLlmTtftFromDue, {95}},
      {metrics::kLlmItl, {50, 95, 99}},
      {metrics::kLlmTpot, {50, 95}},
      {metrics::kLlmRequestDuration, {50, 95, 99}},
      {metrics::kLlmOutputTokensPerSecond, {50}},
      {metrics::kIterationDuration, {50, 95}},
  };
  return trends;
}

Threshold with_aggregate(metrics::MetricId metric, Aggregate aggregate, double percentile = 0) {
  Threshold measure;
  measure.metric = metric;
  measure.aggregate = percentile == 50 ? Aggregate::kMed : aggregate;
  measure.percentile = percentile;
  return measure;
}

std::string aggregate_text(const Threshold& measure) {
  switch (measure.aggregate) {
    case Aggregate::kAvg:
      return "avg";
    case Aggregate::kMin:
      return "min";
    case Aggregate::kMax:
      return "max";
    case Aggregate::kMed:
      return "med";
    case Aggregate::kPercentile:
      return fmt::format("p({})", measure.percentile);
    case Aggregate::kCount:
      return "count";
    case Aggregate::kRate:
      return "rate";
    case Aggregate::kValue:
      return "value";
    case Aggregate::kSum:
      return "sum";
    case Aggregate::kStddev:
      return "stddev";
  }
  return "";
}

double counted_seconds(const StoredRun& run) {
  const auto& about = run.document.at("run");
  return about.value("judged_s", about.value("elapsed_s", 0.0));
}

// Too few for the aggregate to mean anything, in words; else "".
std::string too_few(const Indicator& figure, std::uint64_t samples) {
  if (figure.metric.type != metrics::Type::kTrend && figure.metric.type != metrics::Type::kRate) {
    return "";
  }
  std::uint64_t wanted = kFewestSamples;
  if (figure.measure.aggregate == Aggregate::kPercentile) {
    wanted = std::max(wanted, metrics::samples_wanted(figure.measure.percentile));
  }
  if (figure.measure.aggregate == Aggregate::kCount || samples >= wanted) return "";
  return fmt::format("too few samples: it wants {}, and a run has {}", base::format_count(wanted),
                     base::format_count(samples));
}

Measured per_request(const Indicator& figure, metrics::MetricId metric, const StoredRun& run) {
  Measured measured;
  const double requests = run.store->counter(metrics::kLlmRequests, figure.measure.selector);
  if (requests == 0) {
    measured.problem = "no samples";
    return measured;
  }
  measured.value = run.store->counter(metric, figure.measure.selector) / requests;
  measured.per_event = 1 / requests;
  return measured;
}

bool has_samples(const StoredRun& run, const metrics::Metric& metric) {
  const auto id = run.registry->find(metric.name);
  return id && metrics::has_samples(run.store->total(*id));
}

std::vector<Threshold> measures_of(const metrics::Registry& registry, metrics::MetricId id) {
  using metrics::Type;
  switch (registry.at(id).type) {
    case Type::kTrend:
      return {with_aggregate(id, Aggregate::kMed, 50),
              with_aggregate(id, Aggregate::kPercentile, 95)};
    case Type::kCounter:
    case Type::kRate:
      return {with_aggregate(id, Aggregate::kRate)};
    case Type::kGauge:
      return {with_aggregate(id, Aggregate::kValue)};
  }
  return {};
}

}  // namespace

double on_scale(double value, Scale scale) {
  switch (scale) {
    case Scale::kLog:
      return std::log(value);
    case Scale::kArcsine:
      return std::asin(std::sqrt(std::clamp(value, 0.0, 1.0)));
    case Scale::kPlain:
      break;
  }
  return value;
}

double from_scale(double value, Scale scale) {
  switch (scale) {
    case Scale::kLog:
      return std::exp(value);
    case Scale::kArcsine: {
      const double sine = std::sin(std::clamp(value, 0.0, std::asin(1.0)));
      return sine * sine;
    }
    case Scale::kPlain:
      break;
  }
  return value;
}

std::string Indicator::label() const {
  return metric.name + measure.selector.to_string() +
         (per_request ? " per request" : " " + aggregate_text(measure));
}

metrics::Unit Indicator::unit() const { return metrics::measured_unit(metric, measure.aggregate); }

std::string Indicator::format(double value) const {
  const bool per_second =
      metric.type == metrics::Type::kCounter && measure.aggregate == Aggregate::kRate;
  if (per_second && unit() == metrics::Unit::kTokens) {
    return metrics::format_value(value, metrics::Unit::kTokensPerSecond);
  }
  // 102.5 a second rather than 102.487.
  if (per_second && unit() == metrics::Unit::kNone && std::abs(value) >= 1) {
    value = std::round(value * 10) / 10;
  }
  return metrics::format_value(value, unit()) + (per_second ? "/s" : "");
}

Measured measure(const Indicator& figure, const StoredRun& run) {
  Measured measured;
  const auto id = run.registry->find(figure.metric.name);
  if (!id) {
    measured.problem = "no samples";
    return measured;
  }
  if (run.registry->at(*id).type != figure.metric.type ||
      run.registry->at(*id).unit != figure.metric.unit) {
    measured.problem = "the metric has another type or unit in one of the runs";
    return measured;
  }
  if (figure.per_request) return per_request(figure, *id, run);

  // A limit that every value keeps, so that nothing but the evidence itself can be found wanting.
  Threshold asked = figure.measure;
  asked.metric = *id;
  asked.op = Threshold::Op::kGreaterEqual;
  asked.limit = -std::numeric_limits<double>::infinity();
  const double seconds = counted_seconds(run);
  const metrics::Judgement judgement =
      metrics::judge(asked, *run.store, base::from_seconds(seconds));
  measured.value = judgement.measured.value;
  measured.is_lower_bound = judgement.measured.is_lower_bound;
  measured.goes_either_way =
      measured.is_lower_bound && asked.aggregate == Threshold::Aggregate::kStddev;
  measured.error_below = judgement.error_below;
  measured.error_above = judgement.error_above;
  measured.share_total = static_cast<double>(judgement.samples);
  if (asked.aggregate == Aggregate::kRate && seconds > 0) measured.per_event = 1 / seconds;
  measured.problem = judgement.reason;
  if (measured.problem.empty()) measured.problem = too_few(figure, judgement.samples);
  return measured;
}

Scale scale_of(const Indicator& figure, const std::vector<Measured>& all) {
  const bool is_share = figure.metric.type == metrics::Type::kRate &&
                        figure.measure.aggregate == Threshold::Aggregate::kRate;
  if (is_share) return Scale::kArcsine;
  const bool all_above = std::all_of(all.begin(), all.end(), [](const Measured& one) {
    return one.value > 0 || !one.problem.empty();
  });
  return all_above ? Scale::kLog : Scale::kPlain;
}

Indicator make_indicator(const metrics::Registry& registry, Threshold measure, bool per_request) {
  Indicator figure;
  figure.metric = registry.at(measure.metric);
  figure.direction = direction_of(figure.metric);
  figure.measure = std::move(measure);
  figure.per_request = per_request;
  return figure;
}

std::vector<Indicator> usual_indicators(const metrics::Registry& registry,
                                        const std::vector<const StoredRun*>& runs) {
  std::vector<Indicator> figures;
  const auto add = [&](Threshold measure, bool per_request = false) {
    const metrics::Metric& metric = registry.at(measure.metric);
    const bool known = std::any_of(runs.begin(), runs.end(), [&metric](const StoredRun* run) {
      return has_samples(*run, metric);
    });
    if (known) figures.push_back(make_indicator(registry, std::move(measure), per_request));
  };
  for (const Usual& usual : usual_trends()) {
    for (const double percentile : usual.percentiles) {
      add(with_aggregate(usual.metric, Aggregate::kPercentile, percentile));
    }
  }
  const bool has_llm = !figures.empty() && figures.front().metric.name.starts_with("llm_");
  if (!has_llm) {
    add(with_aggregate(metrics::kHttpReqDuration, Aggregate::kMed, 50));
    add(with_aggregate(metrics::kHttpReqDuration, Aggregate::kPercentile, 95));
    add(with_aggregate(metrics::kHttpReqs, Aggregate::kRate));
    add(with_aggregate(metrics::kHttpReqFailed, Aggregate::kRate));
  }
  for (const metrics::Builtin throughput :
       {metrics::kIterations, metrics::kLlmRequests, metrics::kLlmOutputTokens}) {
    add(with_aggregate(throughput, Aggregate::kRate));
  }
  for (const metrics::Builtin share :
       {metrics::kLlmRequestFailed, metrics::kLlmRateLimited, metrics::kLlmOverloaded,
        metrics::kLlmTruncated, metrics::kLlmGood, metrics::kChecks}) {
    add(with_aggregate(share, Aggregate::kRate));
  }
  for (const metrics::Builtin count : {metrics::kDroppedIterations, metrics::kLlmStalls}) {
    add(with_aggregate(count, Aggregate::kCount));
  }
  for (const metrics::Builtin per :
       {metrics::kLlmCost, metrics::kLlmInputTokens, metrics::kLlmOutputTokens}) {
    add(with_aggregate(per, Aggregate::kCount), true);
  }
  for (metrics::MetricId id = metrics::kBuiltinCount; id < registry.size(); ++id) {
    for (Threshold& measure : measures_of(registry, id)) add(std::move(measure));
  }
  return figures;
}

}  // namespace analysis
