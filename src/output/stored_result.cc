#include "output/stored_result.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include "base/text.h"
#include "output/client_findings.h"
#include "output/definitions_json.h"
#include "output/intervals_json.h"
#include "output/result_file.h"
#include "output/verdict.h"

namespace output {
namespace {

using nlohmann::json;

static_assert(kResultSchemaVersion == analysis::kReadableSchemaVersion);

base::Duration duration_at(const json& object, const char* name) {
  return base::from_seconds(object.at(name).get<double>());
}

End end_from_file(const std::string& name) {
  for (const End end : {End::kFinished, End::kInterrupted, End::kAborted, End::kThresholdAbort,
                        End::kSetupFailed, End::kWatchdog, End::kBudget}) {
    if (to_string(end) == name) return end;
  }
  throw std::runtime_error("run.end: unknown value \"" + name + "\"");
}

metrics::Verdict verdict_from_file(const std::string& name) {
  if (name == "passed") return metrics::Verdict::kPassed;
  if (name == "failed") return metrics::Verdict::kFailed;
  if (name == "not_judged") return metrics::Verdict::kNotJudged;
  throw std::runtime_error("a threshold's verdict: unknown value \"" + name + "\"");
}

void read_run(const json& run, RunResult& result) {
  run.at("script").get_to(result.script);
  run.at("started_at").get_to(result.started_at);
  result.elapsed = duration_at(run, "elapsed_s");
  result.warmup = duration_at(run, "warmup_s");
  result.judged = duration_at(run, "judged_s");
  run.at("seed").get_to(result.seed);
  run.at("workers").get_to(result.workers);
  result.end = end_from_file(run.at("end").get<std::string>());
  run.at("end_reason").get_to(result.end_reason);
  run.at("exit_code").get_to(result.exit_code);
}

// A metric of the script's own that had no samples is not in the file; it has nothing to show.
metrics::Threshold parse_source(const std::string& source, metrics::Registry& registry) {
  if (auto threshold = metrics::parse_threshold(source, registry)) return std::move(*threshold);
  metrics::Threshold threshold;
  threshold.source = source;
  const std::string_view text = base::trim(source);
  const std::string name(text.substr(0, text.find_first_of("{ \t\r\n")));
  const auto metric =
      registry.declare({.name = name, .type = metrics::Type::kTrend, .of = "", .meaning = ""});
  if (!metric) throw std::runtime_error("a threshold: " + metric.error().message);
  threshold.metric = *metric;
  return threshold;
}

JudgedThreshold threshold_from_json(const json& written, metrics::Registry& registry) {
  JudgedThreshold judged;
  judged.threshold = parse_source(written.at("source").get<std::string>(), registry);
  judged.threshold.window = duration_at(written, "window_s");
  // Version 1 does not have these.
  judged.threshold.min_samples = written.value("min_samples", std::uint64_t{0});
  judged.threshold.allow_empty = written.value("allow_empty", false);
  judged.threshold.abort_on_fail = written.value("abort_on_fail", false);
  judged.threshold.delay = base::from_seconds(written.value("delay_s", 0.0));
  metrics::Judgement& judgement = judged.judgement;
  judgement.verdict = verdict_from_file(written.at("verdict").get<std::string>());
  judgement.measured = {written.at("value").get<double>(),
                        written.at("is_lower_bound").get<bool>()};
  judgement.error_below = written.value("error_below", 0.0);
  const bool unbounded = written.contains("error_above") && written.at("error_above").is_null();
  judgement.error_above =
      unbounded ? std::numeric_limits<double>::infinity() : written.value("error_above", 0.0);
  written.at("samples").get_to(judgement.samples);
  written.at("windows").get_to(judgement.windows);
  written.at("windows_failed").get_to(judgement.windows_failed);
  written.at("reason").get_to(judgement.reason);
  written.at("note").get_to(judgement.note);
  const json& worst = written.at("worst_window");
  if (!worst.is_null()) {
    judgement.worst_window =
        metrics::Span{duration_at(worst, "begin_s"), duration_at(worst, "end_s")};
  }
  return judged;
}

void read_objectives(const json& written, const metrics::Registry& registry, RunResult& result) {
  if (written.is_null()) return;
  for (const json& source : written.at("sources")) {
    auto objective = metrics::parse_objective(source.get<std::string>(), registry);
    if (!objective) throw std::runtime_error("an objective: " + objective.error().message);
    result.objectives.push_back(std::move(*objective));
  }
}

void read_budget(const json& written, RunResult& result) {
  if (written.is_null()) return;
  result.budget =
      BudgetUse{written.at("limit_usd").get<double>(), written.at("spent_usd").get<double>(),
                written.at("unknown_usd").get<double>()};
}

RunResult read_all(const analysis::StoredRun& run) {
  const json& document = run.document;
  RunResult result;
  document.at("perigee").at("version").get_to(result.version);
  read_run(document.at("run"), result);
  result.options = document.at("options");
  result.host = document.at("host");
  read_budget(document.at("budget"), result);
  result.store = run.store.get();
  result.apart = run.apart.get();
  for (const json& threshold : document.at("thresholds")) {
    result.thresholds.push_back(threshold_from_json(threshold, *run.registry));
  }
  read_objectives(document.at("objectives"), *run.registry, result);
  read_intervals(document.at("intervals"), *run.registry, result);
  read_client(document, result);
  // A file of an earlier perigee has none.
  if (document.contains("definitions")) {
    result.definitions = definitions_from_json(document.at("definitions"));
  }
  for (const json& error : document.at("script_errors")) {
    result.script_errors.push_back(
        {error.at("text").get<std::string>(), error.at("count").get<std::uint64_t>()});
  }
  for (const json& error : document.at("hook_errors")) {
    result.hook_errors.push_back(
        {error.at("hook").get<std::string>(), error.at("text").get<std::string>()});
  }
  document.at("failures").get_to(result.failures);
  document.at("warnings").get_to(result.warnings);
  return result;
}

}  // namespace

base::Result<RunResult> to_run_result(const analysis::StoredRun& run, const std::string& place) {
  try {
    return read_all(run);
  } catch (const std::exception& error) {
    return base::fail("{}: is damaged: {}", place, error.what());
  }
}

}  // namespace output
