#include "analysis/measured_workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "metrics/builtin.h"

namespace analysis {
namespace {

using nlohmann::json;

// The model that most requests went to.
std::string main_model(const metrics::Store& store) {
  std::string model;
  double most = 0;
  for (const auto& [name, series] : store.grouped(metrics::kLlmRequests, "model")) {
    const double requests = std::get<metrics::Counter>(series).sum;
    if (requests > most) {
      most = requests;
      model = name;
    }
  }
  return model;
}

// Points up to the one with the most VUs: a process does not give memory back.
std::vector<MemoryPoint> rising_points(const json& intervals) {
  std::vector<MemoryPoint> points;
  const json& vus = intervals.at("vus");
  const json& memory = intervals.at("client").at("client_memory");
  double most = 0;
  for (std::size_t i = 0; i < vus.size() && i < memory.size(); ++i) {
    const auto count = vus[i].get<double>();
    if (count < most || memory[i].is_null()) continue;
    most = count;
    points.push_back({.streams = count, .bytes = memory[i].get<double>()});
  }
  return points;
}

bool vary_enough(const std::vector<MemoryPoint>& points) {
  constexpr std::size_t kFewest = 3;
  return points.size() >= kFewest && points.front().streams <= points.back().streams / 2;
}

}  // namespace

base::Result<Workload> measured_workload(const StoredRun& run, const std::string& place) {
  const metrics::Store& store = *run.store;
  const metrics::Trend durations = store.trend(metrics::kLlmRequestDuration);
  const auto told = static_cast<double>(store.trend(metrics::kLlmTokensIn).values.count());
  const double calls = store.counter(metrics::kLlmCalls);
  if (durations.values.count() == 0 || told == 0 || calls == 0) {
    return base::fail(
        "{}: no LLM request was completed in this run, so there is nothing to plan "
        "from",
        place);
  }
  double seconds = 0;
  try {
    seconds = run.document.at("run").at("judged_s").get<double>();
  } catch (const json::exception& error) {
    return base::fail("{}: {}", place, error.what());
  }
  if (seconds <= 0) return base::fail("{}: run.judged_s is not above zero", place);
  const auto of_a_request = [&](metrics::MetricId metric) { return store.counter(metric) / told; };
  Workload workload;
  workload.model = main_model(store);
  workload.calls_per_s = calls / seconds;
  workload.stream_s = durations.values.sum() / static_cast<double>(durations.values.count());
  workload.input_tokens = of_a_request(metrics::kLlmInputTokens);
  workload.cache_write_tokens = of_a_request(metrics::kLlmCacheWriteTokens);
  workload.cache_read_tokens = of_a_request(metrics::kLlmCacheReadTokens);
  workload.output_tokens = of_a_request(metrics::kLlmOutputTokens);
  workload.requests_per_call = std::max(1.0, store.counter(metrics::kLlmRequests) / calls);
  return workload;
}

base::Result<MemoryUse> measured_memory(const StoredRun& run, const std::string& place) {
  std::vector<MemoryPoint> points;
  try {
    points = rising_points(run.document.at("intervals"));
  } catch (const json::exception& error) {
    return base::fail("{}: {}", place, error.what());
  }
  auto fitted = vary_enough(points) ? fit_memory(points) : std::nullopt;
  if (!fitted) {
    return base::fail(
        "{}: the number of VUs hardly varied, so that what each of them takes cannot "
        "be told from what the process takes; a run with a ramp can tell, and so can "
        "--measure",
        place);
  }
  fitted->of = "perigee";
  fitted->source = fmt::format("fitted to {} intervals of {}", points.size(), place);
  return *fitted;
}

std::optional<MemoryUse> fit_memory(const std::vector<MemoryPoint>& points) {
  const auto count = static_cast<double>(points.size());
  MemoryPoint mean;
  for (const MemoryPoint& point : points) {
    mean.streams += point.streams / count;
    mean.bytes += point.bytes / count;
  }
  double covariance = 0;
  double variance = 0;
  for (const MemoryPoint& point : points) {
    covariance += (point.streams - mean.streams) * (point.bytes - mean.bytes);
    variance += (point.streams - mean.streams) * (point.streams - mean.streams);
  }
  if (variance <= 0 || covariance < 0) return std::nullopt;
  MemoryUse use;
  use.stream_bytes = covariance / variance;
  use.base_bytes = std::max(0.0, mean.bytes - use.stream_bytes * mean.streams);
  return use;
}

}  // namespace analysis
