// Asks an API for its limits: by what its headers say, and by requests until it refuses them.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "analysis/bucket_fit.h"
#include "base/clock.h"
#include "base/result.h"
#include "cli/run_options.h"

namespace cli {

// A bucket as headers tell of it, after a few requests and again some seconds later.
struct BucketView {
  std::string name;  // "requests", "input tokens", "output tokens", "tokens"
  double limit = 0;  // Per minute.
  double remaining = 0;
  double used = 0;                  // Share.
  std::optional<double> reset_s{};  // Until it is full.
  std::optional<double>
      refill_by_reset{};  // Per minute: what is lacking over a reset of 5 s or more.
  std::optional<double> refill_by_clock{};  // Per minute: of requests, what came back; to a tenth.
};

struct ProbedBucket {
  std::string name;
  double amount = 0;  // Of each request.
  std::optional<analysis::BucketFit> fit;
  std::string reason;  // Why there is none.
};

struct ProbeSettings {
  std::string api = "anthropic";  // Or "openai": modules of perigee.
  std::string model = "claude-haiku-4-5";
  std::uint64_t users = 50;                           // Of a probe, at once.
  base::Duration longest = std::chrono::seconds(60);  // Until the first refusal, at most.
  base::Duration after = std::chrono::seconds(20);    // And after it.
};

// Runs an embedded script on one worker. `flags` bring the mock and the budget.
// Threads: the control thread's, with no other beside it.
class LimitProbe {
 public:
  LimitProbe(const RunFlags& flags, ProbeSettings settings)
      : flags_(flags), settings_(std::move(settings)) {}

  // Twenty short requests at once and another up to half a minute later. Empty where no header
  // tells of a limit. Errors: requests that fail otherwise than by a limit.
  base::Result<std::vector<BucketView>> look();

  // `bucket` is "requests" or "input tokens"; `words` the length of each prompt.
  base::Result<ProbedBucket> probe(const std::string& bucket, std::uint64_t words);

  bool was_interrupted() const { return interrupted_; }
  double cost_usd() const { return cost_usd_; }

 private:
  base::Result<nlohmann::json> run(const std::string& kind, std::uint64_t words,
                                   base::Duration longest);

  const RunFlags& flags_;
  ProbeSettings settings_;
  bool interrupted_ = false;
  double cost_usd_ = 0;
};

// The views of a look, from its samples in the order of their being asked.
std::vector<BucketView> views_of(const nlohmann::json& samples);

}  // namespace cli
