// Evidence made by hand, for the tests of what rules find in it.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/rules.h"
#include "metrics/builtin.h"
#include "metrics/shard.h"
#include "metrics/store.h"

namespace tests {

// Of 20 seconds. A rule sees what was added before look().
class MadeUpRun {
 public:
  MadeUpRun() : shard_(registry_), store_(registry_), evidence_(store_) {
    evidence_.judged = std::chrono::seconds(20);
  }

  void add(metrics::MetricId metric, const metrics::TagSet& tags, double value,
           std::uint64_t count = 1) {
    shard_.add(metric, shard_.intern(tags), value, count);
  }

  // With the tags of the request beside that of its outcome.
  void complete(std::uint64_t count, metrics::TagSet tags = {}) {
    add(metrics::kLlmRequestFailed, tags, 0, count);
    tags.set("outcome", "completed");
    add(metrics::kLlmRequests, tags, static_cast<double>(count));
  }
  void fail(std::uint64_t count, std::string_view kind, std::string_view limit = "") {
    metrics::TagSet tags = {{"error", std::string(kind)}};
    tags.set("limit", limit);
    add(metrics::kLlmRequestFailed, tags, 1, count);
    tags.set("outcome", "failed");
    add(metrics::kLlmRequests, tags, static_cast<double>(count));
  }
  // Calls that needed so many requests more.
  void call(std::uint64_t calls, std::uint64_t failed, std::uint64_t retries) {
    add(metrics::kLlmCalls, {}, static_cast<double>(calls));
    add(metrics::kLlmCallFailed, {}, 0, calls - failed);
    if (failed > 0) add(metrics::kLlmCallFailed, {}, 1, failed);
    if (retries > 0) add(metrics::kLlmRetries, {}, static_cast<double>(retries));
  }

  // A second of the course with so many VUs, in which `count` first tokens and gaps came.
  analysis::Moment& second(double vus, double ttft, double itl, std::uint64_t count = 20) {
    analysis::Moment moment;
    moment.begin_s = static_cast<double>(evidence_.course.size());
    moment.end_s = moment.begin_s + 1;
    moment.vus = vus;
    moment.output_tokens = 100;
    moment.ttft = all_alike(ttft, count);
    moment.itl = all_alike(itl, count);
    evidence_.course.push_back(std::move(moment));
    return evidence_.course.back();
  }

  analysis::Evidence& evidence() {
    store_.merge(shard_.take_delta());
    return evidence_;
  }

  std::optional<analysis::Finding> look(std::string_view rule) {
    for (const analysis::Rule& candidate : analysis::rules()) {
      if (candidate.name == rule) return candidate.look(evidence());
    }
    throw std::runtime_error("no rule " + std::string(rule));
  }

  // The severity of what the rule finds, or "none".
  std::string severity(std::string_view rule) {
    const auto finding = look(rule);
    return finding ? std::string(analysis::to_string(finding->severity)) : "none";
  }

 private:
  static metrics::CoarseHistogram all_alike(double value, std::uint64_t count) {
    metrics::Histogram histogram;
    histogram.record(value, count);
    return metrics::CoarseHistogram(histogram);
  }

  metrics::Registry registry_;
  metrics::Shard shard_;
  metrics::Store store_;
  analysis::Evidence evidence_;
};

// All of a finding's evidence, a line each.
inline std::string evidence_text(const std::optional<analysis::Finding>& finding) {
  std::string text;
  if (finding) {
    for (const std::string& line : finding->evidence) text += line + "\n";
  }
  return text;
}

}  // namespace tests
