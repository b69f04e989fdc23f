// Says why a threshold has no samples: most often a tag value that is written otherwise.
#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "metrics/judge.h"

namespace metrics {
namespace {

// What a server answers: a test hopes that it does not occur.
bool is_of_answers(std::string_view key) {
  constexpr std::array<std::string_view, 3> kKeys = {"status", "error", "outcome"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
}

bool occurs(const Selector::Term& term, const std::vector<std::string>& values) {
  const Selector selector{{term}};
  return std::any_of(values.begin(), values.end(), [&](const std::string& value) {
    return selector.matches(TagSet{{term.key, value}});
  });
}

// ` (did you mean "simple"?)`, or ` (seen: chat, search)` where nothing is near.
std::string hint(const std::string& wanted, const std::vector<std::string>& seen) {
  constexpr std::size_t kMost = 5;
  std::string near = base::did_you_mean(wanted, seen);
  if (!near.empty() || seen.empty()) return near;
  const auto shown = static_cast<std::ptrdiff_t>(std::min(seen.size(), kMost));
  const std::vector<std::string> some(seen.begin(), seen.begin() + shown);
  return fmt::format(" (seen: {}{})", base::join(some, ", "), seen.size() > kMost ? ", …" : "");
}

// What the term asks for and no sample of any metric has, in words; else "".
std::string never_occurred(const Selector::Term& term, const Store& store) {
  if (term.op == Selector::Op::kNotEqual || term.value.empty()) return "";
  const std::vector<std::string> values = store.tag_values(term.key);
  if (occurs(term, values)) return "";
  if (values.empty()) {
    return fmt::format("the tag \"{}\" never occurred{}", term.key,
                       hint(term.key, store.tag_keys()));
  }
  if (term.op == Selector::Op::kGlob) {
    return fmt::format("no {} matches \"{}\"{}", term.key, term.value, hint(term.value, values));
  }
  return fmt::format("{} \"{}\" never occurred{}", term.key, term.value, hint(term.value, values));
}

}  // namespace

std::string why_no_samples(const Threshold& threshold, const Store& store) {
  const Series series = store.total(threshold.metric, threshold.selector);
  if (has_samples(series)) return "";
  const bool is_counter = std::holds_alternative<Counter>(series);
  for (const Selector::Term& term : threshold.selector.terms) {
    if (is_counter && is_of_answers(term.key)) continue;
    const std::string what = never_occurred(term, store);
    if (!what.empty()) return fmt::format("{}: {}", kNoSamples, what);
  }
  return is_counter ? "" : kNoSamples;  // Of nothing a counter has 0.
}

Judgement judge_without_samples(const Threshold& threshold, std::string reason) {
  Judgement judgement;
  if (threshold.allow_empty) {
    judgement.note = std::move(reason);
  } else {
    judgement.verdict = Verdict::kFailed;
    judgement.reason = std::move(reason);
  }
  return judgement;
}

}  // namespace metrics
