#include "output/comparison_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "output/figures.h"

namespace output {
namespace {

using analysis::Bounds;
using analysis::ComparedIndicator;
using analysis::Comparison;
using analysis::Direction;
using analysis::GateVerdict;
using analysis::JudgedGate;
using analysis::Outcome;

// At least two digits that mean something, and no more than one decimal: "+0.04%", "+12.3%".
std::string signed_number(double value) {
  const double size = std::abs(value);
  const int decimals = size >= 100 ? 0 : size >= 0.95 || size == 0 ? 1 : 2;
  const std::string text = fmt::format("{:+.{}f}", value, decimals);
  const bool is_zero = text.find_first_not_of("+-0.") == std::string::npos;
  return is_zero ? "0" : text;
}

std::string_view unit_of_change(const ComparedIndicator& compared) {
  if (compared.is_relative()) return "%";
  return compared.scale == analysis::Scale::kArcsine ? " points" : "";
}

std::string change_without_unit(const ComparedIndicator& compared, double change) {
  if (std::isinf(change)) return change > 0 ? "∞" : "-∞";
  if (compared.scale != analysis::Scale::kPlain) return signed_number(change * 100);
  return (change > 0 ? "+" : "") + compared.figure.format(change);
}

// "-2.1%", "+0.4 points", "+25".
std::string change_in_words(const ComparedIndicator& compared, double change) {
  return fmt::format("{}{}", change_without_unit(compared, change), unit_of_change(compared));
}

// "-2.1 … +0.4%"
std::string bounds_in_words(const ComparedIndicator& compared, const Bounds& bounds) {
  return fmt::format("{} … {}", change_without_unit(compared, compared.change_of(bounds.low)),
                     change_in_words(compared, compared.change_of(bounds.high)));
}

std::string value_in_words(const ComparedIndicator& compared,
                           const std::vector<analysis::Measured>& side, double value) {
  const bool is_there = std::none_of(side.begin(), side.end(), [](const auto& one) {
    return one.problem.find("no samples") != std::string::npos;
  });
  if (!is_there) return "-";
  const bool from_below =
      std::any_of(side.begin(), side.end(), [](const auto& one) { return one.is_lower_bound; });
  return (from_below ? "≥" : "") + compared.figure.format(value);
}

ComparisonRow row_of(const ComparedIndicator& compared) {
  ComparisonRow row;
  row.figure = compared.figure.label();
  row.base = value_in_words(compared, compared.base, compared.base_value);
  row.next = value_in_words(compared, compared.next, compared.next_value);
  row.change = "-";
  row.outcome = compared.outcome;
  row.verdict = to_string(compared.outcome);
  if (!compared.change) return row;
  const analysis::Change& change = *compared.change;
  row.change = change_in_words(compared, compared.change_of(change.difference.estimate));
  row.interval = bounds_in_words(compared, change.interval(analysis::kConfidence));
  if (compared.effect) row.effect = fmt::format("{:+.1f}", *compared.effect);
  return row;
}

std::string per_cent(double confidence) {
  std::string text = fmt::format("{:.2f}", confidence * 100);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + "%";
}

std::string gate_in_words(const JudgedGate& judged) {
  const ComparedIndicator* compared = judged.compared;
  if (compared == nullptr || !compared->change) return judged.reason;
  const analysis::Change& change = *compared->change;
  std::string text = fmt::format(
      "{}, {} interval {}",
      change_in_words(*compared, compared->change_of(change.difference.estimate)),
      per_cent(judged.confidence), bounds_in_words(*compared, change.interval(judged.confidence)));
  if (!judged.reason.empty()) return text + ": " + judged.reason;
  if (judged.verdict == GateVerdict::kPassed) {
    const bool up = judged.gate.figure.direction == Direction::kUpIsWorse;
    const double reach = judged.margin + change.difference.detectable(judged.confidence) +
                         (up ? change.slack_below : change.slack_above);
    const double found = compared->change_of(up ? reach : -reach);
    text += fmt::format("; {} would have been found nine times in ten",
                        change_in_words(*compared, found));
  }
  return text;
}

std::string run_names(const std::vector<analysis::ComparedRun>& runs) {
  std::vector<std::string> paths;
  for (const auto& run : runs) paths.push_back(run.path);
  const auto& about = runs.front().run.document.at("run");
  return fmt::format("{} ({}, {})", base::join(paths, " · "), about.at("script").get<std::string>(),
                     about.at("started_at").get<std::string>());
}

std::string basis_in_words(const Comparison& comparison) {
  if (comparison.basis == analysis::Basis::kWithinOneRun) {
    return "within-run evidence only: with one run a side the intervals say how far each run may "
           "be "
           "off by its own noise, and nothing of how runs of the same thing differ from one "
           "another; "
           "for that, give several runs a side (--base, --new)";
  }
  const std::size_t base = comparison.base.size();
  const std::size_t next = comparison.next.size();
  const std::string runs = fmt::format("run to run: {} on the base's side, {} on the new one",
                                       plural(static_cast<double>(base), "run"),
                                       plural(static_cast<double>(next), "run"));
  if (base > 1 && next > 1) return runs;
  return runs + fmt::format("; a single run is taken to be as noisy as the {} runs are",
                            base > 1 ? "base's" : "new");
}

std::size_t count_of(const Comparison& comparison, Outcome outcome) {
  return static_cast<std::size_t>(
      std::count_if(comparison.figures.begin(), comparison.figures.end(),
                    [outcome](const ComparedIndicator& one) { return one.outcome == outcome; }));
}

std::string tally(const Comparison& comparison) {
  std::vector<std::string> parts;
  for (const Outcome outcome : {Outcome::kWorse, Outcome::kBetter, Outcome::kChanged,
                                Outcome::kNoEvidence, Outcome::kNotComparable}) {
    const std::size_t count = count_of(comparison, outcome);
    if (count > 0) parts.push_back(fmt::format("{} {}", count, to_string(outcome)));
  }
  return parts.empty() ? "no figure has samples" : base::join(parts, ", ");
}

Headline headline_of(const Comparison& comparison, const std::vector<JudgedGate>& gates) {
  using Tone = Headline::Tone;
  if (gates.empty()) {
    if (!comparison.obstacles.empty()) {
      return {"NOT COMPARABLE", "no figure can be compared", Tone::kUnsure};
    }
    return {"COMPARED", tally(comparison) + "; no gate was given", Tone::kGood};
  }
  const auto count = [&gates](GateVerdict verdict) {
    return std::count_if(gates.begin(), gates.end(),
                         [verdict](const JudgedGate& one) { return one.verdict == verdict; });
  };
  const std::string of_all =
      fmt::format("of {}", plural(static_cast<double>(gates.size()), "gate"));
  if (gates.size() == 1) {
    if (gates[0].verdict == GateVerdict::kPassed) return {"PASSED", "the gate passed", Tone::kGood};
    if (gates[0].verdict == GateVerdict::kFailed) return {"FAILED", "the gate failed", Tone::kBad};
    return {"NOT JUDGED", "the gate could not be judged", Tone::kUnsure};
  }
  const auto failed = count(GateVerdict::kFailed);
  const auto unjudged = count(GateVerdict::kNotJudged);
  if (failed > 0) {
    std::string text = fmt::format("{} {} failed", failed, of_all);
    if (unjudged > 0) text += fmt::format(", {} not judged", unjudged);
    return {"FAILED", text, Tone::kBad};
  }
  if (unjudged > 0) {
    return {"NOT JUDGED", fmt::format("{} {} could not be judged", unjudged, of_all),
            Tone::kUnsure};
  }
  return {"PASSED", fmt::format("all {} gates passed", gates.size()), Tone::kGood};
}

// What has no verdict, by reason; what holds for all stands elsewhere.
std::vector<std::pair<std::string, std::string>> reasons_of(const Comparison& comparison) {
  constexpr std::size_t kMostNamed = 4;
  std::vector<std::pair<std::vector<std::string>, std::string>> reasons;
  for (const ComparedIndicator& compared : comparison.figures) {
    if (compared.reason.empty()) continue;
    const auto& obstacles = comparison.obstacles;
    if (!obstacles.empty() && compared.reason == obstacles.front()) continue;
    const auto same = std::find_if(reasons.begin(), reasons.end(), [&compared](const auto& entry) {
      return entry.second == compared.reason;
    });
    if (same != reasons.end()) {
      same->first.push_back(compared.figure.label());
    } else {
      reasons.push_back({{compared.figure.label()}, compared.reason});
    }
  }
  std::vector<std::pair<std::string, std::string>> texts;
  for (auto& [figures, reason] : reasons) {
    const std::size_t more = figures.size() > kMostNamed + 1 ? figures.size() - kMostNamed : 0;
    figures.resize(figures.size() - more);
    std::string names = base::join(figures, ", ");
    if (more > 0) names += fmt::format(" and {} more", more);
    texts.emplace_back(std::move(names), std::move(reason));
  }
  return texts;
}

std::vector<std::string> explanations_of(const ComparisonView& view, bool has_shares) {
  if (std::all_of(view.rows.begin(), view.rows.end(),
                  [](const ComparisonRow& row) { return row.interval.empty(); })) {
    return {};
  }
  std::vector<std::string> texts = {
      "change: of the new side against the base; better or worse where its 95% interval leaves out "
      "no change; the interval takes in the client's own error and what was unfinished"};
  if (has_shares) texts.push_back("points: percentage points");
  texts.push_back(fmt::format(
      "of {} figures about {} would show a difference by chance alone", view.rows.size(),
      std::max(1.0, std::round(0.05 * static_cast<double>(view.rows.size())))));
  return texts;
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kBetter:
      return "better";
    case Outcome::kWorse:
      return "worse";
    case Outcome::kChanged:
      return "changed";
    case Outcome::kNoEvidence:
      return "no evidence";
    case Outcome::kNotComparable:
      return "not comparable";
  }
  return "";
}

std::string_view to_string(GateVerdict verdict) {
  switch (verdict) {
    case GateVerdict::kPassed:
      return "passed";
    case GateVerdict::kFailed:
      return "failed";
    case GateVerdict::kNotJudged:
      return "not judged";
  }
  return "";
}

int exit_code_of(const std::vector<JudgedGate>& gates) {
  const auto any = [&gates](GateVerdict verdict) {
    return std::any_of(gates.begin(), gates.end(),
                       [verdict](const JudgedGate& one) { return one.verdict == verdict; });
  };
  if (any(GateVerdict::kFailed)) return kExitFailed;
  return any(GateVerdict::kNotJudged) ? kExitNotJudged : kExitPassed;
}

ComparisonView comparison_view(const Comparison& comparison, const std::vector<JudgedGate>& gates) {
  ComparisonView view;
  view.headline = headline_of(comparison, gates);
  view.about.emplace_back("base", run_names(comparison.base));
  view.about.emplace_back("new", run_names(comparison.next));
  if (comparison.obstacles.empty()) view.about.emplace_back("evidence", basis_in_words(comparison));
  for (const std::string& text : comparison.obstacles) view.about.emplace_back("obstacle", text);
  for (const std::string& text : comparison.cautions) view.about.emplace_back("caution", text);
  for (const JudgedGate& judged : gates) {
    view.gates.push_back({judged.gate.source, gate_in_words(judged), judged.verdict});
  }
  bool has_shares = false;
  for (const ComparedIndicator& compared : comparison.figures) {
    view.rows.push_back(row_of(compared));
    view.has_effects = view.has_effects || !view.rows.back().effect.empty();
    has_shares = has_shares || (compared.change && compared.scale == analysis::Scale::kArcsine);
  }
  view.reasons = reasons_of(comparison);
  view.explanations = explanations_of(view, has_shares);
  return view;
}

}  // namespace output
