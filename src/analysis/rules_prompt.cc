// Rules about what was asked: how long the prompts were, and of which model.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/rules.h"
#include "analysis/words.h"
#include "llm/input_size.h"
#include "metrics/builtin.h"
#include "metrics/threshold.h"

namespace analysis {
namespace {

using metrics::Selector;
using metrics::Store;
using metrics::Trend;

constexpr double kFewestRequests = 20;  // Of each side of a comparison.

constexpr double kMediumGrowth = 2;
constexpr double kHighGrowth = 3;
constexpr double kTtftGrowth = 2;

constexpr double kBetter = 1.25;  // So many times as good, in time or money,
constexpr double kMuchBetter = 2;
constexpr double kWorse = 1.05;  // and in nothing worse than this.

constexpr std::array<std::string_view, 4> kContextAdvice = {
    "cache what long prompts begin with (cache = \"warm\" on perigee's client): what the cache "
    "serves "
    "is not read again",
    "compress: summarise old turns, retrieve fewer and shorter documents, drop tools that are not "
    "used",
    "judge long and short prompts apart: a threshold on llm_ttft{input_size=>=10k} and one on "
    "llm_ttft{input_size=<1k}",
    "send requests with a long context to a model or a queue of their own, so that short ones do "
    "not "
    "wait behind them"};

constexpr std::array<std::string_view, 2> kModelAdvice = {
    "compare what the answers are worth, which this run does not measure; where those of the "
    "faster "
    "and cheaper model are good enough, use it",
    "where they are not, send it the easy tasks alone"};

std::string size_line(const Store& store, const Selector& selector, std::string_view size,
                      const Trend& duration) {
  const Trend ttft = store.trend(metrics::kLlmTtft, selector);
  std::string text = fmt::format("{} input tokens: {}, duration p50 {} p95 {}", size,
                                 plural(static_cast<double>(duration.count()), "request"),
                                 time_at(duration, 50), time_at(duration, 95));
  if (ttft.count() > 0) text += ", time to first token p50 " + time_at(ttft, 50);
  return text;
}

std::string cached_line(const Store& store) {
  const double read = store.counter(metrics::kLlmCacheReadTokens);
  const double all =
      store.counter(metrics::kLlmInputTokens) + read + store.counter(metrics::kLlmCacheWriteTokens);
  return fmt::format("{} of all input tokens were served by the prompt cache",
                     as_share(all > 0 ? read / all : 0));
}

// Of one model: models differ in speed, and the long prompts may all be one's.
std::optional<Finding> context_length_of(const Evidence& evidence, std::string_view model) {
  const Store& store = evidence.store;
  std::vector<std::string> lines;
  std::vector<Trend> durations;
  std::vector<Trend> ttfts;
  for (const std::string_view size : llm::kInputSizes) {
    const Selector selector = where({{"model", model}, {"input_size", size}});
    Trend duration = store.trend(metrics::kLlmRequestDuration, selector);
    if (static_cast<double>(duration.count()) < kFewestRequests) continue;
    lines.push_back(size_line(store, selector, size, duration));
    durations.push_back(std::move(duration));
    ttfts.push_back(store.trend(metrics::kLlmTtft, selector));
  }
  if (durations.size() < 2) return std::nullopt;
  const auto growth = [](const Trend& from, const Trend& to) {
    const double base = from.quantile(0.5).value;
    return base > 0 ? to.quantile(0.5).value / base : 0;
  };
  const double slower = growth(durations.front(), durations.back());
  // Longer answers may be what takes the time; they do not hold up the first token.
  const auto first_tokens = std::min(ttfts.front().count(), ttfts.back().count());
  const bool has_ttft = static_cast<double>(first_tokens) >= kFewestRequests;
  const double later = has_ttft ? growth(ttfts.front(), ttfts.back()) : 0;
  if (slower <= kMediumGrowth || later < kTtftGrowth) return std::nullopt;
  Finding finding;
  finding.severity = slower > kHighGrowth ? Severity::kHigh : Severity::kMedium;
  finding.title = fmt::format("Long prompts take {} times as long as short ones", as_ratio(slower));
  if (!model.empty()) finding.evidence.push_back(fmt::format("model {}", model));
  for (std::string& line : lines) finding.evidence.push_back(std::move(line));
  finding.evidence.push_back(
      fmt::format("the longest against the shortest: {} times the duration, {} times the time to "
                  "first token (medians)",
                  as_ratio(slower), as_ratio(later)));
  finding.evidence.push_back(cached_line(store));
  finding.advice.assign(kContextAdvice.begin(), kContextAdvice.end());
  return finding;
}

std::optional<Finding> context_length(const Evidence& evidence) {
  std::vector<std::string> models =
      evidence.store.tag_values(metrics::kLlmRequestDuration, "model");
  models.emplace_back();  // Requests without one.
  std::optional<Finding> worst;
  for (const std::string& model : models) {
    auto finding = context_length_of(evidence, model);
    if (finding && (!worst || finding->severity > worst->severity)) worst = std::move(finding);
  }
  return worst;
}

struct ModelFigures {
  std::string name;
  Trend duration;
  double tokens_per_second = 0;
  double failed = 0;
  double cost = 0;  // Of all its requests; 0 where no price is known.
  double output_tokens = 0;

