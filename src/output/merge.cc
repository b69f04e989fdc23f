#include "output/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "metrics/builtin.h"
#include "output/merge_intervals.h"
#include "output/verdict.h"

namespace output {
namespace {

// The parts' series under the ids of one registry.
class StoreMerge {
 public:
  StoreMerge(metrics::Registry& registry, Arrangement arrangement)
      : registry_(registry), arrangement_(arrangement) {}

  base::Result<void> add(const metrics::Store& from, const std::string& place,
                         metrics::Store& into) {
    std::optional<base::Error> problem;
    metrics::Delta delta;
    from.for_each(
        [&](metrics::MetricId id, const metrics::TagSet& tags, const metrics::Series& series) {
          const auto known = registry_.declare(from.registry().at(id));
          if (!known) {
            if (!problem) problem = known.error();
            return;
          }
          delta.entries.push_back({*known, std::make_shared<const metrics::TagSet>(tags), series});
          if (const auto* gauge = std::get_if<metrics::Gauge>(&series)) {
            delta.entries.back().series = beside(*known, tags, *gauge, into);
          }
        });
    if (problem) return base::fail("{}: is of another test: {}", place, problem->message);
    into.merge(delta);
    return {};
  }

 private:
  // VUs of runs side by side add up. What is merged later stands for a gauge's last value, so that
  // the sum need only be put on what comes.
  metrics::Gauge beside(metrics::MetricId id, const metrics::TagSet& tags, metrics::Gauge gauge,
                        const metrics::Store& into) const {
    const bool adds_up = id == metrics::kVus || id == metrics::kVusMax;
    if (!adds_up || arrangement_ != Arrangement::kSideBySide) return gauge;
    metrics::Selector same;
    for (const auto& [key, value] : tags.tags()) {
      same.terms.push_back({key, metrics::Selector::Op::kEqual, value});
    }
    const metrics::Gauge before = into.gauge(id, same);
    gauge.last += before.last;
    gauge.max += before.max;
    return gauge;
  }

  metrics::Registry& registry_;
  Arrangement arrangement_;
};

base::Duration together(base::Duration a, base::Duration b, Arrangement arrangement) {
  return arrangement == Arrangement::kSideBySide ? std::max(a, b) : a + b;
}

// The gravest way to end, and the reasons of all that ended so.
void merge_ends(std::span<const MergePart> parts, RunResult& result) {
  constexpr std::array kGravestFirst = {End::kAborted,  End::kInterrupted,    End::kSetupFailed,
                                        End::kWatchdog, End::kThresholdAbort, End::kBudget,
                                        End::kFinished};
  for (const End end : kGravestFirst) {
    for (const MergePart& part : parts) {
      if (part.result->end != end) continue;
      result.end = end;
      if (part.result->end_reason.empty()) continue;
      if (!result.end_reason.empty()) result.end_reason += "; ";
      result.end_reason += part.place + ": " + part.result->end_reason;
    }
    if (result.end == end && std::any_of(parts.begin(), parts.end(), [end](const MergePart& part) {
          return part.result->end == end;
        })) {
      return;
    }
  }
}

void add_new(std::vector<std::string>& texts, const std::vector<std::string>& more) {
  for (const std::string& text : more) {
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(text);
  }
}

void merge_troubles(const RunResult& part, base::Duration begin, RunResult& into) {
  for (const ScriptError& error : part.script_errors) {
    const auto known =
        std::find_if(into.script_errors.begin(), into.script_errors.end(),
                     [&error](const ScriptError& other) { return other.text == error.text; });
    if (known == into.script_errors.end()) {
      into.script_errors.push_back(error);
    } else {
      known->count += error.count;
    }
  }
  for (const HookError& error : part.hook_errors) into.hook_errors.push_back(error);
  add_new(into.failures, part.failures);
  add_new(into.warnings, part.warnings);
  for (metrics::ClientFinding finding : part.client_findings) {
    const auto later = [begin](metrics::Span span) {
      return metrics::Span{span.begin + begin, span.end + begin};
    };
    for (metrics::Span& span : finding.spans) span = later(span);
    finding.worst = later(finding.worst);
    into.client_findings.push_back(std::move(finding));
  }
}

void merge_budget(const RunResult& part, RunResult& into) {
  if (!part.budget) return;
  if (!into.budget) into.budget.emplace();
  into.budget->limit += part.budget->limit;
  into.budget->spent += part.budget->spent;
  into.budget->unknown += part.budget->unknown;
}

void merge_host(const nlohmann::json& part, nlohmann::json& into) {
  if (!part.is_object() || !into.is_object()) return;
  for (const char* reads : {"reads_stamped_by_kernel", "reads_stamped_by_loop"}) {
    into[reads] = into.value(reads, std::uint64_t{0}) + part.value(reads, std::uint64_t{0});
  }
  if (part.value("stamps", "") != "kernel") into["stamps"] = part.value("stamps", "loop");
}

// In what the parts differ from the first.
class Differences {
 public:
  explicit Differences(const MergePart& first) : first_(first) {}

