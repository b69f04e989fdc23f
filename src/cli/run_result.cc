// What a run came to: the part of Run that puts its result together.
#include <fmt/format.h>

#include <utility>

#include "analysis/definitions.h"
#include "cli/host.h"
#include "cli/run.h"
#include "cli/version.h"
#include "metrics/builtin.h"
#include "output/verdict.h"

namespace cli {

output::RunResult Run::make_result() const {
  output::RunResult result = result_;
  result.script = flags_.script;
  result.version = kVersion;
  result.started_at = started_at_;
  result.warmup = settings_.warmup;
  result.judged = ledger_.judged(result.elapsed);
  result.seed = settings_.plan.seed;
  result.workers = settings_.threads;
  result.options = settings_.options;
  result.objectives = settings_.objectives;
  if (budget_) {
    const client::Budget::State state = budget_->state();
    result.budget = {state.limit, state.spent + state.reserved, state.unknown + state.reserved};
  }
  result.store = &ledger_.results();
  result.apart = &ledger_.apart();
  result.intervals = ledger_.course().intervals();
  result.interval_series = ledger_.course().series();
  result.thresholds = ledger_.judge(result.elapsed);
  result.client_findings = ledger_.client_findings();
  for (std::string& warning : interventions_.warnings(result.elapsed)) {
    result.warnings.push_back(std::move(warning));
  }
  for (const auto& [text, count] : script_errors_) result.script_errors.push_back({text, count});
  add_facts(result);
  result.exit_code =
      output::exit_code_of(result, {settings_.allow_script_errors, settings_.allow_unjudged});
  return result;
}

// From the timelines that were kept for it: what other tools would report.
void Run::add_definitions(output::RunResult& result) {
  if (flags_.as.empty() || !event_log_) return;
  const auto profiles = analysis::parse_profiles(flags_.as);
  const auto lose = [&](const base::Error& error) {
    result.warnings.push_back("--as: no figures of other tools: " + error.message);
  };
  if (!profiles) return lose(profiles.error());
  if (auto whole = event_log_->finish(); !whole) return lose(whole.error());
  const double iterations = result.store->counter(metrics::kIterations);
  auto definitions =
      analysis::define(*profiles, event_log_->path(),
                       {.measured = {}, .iterations = static_cast<std::uint64_t>(iterations)});
  if (!definitions) return lose(definitions.error());
  result.definitions = std::move(*definitions);
}

void Run::add_facts(output::RunResult& result) const {
  WorkerFacts all;
  for (const auto& worker : workers_) {
    const WorkerFacts facts = worker->facts();
    all.kernel_stamped_reads += facts.kernel_stamped_reads;
    all.other_reads += facts.other_reads;
    all.hidden_retries += facts.hidden_retries;
    if (!facts.leftovers.empty()) {
      result.warnings.push_back("internal: still open when the load was over: " + facts.leftovers);
    }
    all.unpriced_models.insert(facts.unpriced_models.begin(), facts.unpriced_models.end());
  }
  result.host = host_facts(all);
  for (const std::string& model : all.unpriced_models) {
    result.warnings.push_back(
        fmt::format("no price is known for the model \"{}\": its cost is not counted", model));
  }
  if (all.hidden_retries > 0) {
    result.warnings.push_back(
        fmt::format("{} requests were sent a second time by the HTTP library, because a kept "
                    "connection had died",
                    all.hidden_retries));
  }
  if (settings_.warmup > base::Duration::zero() && result.judged == base::Duration::zero()) {
    result.warnings.push_back("the test ended within its warm-up: nothing was measured");
  }
  if (stuck_) {
    result.warnings.push_back("a worker was stuck: what it counted in its last second is missing");
  }
}

}  // namespace cli