  double completed() const { return static_cast<double>(duration.values.count()); }
  double p50() const { return duration.quantile(0.5).value; }
  double p95() const { return duration.quantile(0.95).value; }
  double cost_per_1k() const { return output_tokens > 0 ? cost / output_tokens * 1000 : 0; }
};

ModelFigures figures_of(const Store& store, std::string_view task, const std::string& model) {
  const Selector selector = where({{"task", task}, {"model", model}});
  return {.name = model,
          .duration = store.trend(metrics::kLlmRequestDuration, selector),
          .tokens_per_second =
              store.trend(metrics::kLlmOutputTokensPerSecond, selector).quantile(0.5).value,
          .failed = store.rate(metrics::kLlmRequestFailed, selector).share(),
          .cost = store.counter(metrics::kLlmCost, selector),
          .output_tokens = store.counter(metrics::kLlmOutputTokens, selector)};
}

std::string model_line(const ModelFigures& model) {
  std::string text =
      fmt::format("{}: {}, duration p50 {} p95 {}, {} (p50), {} failed", model.name,
                  plural(model.completed(), "completed request"), time_at(model.duration, 50),
                  time_at(model.duration, 95),
                  metrics::format_value(model.tokens_per_second, metrics::Unit::kTokensPerSecond),
                  as_share(model.failed));
  if (model.cost == 0) return text + ", cost unknown";
  return text + fmt::format(", {} per request, {} per 1,000 output tokens",
                            as_usd(model.cost / model.completed()), as_usd(model.cost_per_1k()));
}

// No worse than `other` in anything that was measured of both.
bool no_worse(const ModelFigures& model, const ModelFigures& other) {
  const bool prices_known = model.cost > 0 && other.cost > 0;
  return model.p50() <= kWorse * other.p50() && model.p95() <= kWorse * other.p95() &&
         model.tokens_per_second * kWorse >= other.tokens_per_second &&
         model.failed <= other.failed + 0.01 && prices_known &&
         model.cost_per_1k() <= kWorse * other.cost_per_1k();
}

double advantage_in_time(const ModelFigures& model, const ModelFigures& other) {
  return model.p95() > 0 ? other.p95() / model.p95() : 0;
}

double advantage_in_cost(const ModelFigures& model, const ModelFigures& other) {
  return model.cost_per_1k() > 0 ? other.cost_per_1k() / model.cost_per_1k() : 0;
}

std::optional<Finding> model_choice_for(const Evidence& evidence, const std::string& task) {
  const Store& store = evidence.store;
  std::vector<ModelFigures> models;
  for (const std::string& name :
       store.tag_values(metrics::kLlmRequestDuration, "model", where({{"task", task}}))) {
    models.push_back(figures_of(store, task, name));
    if (models.back().completed() < kFewestRequests) models.pop_back();
  }
  Finding finding;
  double best = 0;
  for (const ModelFigures& model : models) {
    for (const ModelFigures& other : models) {
      if (&model == &other || !no_worse(model, other)) continue;
      const double time = advantage_in_time(model, other);
      const double cost = advantage_in_cost(model, other);
      if (std::max(time, cost) < kBetter || time * cost <= best) continue;
      best = time * cost;
      finding.severity = std::min(time, cost) >= kMuchBetter ? Severity::kHigh : Severity::kMedium;
      finding.title = fmt::format("{} is slower and dearer than {}", other.name, model.name);
      if (time < kBetter)
        finding.title = fmt::format("{} is dearer than {}, and no faster", other.name, model.name);
      if (cost < kBetter)
        finding.title = fmt::format("{} is slower than {}, and no cheaper", other.name, model.name);
    }
  }
  if (best == 0) return std::nullopt;
  if (!task.empty()) finding.evidence.push_back("at the same task, " + task + ":");
  for (const ModelFigures& model : models) finding.evidence.push_back(model_line(model));
  finding.advice.assign(kModelAdvice.begin(), kModelAdvice.end());
  return finding;
}

std::optional<Finding> model_choice(const Evidence& evidence) {
  std::vector<std::string> tasks = evidence.store.tag_values(metrics::kLlmRequestDuration, "task");
  tasks.emplace_back();  // Requests without one.
  std::optional<Finding> worst;
  for (const std::string& task : tasks) {
    auto finding = model_choice_for(evidence, task);
    if (finding && (!worst || finding->severity > worst->severity)) worst = std::move(finding);
  }
  return worst;
}

}  // namespace

std::span<const Rule> prompt_rules() {
  static constexpr std::array kRules = {
      Rule{"context_length", "",
           "requests of one model with the longest class of input (<1k, 1k-10k, >=10k tokens) took "
           "more than 2 times as long as those with the shortest, and their first token came at "
           "least 2 times as late (medians, 20 requests of each class or more)",
           "more than 3 times as long", kContextAdvice, &context_length},
      Rule{"model_choice", "",
           "a model is in nothing better than another at the same task (p50 and p95 of duration, "
           "tokens/s, cost per 1,000 output tokens, within 5%; share of failures, within 1%), and "
           "1.25 times as slow (p95) or as dear; 20 completed requests of each or more, and both "
           "have prices",
           "2 times as slow and 2 times as dear", kModelAdvice, &model_choice}};
  return kRules;
}

}  // namespace analysis
