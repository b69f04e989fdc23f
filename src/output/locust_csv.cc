#include "output/locust_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "metrics/builtin.h"
#include "output/figures.h"

namespace output {
namespace {

constexpr std::array kPercentiles = {50.0, 66.0, 75.0, 80.0,  90.0, 95.0,
                                     98.0, 99.0, 99.9, 99.99, 100.0};
constexpr const char* kPercentileNames = "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%";
constexpr const char* kAggregated = "Aggregated";
constexpr const char* kRowEnd = "\r\n";  // As Python's csv module, and so Locust, has it.

// As Python's csv module does: in quotes only where it has to be.
std::string cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string row(const std::vector<std::string>& cells) { return base::join(cells, ",") + kRowEnd; }

// To three decimals, and no more than it needs.
std::string number(double value) { return fmt::format("{}", std::round(value * 1000) / 1000); }
std::string milliseconds(double seconds) { return number(seconds * 1000); }

using Key = std::pair<std::string, std::string>;  // Name and type.

Key key_of_llm(const metrics::TagSet& tags) {
  const std::string_view task = tags.get("task");
  return {std::string(task.empty() ? tags.get("name") : task), "llm"};
}

Key key_of_http(const metrics::TagSet& tags) {
  return {std::string(tags.get("name")), std::string(tags.get("method"))};
}

metrics::TagSet without_outcome(metrics::TagSet tags) {
  tags.set("outcome", "");
  return tags;
}

// A request to a model is an HTTP request as well, with the same tags: what remains of the HTTP
// requests without them are the plain ones.
class Entries {
 public:
  explicit Entries(const metrics::Store& store) : store_(store) {
    each<metrics::Counter>(metrics::kLlmRequests, [this](const auto& tags, const auto& requests) {
      llm_tags_.insert(without_outcome(tags));
      entry(key_of_llm(tags)).requests += count(requests.sum);
      llm_requests_[tags] = requests.sum;
    });
    each<metrics::Counter>(metrics::kHttpReqs, [this](const auto& tags, const auto& requests) {
      const auto of_llm = llm_requests_.find(tags);
      const double plain = requests.sum - (of_llm == llm_requests_.end() ? 0 : of_llm->second);
      if (plain > 0) entry(key_of_http(tags)).requests += count(plain);
    });
    each<metrics::Rate>(metrics::kLlmRequestFailed, [this](const auto& tags, const auto& failed) {
      entry(key_of_llm(tags)).failures += failed.trues;
    });
    each<metrics::Trend>(metrics::kLlmRequestDuration, [this](const auto& tags, const auto& times) {
      entry(key_of_llm(tags)).times.merge(times);
    });
    each<metrics::Rate>(metrics::kHttpReqFailed, [this](const auto& tags, const auto& failed) {
      if (!is_llm(tags)) entry(key_of_http(tags)).failures += failed.trues;
    });
    each<metrics::Trend>(metrics::kHttpReqDuration, [this](const auto& tags, const auto& times) {
      if (!is_llm(tags)) entry(key_of_http(tags)).times.merge(times);
    });
    each<metrics::Counter>(metrics::kDataReceived, [this](const auto& tags, const auto& bytes) {
      entry(is_llm(tags) ? key_of_llm(tags) : key_of_http(tags)).bytes += bytes.sum;
    });
  }

  std::vector<LocustEntry> take() {
    std::vector<LocustEntry> all;
    LocustEntry aggregated;
    aggregated.name = kAggregated;
    for (auto& [key, entry] : entries_) {
      aggregated.requests += entry.requests;
      aggregated.failures += entry.failures;
      aggregated.times.merge(entry.times);
      aggregated.bytes += entry.bytes;
      std::tie(entry.name, entry.type) = key;
      all.push_back(std::move(entry));
    }
    all.push_back(std::move(aggregated));
    return all;
  }

 private:
  static std::uint64_t count(double sum) { return static_cast<std::uint64_t>(std::llround(sum)); }

  template <typename Values, typename Visit>
  void each(metrics::MetricId metric, Visit visit) {
    store_.for_each_of(metric, [&](const metrics::TagSet& tags, const metrics::Series& series) {
      visit(tags, std::get<Values>(series));
    });
  }

  bool is_llm(const metrics::TagSet& tags) const { return llm_tags_.contains(tags); }
  LocustEntry& entry(const Key& key) { return entries_[key]; }

