#include "cli/load_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "cli/run_command.h"
#include "cli/script_run.h"
#include "output/verdict.h"

namespace cli {
namespace {

constexpr double kMostVus = 20'000;

// As many as are open where calls take five times as long, or ten seconds.
double vus_for(const LoadStep& plan, base::Duration call) {
  const double longest = std::max(5 * base::to_seconds(call), 10.0);
  return std::min(kMostVus, std::ceil(plan.load * longest) + 20);
}

std::string seconds(base::Duration duration) {
  return fmt::format("{}s", base::to_seconds(duration));
}

}  // namespace

LoadSearch::LoadSearch(const RunFlags& flags, SearchOptions options, OnStep on_step)
    : flags_(flags), options_(std::move(options)), on_step_(std::move(on_step)) {}

base::Result<LoadSearchResult> LoadSearch::run() {
  const auto amount = [this](double load) {
    return static_cast<std::uint64_t>(std::llround(std::max(load / amount_unit(), 1.0)));
  };
  const SearchRange range{
      .held = 0,
      .first = amount(options_.first),
      .most = amount(options_.most),
      .near_enough = static_cast<std::uint64_t>(std::max(1.0, std::floor(1 / options_.resolution))),
      .halvings = options_.most_steps};
  const auto ceiling =
      find_ceiling(range, [this](std::uint64_t wanted) { return measure(wanted); });
  if (!ceiling) return tl::unexpected(ceiling.error());
  result_.held = static_cast<double>(ceiling->held) * amount_unit();
  result_.failed = static_cast<double>(ceiling->failed) * amount_unit();
  result_.end = ceiling->end;
  return std::move(result_);
}

base::Result<StepOutcome> LoadSearch::measure(std::uint64_t amount) {
  if (result_.steps.size() >= static_cast<std::size_t>(options_.most_steps)) {
    result_.stopped_by = fmt::format("the {} steps that --max-steps allows", options_.most_steps);
  } else if (options_.budget_usd && spent_usd_ >= *options_.budget_usd) {
    result_.stopped_by = "the budget";
  }
  // Below the first there is nothing to go by: steps would take ever longer.
  const bool is_below = static_cast<double>(amount) * amount_unit() < options_.first;
  if (is_below || !result_.stopped_by.empty()) return StepOutcome::kTimeUp;
  const LoadStep plan = plan_step(options_.by, static_cast<double>(amount) * amount_unit(),
                                  options_.is_poisson, options_.rule, call_);
  auto step = run_step(plan);
  if (!step) return tl::unexpected(step.error());
  if (step->outcome == StepOutcome::kTimeUp) return StepOutcome::kTimeUp;
  if (step->call > base::Duration::zero()) call_ = step->call;
  on_step_(*step);
  result_.steps.push_back(std::move(*step));
  return result_.steps.back().outcome;
}

base::Result<SearchStep> LoadSearch::run_step(const LoadStep& plan) {
  const RunFlags flags = flags_of(plan);
  ScriptRun run(flags);
  const auto result = run.execute(progress_outputs(flags));
  if (!result) return tl::unexpected(result.error());
  if (run.has_stuck_worker()) {
    fmt::print(stderr, "perigee: {}\n", result->end_reason);
    run.end_process(result->exit_code);
  }
  SearchStep step = judge_step(plan, *result, options_.objectives);
  spent_usd_ += step.cost_usd;
  switch (result->end) {
    case output::End::kFinished:
      break;
    case output::End::kInterrupted:
      interrupted_ = true;
      result_.stopped_by = "a signal";
      step.outcome = StepOutcome::kTimeUp;
      return step;
    case output::End::kBudget:
      result_.stopped_by = "the budget";
      step.outcome = StepOutcome::kTimeUp;
      return step;
    default:
      return base::fail("the step at {:.6g} ended early: {}", plan.load, result->end_reason);
  }
  if (!result->script_errors.empty() && result->exit_code == output::kExitScriptErrors) {
    return base::fail("script error: {}", result->script_errors.front().text);
  }
  return step;
}

RunFlags LoadSearch::flags_of(const LoadStep& plan) const {
  RunFlags flags = flags_;
  flags.progress = "none";
  nlohmann::json& options = flags.options;
  if (plan.by == LoadStep::By::kUsers) {
    options["vus"] = static_cast<std::uint64_t>(std::llround(plan.load));
    options["duration"] = seconds(plan.warmup + plan.length);
  } else {
    options["scenarios"] = {{"search",
                             {{"executor", "constant-arrival-rate"},
                              {"rate", plan.load},
                              {"time_unit", "1s"},
                              {"arrival", plan.is_poisson ? "poisson" : "uniform"},
                              {"duration", seconds(plan.warmup + plan.length)},
                              {"max_vus", static_cast<std::uint64_t>(vus_for(plan, call_))}}}};
  }
  options["warmup"] = seconds(plan.warmup);
  options["thresholds"] = options_.objectives;
  options["allow_unjudged"] = true;
  if (options_.budget_usd) options["budget"] = std::max(0.0, *options_.budget_usd - spent_usd_);
  return flags;
}

}  // namespace cli