  void look_at(const MergePart& part) {
    const RunResult& a = *first_.result;
    const RunResult& b = *part.result;
    if (a.script != b.script) note(part, "the script", a.script, b.script);
    if (a.version != b.version) note(part, "perigee's version", a.version, b.version);
    if (a.warmup != b.warmup) {
      note(part, "the warm-up", metrics::format_seconds(a.warmup),
           metrics::format_seconds(b.warmup));
    }
    look_at_keys(part, "option", a.options, b.options);
    nlohmann::json ours = a.host;
    nlohmann::json theirs = b.host;
    for (nlohmann::json* host : {&ours, &theirs}) {
      if (!host->is_object()) continue;
      host->erase("reads_stamped_by_kernel");
      host->erase("reads_stamped_by_loop");
    }
    look_at_keys(part, "host", ours, theirs);
  }

  const std::vector<std::string>& notes() const { return notes_; }

 private:
  void look_at_keys(const MergePart& part, const std::string& what, const nlohmann::json& ours,
                    const nlohmann::json& theirs) {
    if (!ours.is_object() || !theirs.is_object()) return;
    std::set<std::string> keys;
    for (const auto& [key, value] : ours.items()) keys.insert(key);
    for (const auto& [key, value] : theirs.items()) keys.insert(key);
    for (const std::string& key : keys) {
      const auto a = ours.value(key, nlohmann::json());
      const auto b = theirs.value(key, nlohmann::json());
      if (a != b) note(part, fmt::format("the {} {}", what, key), shown(a), shown(b));
    }
  }

  static std::string shown(const nlohmann::json& value) {
    constexpr std::size_t kMost = 80;
    const auto text = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return text.size() <= kMost ? text : "another value";
  }

  void note(const MergePart& part, const std::string& what, const std::string& ours,
            const std::string& theirs) {
    if (ours == theirs) {
      notes_.push_back(fmt::format("the runs differ: {} is not the same in {} and {}", what,
                                   first_.place, part.place));
    } else {
      notes_.push_back(fmt::format("the runs differ: {} is {} in {} and {} in {}", what, ours,
                                   first_.place, theirs, part.place));
    }
  }