  const metrics::Store& store_;
  std::set<metrics::TagSet> llm_tags_;
  std::map<metrics::TagSet, double> llm_requests_;
  std::map<Key, LocustEntry> entries_;
};

// Median, average, least and most response time, average content size.
void add_averages(const LocustEntry& entry, std::vector<std::string>& cells) {
  const metrics::Trend& times = entry.times;
  cells.push_back(milliseconds(times.quantile(0.5).value));
  cells.push_back(milliseconds(times.mean().value));
  cells.push_back(milliseconds(times.min().value));
  cells.push_back(milliseconds(times.max().value));
  const auto requests = static_cast<double>(entry.requests);
  cells.push_back(number(entry.requests == 0 ? 0 : entry.bytes / requests));
}

void add_percentiles(const metrics::Trend& times, std::vector<std::string>& cells) {
  for (const double percentile : kPercentiles) {
    if (times.count() == 0) {
      cells.emplace_back("N/A");
    } else if (percentile == 100.0) {
      cells.push_back(milliseconds(times.max().value));  // Exact, as no quantile is.
    } else {
      cells.push_back(milliseconds(times.quantile(percentile / 100).value));
    }
  }
}

void add_rates(const LocustEntry& entry, base::Duration span, std::vector<std::string>& cells) {
  cells.push_back(number(per_second(static_cast<double>(entry.requests), span)));
  cells.push_back(number(per_second(static_cast<double>(entry.failures), span)));
}

// The same among the recent ones; an empty one where there was none lately.
LocustEntry find(const std::vector<LocustEntry>& entries, const LocustEntry& like) {
  if (like.type.empty() && like.name == kAggregated) return entries.back();
  const auto end = entries.end() - 1;  // The rest is sorted.
  const auto found = std::lower_bound(entries.begin(), end, like, [](const auto& a, const auto& b) {
    return std::tie(a.name, a.type) < std::tie(b.name, b.type);
  });
  const bool same = found != end && found->type == like.type && found->name == like.name;
  return same ? *found : LocustEntry{};
}

}  // namespace

std::vector<LocustEntry> locust_entries(const metrics::Store& store) {
  return Entries(store).take();
}

std::string locust_stats_header() {
  return fmt::format(
      "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min "
      "Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,{}{}",
      kPercentileNames, kRowEnd);
}

std::string locust_history_header() {
  return fmt::format(
      "Timestamp,User Count,Type,Name,Requests/s,Failures/s,{},Total Request Count,Total Failure "
      "Count,Total Median Response Time,Total Average Response Time,Total Min Response Time,Total "
      "Max Response Time,Total Average Content Size{}",
      kPercentileNames, kRowEnd);
}

std::string locust_failures_header() {
  return fmt::format("Method,Name,Error,Occurrences{}", kRowEnd);
}

std::string locust_exceptions_header() {
  return fmt::format("Count,Message,Traceback,Nodes{}", kRowEnd);
}

std::string locust_stats(const metrics::Store& store, base::Duration span) {
  std::string rows;
  for (const LocustEntry& entry : locust_entries(store)) {
    std::vector<std::string> cells = {cell(entry.type), cell(entry.name),
                                      std::to_string(entry.requests),
                                      std::to_string(entry.failures)};
    add_averages(entry, cells);
    add_rates(entry, span, cells);
    add_percentiles(entry.times, cells);
    rows += row(cells);
  }
  return rows;
}

std::string locust_history(const metrics::Store& store, const metrics::Store& recent,
                           const LocustMoment& moment, bool full) {
  const std::vector<LocustEntry> entries = locust_entries(store);
  const std::vector<LocustEntry> recent_entries = locust_entries(recent);
  std::string rows;
  for (const LocustEntry& entry : entries) {
    if (!full && &entry != &entries.back()) continue;
    const LocustEntry lately = find(recent_entries, entry);
    std::vector<std::string> cells = {std::to_string(moment.unix_s), std::to_string(moment.users),
                                      cell(entry.type), cell(entry.name)};
    add_rates(lately, moment.recent_span, cells);
    add_percentiles(full ? lately.times : entry.times, cells);
    cells.push_back(std::to_string(entry.requests));
    cells.push_back(std::to_string(entry.failures));
    add_averages(entry, cells);
    rows += row(cells);
  }
  return rows;
}

std::string locust_failures(const metrics::Store& store) {
  std::map<std::tuple<std::string, std::string, std::string>, double> failures;
  std::map<metrics::TagSet, double> of_llm;
  const auto note = [&](const Key& key, const metrics::TagSet& tags, double number) {
    failures[{key.first, key.second, std::string(tags.get("error"))}] += number;
  };
  store.for_each_of(metrics::kLlmRequests, [&](const auto& tags, const auto& series) {
    if (tags.get("outcome") != "failed") return;
    const double number = std::get<metrics::Counter>(series).sum;
    note(key_of_llm(tags), tags, number);
    of_llm[tags] = number;
  });
  store.for_each_of(metrics::kHttpReqs, [&](const auto& tags, const auto& series) {
    if (tags.get("outcome") != "failed") return;
    const auto llm = of_llm.find(tags);
    const double plain =
        std::get<metrics::Counter>(series).sum - (llm == of_llm.end() ? 0 : llm->second);
    if (plain > 0) note(key_of_http(tags), tags, plain);
  });
  std::string rows;
  for (const auto& [what, number] : failures) {
    const auto& [name, type, error] = what;
    rows += row({cell(type), cell(name), cell(error), fmt::format("{:.0f}", number)});
  }
  return rows;
}

std::string locust_exceptions(std::span<const ScriptError> errors,
                              std::span<const HookError> hook_errors) {
  std::string rows;
  const auto add = [&rows](std::uint64_t times, std::string_view text) {
    const std::string_view message = text.substr(0, text.find('\n'));
    rows += row({std::to_string(times), cell(message), cell(text), "local"});
  };
  for (const ScriptError& error : errors) add(error.count, error.text);
  for (const HookError& error : hook_errors) add(1, error.text);
  return rows;
}

}  // namespace output
