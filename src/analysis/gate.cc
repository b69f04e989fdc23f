#include "analysis/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/text.h"
#include "metrics/limit.h"

namespace analysis {
namespace {

constexpr std::string_view kForm =
    "expected \"metric aggregate worse by N%\", as in \"llm_ttft p(95) worse by 10%\"";
constexpr std::string_view kPerRequest = "per request";

bool is_share(const Indicator& figure) { return figure.unit() == metrics::Unit::kShare; }

// "per request", which thresholds do not have: the sum of a counter over the number of requests.
bool take_per_request(std::string_view& text, const metrics::Metric& metric) {
  if (metric.type != metrics::Type::kCounter || !text.starts_with(kPerRequest)) return false;
  text = base::trim(text.substr(kPerRequest.size()));
  return true;
}

base::Result<void> take_margin(std::string_view text, Gate& gate) {
  if (text.empty()) return {};
  const std::string_view by = metrics::take_until(text, " \t\r\n");
  if (by != "by" || text.empty()) {
    return base::fail("expected \"by N%\" or nothing after \"worse\", got \"{}\"",
                      text.empty() ? std::string(by) : fmt::format("{} {}", by, text));
  }
  std::string_view rest = text;
  const auto number = metrics::take_number(rest);
  if (number && *number < 0) {
    return base::fail("a margin is 0 or more, got \"{}\": a gate fails on what is worse", text);
  }
  if (number && base::trim(rest) == "%" && !is_share(gate.figure)) {
    gate.kind = Gate::Margin::kRelative;
    gate.margin = *number / 100;
    if (gate.figure.direction == Direction::kDownIsWorse && gate.margin >= 1) {
      return base::fail("{} is worse when it falls, and cannot fall by {}%",
                        gate.figure.metric.name, *number);
    }
    return {};
  }
  const auto limit = metrics::parse_limit(text, gate.figure.metric, gate.figure.measure.aggregate);
  if (!limit) return tl::unexpected(limit.error());
  gate.kind = Gate::Margin::kAbsolute;
  gate.margin = *limit;
  return {};
}

base::Result<Gate> parse_parts(std::string_view text, const metrics::Registry& registry) {
  Gate gate;
  gate.source = text;
  std::string_view rest = text;
  if (rest.empty()) return base::fail("{}", kForm);
  metrics::Threshold measure;
  if (auto taken = metrics::take_series(rest, registry, kForm, measure); !taken) {
    return tl::unexpected(taken.error());
  }
  const metrics::Metric& metric = registry.at(measure.metric);
  const bool per_request = take_per_request(rest, metric);
  if (per_request) {
    measure.aggregate = metrics::Threshold::Aggregate::kCount;
  } else if (rest.starts_with("worse") || rest.empty()) {
    return base::fail("expected an aggregate between {} and \"worse\": {}", metric.name,
                      metrics::aggregates_in_words(metric));
  } else if (auto taken = metrics::take_aggregate(rest, metric, measure); !taken) {
    return tl::unexpected(taken.error());
  }
  gate.figure = make_indicator(registry, std::move(measure), per_request);

  const std::string_view verb = metrics::take_until(rest, " \t\r\n");
  if (verb != "worse") {
    const std::string_view mend =
        !verb.empty() && std::string_view("<>=!").find(verb.front()) != std::string_view::npos
            ? "; a limit is a threshold: perigee run --threshold"
            : "";
    return base::fail("expected \"worse\" after the aggregate, got \"{}\"{}", verb, mend);
  }
  if (gate.figure.direction == Direction::kUnknown) {
    return base::fail(
        "nothing says whether more or less of {} is worse, so that it cannot be gated; the "
        "comparison shows how it changed",
        gate.figure.metric.name);
  }
  if (auto taken = take_margin(rest, gate); !taken) return tl::unexpected(taken.error());
  return gate;
}

// The margin on the figure's scale, as a worsening; infinite where no change could be so bad.
double margin_on_scale(const Gate& gate, const ComparedIndicator& compared) {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  const bool up = gate.figure.direction == Direction::kUpIsWorse;
  double margin = gate.margin;
  if (gate.kind == Gate::Margin::kRelative) {
    if (compared.is_relative()) return up ? std::log1p(margin) : -std::log1p(-margin);
    margin *= std::abs(compared.base_value);
  }
  const double limit = compared.base_value + (up ? margin : -margin);
  if (compared.scale == Scale::kArcsine && (limit < 0 || limit > 1)) return kNever;
  if (compared.scale == Scale::kLog && limit <= 0) return kNever;
  return std::abs(on_scale(limit, compared.scale) - on_scale(compared.base_value, compared.scale));
}

// The interval of a worsening.
Bounds worsening(const ComparedIndicator& compared, double confidence) {
  const Bounds bounds = compared.change->interval(confidence);
  if (compared.figure.direction == Direction::kUpIsWorse) return bounds;
  return {-bounds.high, -bounds.low};
}

double estimated_worsening(const ComparedIndicator& compared) {
  const double estimate = compared.change->difference.estimate;
  return compared.figure.direction == Direction::kUpIsWorse ? estimate : -estimate;
}

void judge(JudgedGate& judged) {
  const ComparedIndicator& compared = *judged.compared;
  const Bounds interval = worsening(compared, judged.confidence);
  const double margin = judged.margin;
  const auto decide = [&judged](GateVerdict verdict, std::string reason) {
    judged.verdict = verdict;
    judged.reason = std::move(reason);
  };
  if (interval.low > margin) return decide(GateVerdict::kFailed, "");
  if (compared.outcome == Outcome::kNotComparable) {
    return decide(GateVerdict::kNotJudged, compared.reason);
  }
  if (margin == 0 || interval.high <= margin) return decide(GateVerdict::kPassed, "");
  if (estimated_worsening(compared) > margin) {
    return decide(GateVerdict::kNotJudged,
                  "it looks worse by more than the margin, but the interval includes the margin: "
                  "more or longer runs would tell");
  }
  if (interval.low < -margin) {
    return decide(GateVerdict::kNotJudged,
                  "the noise is as large as the margin: more or longer runs, or a wider margin");
  }
  decide(GateVerdict::kPassed, "");
}

const ComparedIndicator* find(const Comparison& comparison, const Indicator& figure) {
  for (const ComparedIndicator& one : comparison.figures) {
    if (one.figure == figure) return &one;
  }
  return nullptr;
}

// A margin of a part of nothing.
bool has_no_base(const JudgedGate& judged) {
  return judged.gate.kind == Gate::Margin::kRelative && judged.compared->change &&
         judged.compared->base_value == 0;
}

// Holm: the smallest p is held against what all gates together may spend, the next against what the
// others may, and so on to the first that does not fail; the rest are held against the same as it.
void share_out_confidence(std::vector<JudgedGate*> judged) {
  std::stable_sort(judged.begin(), judged.end(),
                   [](const JudgedGate* a, const JudgedGate* b) { return a->p < b->p; });
  bool goes_on = true;
  double confidence = kConfidence;
  for (std::size_t i = 0; i < judged.size(); ++i) {
    if (goes_on) confidence = 1 - (1 - kConfidence) / static_cast<double>(judged.size() - i);
    judged[i]->confidence = confidence;
    goes_on = goes_on && judged[i]->p < (1 - confidence) / 2;
  }
}

}  // namespace

base::Result<Gate> parse_gate(std::string_view text, const metrics::Registry& registry) {
  auto gate = parse_parts(base::trim(text), registry);
  if (!gate) return base::fail_at(fmt::format("\"{}\"", base::trim(text)), gate.error());
  return gate;
}

std::vector<JudgedGate> judge_gates(const std::vector<Gate>& gates, const Comparison& comparison) {
  std::vector<JudgedGate> judged(gates.size());
  std::vector<JudgedGate*> with_evidence;
  for (std::size_t i = 0; i < gates.size(); ++i) {
    JudgedGate& one = judged[i];
    one.gate = gates[i];
    one.compared = find(comparison, gates[i].figure);
    if (one.compared == nullptr || !one.compared->change) {
      one.reason = one.compared == nullptr ? "it was not compared" : one.compared->reason;
    } else if (has_no_base(one)) {
      one.reason = "a part of a base of 0 says nothing: give the margin in the metric's unit";
    } else {
      one.margin = margin_on_scale(one.gate, *one.compared);
      one.p = one.compared->change->p_worse_by(one.gate.figure.direction, one.margin);
      with_evidence.push_back(&one);
    }
  }
  share_out_confidence(with_evidence);
  for (JudgedGate* one : with_evidence) judge(*one);
  return judged;
}

}  // namespace analysis