  const MergePart& first_;
  std::vector<std::string> notes_;
};

// Each threshold of any part, with its id in the merged registry.
void judge_again(std::span<const MergePart> parts, MergedRun& merged) {
  RunResult& result = merged.result;
  for (const MergePart& part : parts) {
    for (const JudgedThreshold& judged : part.result->thresholds) {
      metrics::Threshold threshold = judged.threshold;
      const bool known = std::any_of(result.thresholds.begin(), result.thresholds.end(),
                                     [&](const JudgedThreshold& other) {
                                       return other.threshold.source == threshold.source &&
                                              other.threshold.window == threshold.window;
                                     });
      if (known) continue;
      metrics::Judgement judgement;
      auto again = metrics::parse_threshold(threshold.source, *merged.registry);
      if (again) {
        threshold.metric = again->metric;
        threshold.selector = again->selector;
        threshold.aggregate = again->aggregate;
        threshold.percentile = again->percentile;
        threshold.op = again->op;
        threshold.limit = again->limit;
      }
      if (!again) {
        // Its metric has no samples in any part, so that its type is in no file.
        threshold.metric = metrics::kIterations;
        judgement = judged.judgement;
      } else if (threshold.window > base::Duration::zero()) {
        judgement.verdict = metrics::Verdict::kNotJudged;
        judgement.reason = "a window needs every second, which a result file does not keep";
      } else {
        judgement = metrics::judge(threshold, *merged.store, result.counted_time());
      }
      result.thresholds.push_back({std::move(threshold), std::move(judgement)});
    }
  }
}

void add_objectives(const RunResult& part, RunResult& into) {
  for (const metrics::Objective& objective : part.objectives) {
    const bool known = std::any_of(
        into.objectives.begin(), into.objectives.end(),
        [&](const metrics::Objective& other) { return other.source == objective.source; });
    if (!known) into.objectives.push_back(objective);
  }
}

// What all of them were told to let pass.
Allowances allowances_of(std::span<const MergePart> parts) {
  const auto all_allow = [&](const char* option) {
    return std::all_of(parts.begin(), parts.end(), [option](const MergePart& part) {
      const nlohmann::json& options = part.result->options;
      return options.is_object() && options.value(option, false);
    });
  };
  return {all_allow("allow_script_errors"), all_allow("allow_unjudged")};
}

// What is the same in all parts, or the first's where it is not.
RunResult begin_result(const MergePart& first) {
  RunResult result;
  result.script = first.result->script;
  result.version = first.result->version;
  result.started_at = first.result->started_at;
  result.seed = first.result->seed;
  result.options = first.result->options;
  result.host = first.result->host;
  return result;
}

void add_times(const RunResult& part, Arrangement arrangement, RunResult& into) {
  into.started_at = std::min(into.started_at, part.started_at);
  into.elapsed = together(into.elapsed, part.elapsed, arrangement);
  into.warmup = together(into.warmup, part.warmup, arrangement);
  into.judged = together(into.judged, part.counted_time(), arrangement);
  into.workers = arrangement == Arrangement::kSideBySide ? into.workers + part.workers
                                                         : std::max(into.workers, part.workers);
}

}  // namespace

base::Result<MergedRun> merge_runs(std::span<const MergePart> parts, Arrangement arrangement) {
  MergedRun merged;
  merged.registry = std::make_unique<metrics::Registry>();
  merged.store = std::make_unique<metrics::Store>(*merged.registry);
  merged.apart = std::make_unique<metrics::Store>(*merged.registry);
  merged.result = begin_result(parts.front());
  RunResult& result = merged.result;
  StoreMerge stores(*merged.registry, arrangement);
  Differences differences(parts.front());
  std::vector<PlacedIntervals> courses;
  std::uint64_t tags_overflowed = 0;
  bool had_definitions = false;
  for (const MergePart& part : parts) {
    for (const auto& [from, into] : {std::pair(part.run->store.get(), merged.store.get()),
                                     std::pair(part.run->apart.get(), merged.apart.get())}) {
      if (auto added = stores.add(*from, part.place, *into); !added) {
        return tl::unexpected(added.error());
      }
    }
    const auto begin =
        arrangement == Arrangement::kInSequence ? result.elapsed : base::Duration::zero();
    courses.push_back({part.result, part.run->registry.get(), begin});
    add_times(*part.result, arrangement, result);
    merge_troubles(*part.result, begin, result);
    merge_budget(*part.result, result);
    add_objectives(*part.result, result);
    if (&part != &parts.front()) {
      merge_host(part.result->host, result.host);
      differences.look_at(part);
    }
    tags_overflowed += part.run->store->tags_overflowed();
    had_definitions = had_definitions || !part.result->definitions.empty();
  }
  merged.store->note_tags_overflowed(tags_overflowed);
  result.store = merged.store.get();
  result.apart = merged.apart.get();
  merge_intervals(courses, *merged.registry, result);
  merge_ends(parts, result);
  add_new(result.warnings, differences.notes());
  if (had_definitions) {
    result.warnings.push_back("figures of other tools (--as) cannot be merged, and are left out");
  }
  judge_again(parts, merged);
  result.exit_code = exit_code_of(result, allowances_of(parts));
  return merged;
}

}  // namespace output
