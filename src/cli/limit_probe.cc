#include "cli/limit_probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/run_command.h"
#include "cli/script_run.h"
#include "metrics/builtin.h"
#include "output/verdict.h"

namespace cli {
namespace {

using nlohmann::json;

constexpr base::Duration kLook = std::chrono::seconds(30);

// A sample's field and the bucket's name for people.
constexpr std::pair<const char*, const char*> kBuckets[] = {{"requests", "requests"},
                                                            {"input", "input tokens"},
                                                            {"output", "output tokens"},
                                                            {"tokens", "tokens"}};

double used_by(const json& sample, std::string_view bucket) {
  return bucket == "requests" ? 1 : sample.at("input_tokens").get<double>();
}

// What came back of the bucket of requests, per minute: tokens are rounded too coarsely to tell.
// Nothing where it was full again, as it was before the first.
std::optional<double> refilled(const json& samples, const json& early) {
  const json& late = samples.back();
  if (!late.contains("requests")) return std::nullopt;
  double full = 0;
  for (std::size_t i = 0; i + 1 < samples.size(); ++i) {
    if (samples[i].contains("requests")) {
      full = std::max(full, samples[i]["requests"].at("remaining").get<double>() + 1);
    }
  }
  const double seconds = late.at("at").get<double>() - early.at("at").get<double>();
  const double remaining = late["requests"].at("remaining").get<double>() + 1;
  if (seconds <= 0 || remaining >= full) return std::nullopt;
  return (remaining - early.at("requests").at("remaining").get<double>()) / seconds * 60;
}

// The sample whose header says the least of the bucket: the last of those that were sent at once.
const json* lowest(const json& samples, const char* field) {
  const json* lowest = nullptr;
  for (std::size_t i = 0; i + 1 < samples.size(); ++i) {
    if (!samples[i].contains(field)) continue;
    if (lowest == nullptr || samples[i][field].at("remaining") < (*lowest)[field].at("remaining")) {
      lowest = &samples[i];
    }
  }
  return lowest;
}

analysis::BucketSample bucket_sample(const json& sample, const std::string& limit) {
  analysis::BucketSample out;
  out.at_s = sample.at("at").get<double>();
  if (sample.at("ok").get<bool>()) out.amount = used_by(sample, limit);
  out.refused = sample.at("limit") == limit;
  if (sample.contains("retry_after")) out.retry_after_s = sample["retry_after"].get<double>();
  return out;
}

// The first failure that no limit explains; "" for none.
std::string other_failure(const json& samples) {
  for (const json& sample : samples) {
    if (sample.at("ok").get<bool>() || sample.at("error") == "rate_limited") continue;
    return fmt::format("{}: {}", sample.at("error").get<std::string>(),
                       sample.at("message").get<std::string>());
  }
  return "";
}

}  // namespace

std::vector<BucketView> views_of(const json& samples) {
  std::vector<BucketView> views;
  for (const auto& [field, name] : kBuckets) {
    const json* early = lowest(samples, field);
    if (early == nullptr) continue;
    const json& bucket = (*early)[field];
    BucketView view;
    view.name = name;
    view.limit = bucket.at("limit").get<double>();
    view.remaining = bucket.at("remaining").get<double>();
    view.used = bucket.at("used").get<double>();
    if (bucket.contains("reset")) view.reset_s = bucket["reset"].get<double>();
    // Told to the second: a short one says nothing.
    constexpr double kShortest = 5;
    if (view.reset_s && *view.reset_s >= kShortest) {
      view.refill_by_reset = (view.limit - view.remaining) / *view.reset_s * 60;
    }
    if (view.name == "requests") view.refill_by_clock = refilled(samples, *early);
    views.push_back(std::move(view));
  }
  return views;
}

base::Result<std::vector<BucketView>> LimitProbe::look() {
  const auto samples = run("look", 1, kLook);
  if (!samples) return tl::unexpected(samples.error());
  if (const std::string failure = other_failure(*samples); !failure.empty()) {
    return base::fail("the API does not answer as it should: {}", failure);
  }
  return views_of(*samples);
}

base::Result<ProbedBucket> LimitProbe::probe(const std::string& bucket, std::uint64_t words) {
  const std::string limit = bucket == "requests" ? "requests" : "input_tokens";
  const auto samples = run(limit, words, settings_.longest);
  if (!samples) return tl::unexpected(samples.error());
  std::vector<analysis::BucketSample> tried;
  for (const json& sample : *samples) tried.push_back(bucket_sample(sample, limit));
  ProbedBucket probed;
  probed.name = bucket;
  for (const auto& sample : tried) probed.amount = std::max(probed.amount, sample.amount);
  probed.fit = analysis::fit_bucket(tried);
  if (probed.fit) return probed;
  const bool refused = std::any_of(tried.begin(), tried.end(), [](auto& s) { return s.refused; });
  const std::string failure = other_failure(*samples);
  probed.reason =
      !failure.empty() ? failure
      : refused        ? "too little was accepted after the first refusal"
                : fmt::format("{} requests were not enough to be refused by it", tried.size());
  return probed;
}

base::Result<json> LimitProbe::run(const std::string& kind, std::uint64_t words,
                                   base::Duration longest) {
  RunFlags flags = flags_;
  flags.script = "embedded:perigee.internal.limit_probe";
  flags.threads = 1;  // Its users tell each other what they saw.
  flags.progress = "none";
  const auto tell = [&flags](const char* name, const auto& value) {
    flags.variables.push_back(fmt::format("LIMITS_{}={}", name, value));
  };
  tell("KIND", kind);
  tell("WORDS", words);
  tell("USERS", settings_.users);
  tell("SECONDS", base::to_seconds(longest));
  tell("SECONDS_AFTER", base::to_seconds(settings_.after));
  tell("API", settings_.api);
  tell("MODEL", settings_.model);
  tell("MAX_TOKENS", 1);
  ScriptRun script(flags);
  const auto result = script.execute(progress_outputs(flags));
  if (!result) return tl::unexpected(result.error());
  if (script.has_stuck_worker()) script.end_process(result->exit_code);
  cost_usd_ += result->store->counter(metrics::kLlmCost);
  interrupted_ = result->end == output::End::kInterrupted;
  if (interrupted_) return base::fail("interrupted by a signal");
  if (result->end == output::End::kBudget) return base::fail("{}", result->end_reason);
  const auto samples = result->own_summary.find("samples");
  if (!result->script_errors.empty() || samples == result->own_summary.end()) {
    return base::fail("{}", result->script_errors.empty() ? "no request was made"
                                                          : result->script_errors[0].text);
  }
  json list = json::parse(samples->second);
  std::sort(list.begin(), list.end(),
            [](const json& a, const json& b) { return a.at("at") < b.at("at"); });
  return list;
}

}  // namespace cli
