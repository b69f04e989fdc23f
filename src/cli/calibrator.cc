#include "cli/calibrator.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <ctime>

namespace cli {
namespace {

constexpr std::uint64_t kFirstStreams = 100;
constexpr base::Duration kGap = std::chrono::milliseconds(20);
constexpr std::uint64_t kStreamsOfEvents = 1000;  // Those that the rate of events is tried with.
constexpr std::uint64_t kEventsPerStream = 1000;  // Per second, at most: see docs/calibrate.md.
constexpr std::uint64_t kMostUsers = 1024;
constexpr double kBusy = 0.9;  // Of what there is, and more is all of it.

// Up to which share of the time a phase may go.
constexpr double kStreamsUntil = 0.55;
constexpr double kEventsUntil = 0.80;
constexpr double kRequestsUntil = 1;

std::uint64_t events_of(std::uint64_t streams) {
  return streams * static_cast<std::uint64_t>(std::chrono::seconds(1) / kGap);
}

double cores() {
  static const auto online = static_cast<double>(this_host(0).cpus);
  return online;
}

bool uses_all_cores(const StepResult& step) {
  return step.client_cores + step.server_cores > kBusy * cores();
}

bool has_busy_client(const StepResult& step) {
  return step.client_cores > kBusy * std::min(cores(), static_cast<double>(step.threads));
}

const char* limit_of(StepOutcome end) {
  switch (end) {
    case StepOutcome::kHeld:
      return "range";
    case StepOutcome::kClientGaveIn:
      return "client";
    case StepOutcome::kServerGaveIn:
      return "mock";
    case StepOutcome::kTimeUp:
      break;
  }
  return "time";
}

}  // namespace

Calibrator::Calibrator(StepRunner& runner, CalibratorOptions options, OnStep on_step)
    : runner_(runner), options_(options), on_step_(std::move(on_step)), start_(clock_.now()) {}

base::Result<Calibration> Calibrator::run() {
  found_.at = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  auto done = find_streams().and_then([this] { return find_events(); }).and_then([this] {
    return find_requests();
  });
  if (!done) return tl::unexpected(done.error());
  find_memory();
  found_.host = this_host(steps_.empty() ? 0 : steps_.back().threads);
  return found_;
}

base::Result<void> Calibrator::find_streams() {
  const std::uint64_t most = options_.most_streams;
  // A small range is measured in two steps as well, for the memory.
  const std::uint64_t first = std::clamp<std::uint64_t>(most / 2, 1, kFirstStreams);
  const auto ceiling = find_ceiling({.held = 0, .first = first, .most = most}, [&](auto streams) {
    return measure_streams(streams, kGap, kStreamsUntil, streams_error_);
  });
  if (!ceiling) return tl::unexpected(ceiling.error());
  found_.streams = {static_cast<double>(ceiling->held), limit_of(ceiling->end)};
  return {};
}

base::Result<void> Calibrator::find_events() {
  const auto held = static_cast<std::uint64_t>(found_.streams.value);
  if (held == 0) return {};
  const std::uint64_t streams = std::min(kStreamsOfEvents, held);
  // That many at 20 ms have just held.
  const std::uint64_t known = events_of(streams);
  const SearchRange range = {.held = known, .first = 2 * known, .most = streams * kEventsPerStream};
  const auto ceiling = find_ceiling(range, [&](std::uint64_t rate) {
    const auto gap = std::chrono::nanoseconds(1'000'000'000 * streams / rate);
    return measure_streams(streams, gap, kEventsUntil, events_error_);
  });
  if (!ceiling) return tl::unexpected(ceiling.error());
  // What was really sent while the client told the truth, however much was asked for.
  double most = 0;
  for (const StepResult& step : steps_) {
    if (outcome_of(step) == StepOutcome::kClientGaveIn) continue;
    most = std::max(most, step.events_per_second);
  }
  found_.events_per_second = {most, limit_of(ceiling->end)};
  return {};
}

base::Result<void> Calibrator::find_requests() {
  StepResult best;
  bool failed = false;
  bool time_up = false;
  const auto peak = find_peak(
      std::min(kMostUsers, options_.most_streams),
      [&](std::uint64_t users) -> base::Result<std::optional<double>> {
        const base::Duration length =
            std::max<base::Duration>(std::chrono::seconds(1), options_.step * 3 / 5);
        const auto step = measure(
            {.kind = StepPlan::Kind::kRequests, .users = users, .gap = {}, .length = length},
            kRequestsUntil);
        if (!step) return tl::unexpected(step.error());
        time_up = !*step;
        failed = *step && ((*step)->failed > kMostError || (*step)->ran_out_of_time);
        if (time_up || failed) return std::nullopt;
        if ((*step)->requests_per_second > best.requests_per_second) best = **step;
        return (*step)->requests_per_second;
      });
  if (!peak) return tl::unexpected(peak.error());
  std::string limit = "client";
  if (time_up) {
    limit = "time";
  } else if (!failed && best.server_cores > kBusy * options_.servers) {
    limit = "mock";
  } else if (!failed && !has_busy_client(best)) {
    limit = peak->grew_last ? "range" : "cores";
  }
  found_.requests_per_second = {peak->rate, limit};
  return {};
}

// The slope between the least and the most streams that held, at the same gap.
void Calibrator::find_memory() {
  const StepResult* least = nullptr;
  const StepResult* most = nullptr;
  for (const StepResult& step : steps_) {
    const bool fits = step.plan.kind == StepPlan::Kind::kStreams && step.plan.gap == kGap;
    if (!fits || outcome_of(step) != StepOutcome::kHeld) continue;
    if (least == nullptr || step.plan.users < least->plan.users) least = &step;
    if (most == nullptr || step.plan.users > most->plan.users) most = &step;
  }
  if (least == most || most->client_memory <= least->client_memory) return;
  found_.memory_per_stream = (most->client_memory - least->client_memory) /
                             static_cast<double>(most->plan.users - least->plan.users);
}

base::Result<std::optional<StepResult>> Calibrator::measure(const StepPlan& plan, double until) {
  const double used = base::to_seconds(clock_.now() - start_ + StepRunner::cost_of(plan));
  if (used > until * base::to_seconds(options_.time)) return std::nullopt;
  auto step = runner_.measure(plan);
  if (!step) return tl::unexpected(step.error());
  steps_.push_back(*step);
  on_step_(*step);
  return *step;
}

base::Result<StepOutcome> Calibrator::measure_streams(std::uint64_t streams, base::Duration gap,
                                                      double until, std::string& error) {
  const auto step = measure(
      {.kind = StepPlan::Kind::kStreams, .users = streams, .gap = gap, .length = options_.step},
      until);
  if (!step) return tl::unexpected(step.error());
  if (!*step) return StepOutcome::kTimeUp;
  const StepOutcome outcome = outcome_of(**step);
  if (outcome == StepOutcome::kHeld) return outcome;
  error = client_error(**step);
  if (uses_all_cores(**step)) error += ", with no core left beside the mock";
  return outcome;
}

}  // namespace cli
