// Runs made by hand, for the tests of what is shown of them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "metrics/builtin.h"
#include "metrics/shard.h"
#include "metrics/store.h"
#include "metrics/threshold.h"
#include "output/result_file.h"
#include "output/run_result.h"

namespace tests {

// What the result file would have.
inline nlohmann::ordered_json json_of(const output::RunResult& result) {
  return nlohmann::ordered_json::parse(output::result_text(result));
}

// A registry, a shard that a test records into, and what is made of them.
class SampleRun {
 public:
  SampleRun() : shard_(registry_), store_(registry_) {
    result_.script = "chat.lua";
    result_.version = "0.1.0";
    result_.started_at = "2026-01-02T03:04:05Z";
    result_.elapsed = std::chrono::seconds(20);
    result_.seed = 42;
    result_.workers = 2;
    result_.options = {{"vus", 10}};
    result_.host = {{"cpus", 2}, {"stamps", "kernel"}};
  }

  metrics::Registry& registry() { return registry_; }
  output::RunResult& result() { return result_; }

  void add(metrics::MetricId metric, const metrics::TagSet& tags, double value,
           std::uint64_t count = 1) {
    shard_.add(metric, shard_.intern(tags), value, count);
  }
  void add_lower_bound(metrics::MetricId metric, const metrics::TagSet& tags, double value) {
    shard_.add_lower_bound(metric, shard_.intern(tags), value);
  }

  // A completed request: TTFT 0.4 s, 100 tokens 10 ms apart, 50 tokens in.
  void add_completed(const std::string& task, const std::string& model, std::uint64_t count) {
    const metrics::TagSet tags = {{"task", task}, {"model", model}};
    const auto times = static_cast<double>(count);
    metrics::TagSet outcome = tags;
    outcome.set("outcome", "completed");
    outcome.set("status", "200");
    add(metrics::kLlmRequests, outcome, times);
    add(metrics::kLlmRequestFailed, tags, 0, count);
    add(metrics::kLlmRateLimited, tags, 0, count);
    add(metrics::kLlmTtft, tags, 0.4, count);
    add(metrics::kLlmTtftText, tags, 0.4, count);
    add(metrics::kLlmItl, tags, 0.01, 99 * count);
    add(metrics::kLlmRequestDuration, tags, 1.39, count);
    add(metrics::kLlmInputTokens, tags, 50 * times);
    add(metrics::kLlmOutputTokens, tags, 100 * times);
    add(metrics::kLlmTokensIn, tags, 50, count);
    add(metrics::kLlmTokensOut, tags, 100, count);
    add(metrics::kLlmCost, tags, 0.001 * times);
  }

  void add_failed(const std::string& task, const std::string& model, const std::string& kind,
                  std::uint64_t count = 1) {
    const metrics::TagSet tags = {{"task", task}, {"model", model}};
    metrics::TagSet outcome = tags;
    outcome.set("outcome", "failed");
    outcome.set("error", kind);
    add(metrics::kLlmRequests, outcome, static_cast<double>(count));
    add(metrics::kLlmRequestFailed, tags, 1, count);
    add(metrics::kLlmRateLimited, tags, kind == "rate_limited" ? 1 : 0, count);
  }

  void add_censored(const std::string& task, const std::string& model, double age_s) {
    const metrics::TagSet tags = {{"task", task}, {"model", model}};
    metrics::TagSet outcome = tags;
    outcome.set("outcome", "censored");
    add(metrics::kLlmRequests, outcome, 1);
    add(metrics::kLlmRequestFailed, tags, 0);
    add(metrics::kLlmRateLimited, tags, 0);
    add_lower_bound(metrics::kLlmTtft, tags, age_s);
    add_lower_bound(metrics::kLlmRequestDuration, tags, age_s);
  }

  // A judged threshold; the judgement is the test's, so that it does not depend on the judge.
  void add_threshold(const std::string& source, metrics::MetricId metric,
                     metrics::Threshold::Aggregate aggregate, metrics::Judgement judgement) {
    metrics::Threshold threshold;
    threshold.source = source;
    threshold.metric = metric;
    threshold.aggregate = aggregate;
    threshold.percentile = 95;
    result_.thresholds.push_back({threshold, std::move(judgement)});
  }

  // Merges what was recorded; the result shows it from then on.
  const output::RunResult& finish() {
    store_.merge(shard_.take_delta());
    result_.store = &store_;
    return result_;
  }

  metrics::Store& store() { return store_; }

 private:
  metrics::Registry registry_;
  metrics::Shard shard_;
  metrics::Store store_;
  output::RunResult result_;
};

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::string line;
  for (const char c : text) {
    if (c == '\n') {
      lines.push_back(std::exchange(line, ""));
    } else {
      line += c;
    }
  }
  if (!line.empty()) lines.push_back(line);
  return lines;
}

// The first line that holds the text, or "".
inline std::string line_with(const std::string& text, const std::string& part) {
  for (const std::string& line : lines_of(text)) {
    if (line.find(part) != std::string::npos) return line;
  }
  return "";
}

}  // namespace tests
