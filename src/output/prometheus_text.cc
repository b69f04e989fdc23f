#include "output/prometheus_text.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace output {
namespace {

constexpr std::size_t kMostValues = 100;

// A bound of a histogram: 2^(halves / 2), which is the upper bound of all buckets below 64 ×
// halves.
struct Bound {
  int below;         // The first bucket that lies above it.
  std::string text;  // The label's value.
};

std::vector<Bound> make_bounds(int first, int last, int step) {
  std::vector<Bound> bounds;
  for (int halves = first; halves <= last; halves += step) {
    const int below = halves * (1 << (metrics::Histogram::kScale - 1));
    bounds.push_back({below, fmt::format("{}", metrics::Histogram::lower_bound(below))});
  }
  return bounds;
}

std::vector<Bound> time_bounds() {
  std::vector<Bound> bounds = make_bounds(-28, -22, 2);  // 61 µs to 488 µs
  std::vector<Bound> finer = make_bounds(-20, 20, 1);    // 977 µs to 1,024 s
  bounds.insert(bounds.end(), std::make_move_iterator(finer.begin()),
                std::make_move_iterator(finer.end()));
  return bounds;
}

const std::vector<Bound>& bounds_of(metrics::Unit unit) {
  static const std::vector<Bound> time = time_bounds();
  static const std::vector<Bound> share = make_bounds(-20, 0, 2);
  static const std::vector<Bound> bytes = make_bounds(8, 64, 4);  // 16 B to 4 GB
  static const std::vector<Bound> usd = make_bounds(-40, 20, 4);
  static const std::vector<Bound> counts = make_bounds(0, 40, 2);  // 1 to a million
  switch (unit) {
    case metrics::Unit::kTime:
      return time;
    case metrics::Unit::kShare:
      return share;
    case metrics::Unit::kBytes:
      return bytes;
    case metrics::Unit::kUsd:
      return usd;
    case metrics::Unit::kNone:
    case metrics::Unit::kTokens:
    case metrics::Unit::kTokensPerSecond:
    case metrics::Unit::kEvents:
      break;
  }
  return counts;
}

std::string_view unit_suffix(metrics::Unit unit) {
  switch (unit) {
    case metrics::Unit::kTime:
      return "_seconds";
    case metrics::Unit::kBytes:
      return "_bytes";
    case metrics::Unit::kUsd:
      return "_usd";
    case metrics::Unit::kShare:
      return "_ratio";
    case metrics::Unit::kNone:
    case metrics::Unit::kTokens:
    case metrics::Unit::kTokensPerSecond:
    case metrics::Unit::kEvents:
      break;  // Their names say it.
  }
  return "";
}

std::string base_name(const metrics::Metric& metric) {
  std::string name = "perigee_" + metric.name;
  // A rate is written as two counts.
  if (metric.type == metrics::Type::kRate) return name;
  const std::string_view suffix = unit_suffix(metric.unit);
  if (!name.ends_with(suffix)) name += suffix;
  return name;
}

std::string escaped(std::string_view text, bool quotes) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\\\";
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '"' && quotes) {
      result += "\\\"";
    } else {
      result += c;
    }
  }
  return result;
}

// [a-zA-Z_][a-zA-Z0-9_]*; `le` and what begins with two underscores is Prometheus' own.
std::string label_name(std::string_view key) {
  std::string name;
  for (const char c : key) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool digit = c >= '0' && c <= '9';
    if (name.empty() && digit) name += '_';
    name += letter || digit ? c : '_';
  }
  if (name == "le" || name.starts_with("__")) name.insert(0, "tag_");
  return name;
}

// The keys of tags with too many values to be labels.
std::set<std::string, std::less<>> crowded_keys(const metrics::Store& store) {
  std::unordered_map<std::string_view, std::unordered_set<std::string_view>> values;
  for (metrics::MetricId id = 0; id < store.registry().size(); ++id) {
    store.for_each_of(id, [&values](const metrics::TagSet& tags, const metrics::Series&) {
      for (const auto& [key, value] : tags.tags()) {
        auto& of_key = values[key];
        if (of_key.size() <= kMostValues) of_key.insert(value);
      }
    });
  }
  std::set<std::string, std::less<>> crowded;
  for (const auto& [key, of_key] : values) {
    if (of_key.size() > kMostValues) crowded.emplace(key);
  }
  return crowded;
}

class Writer {
 public:
  explicit Writer(std::set<std::string, std::less<>> crowded) : crowded_(std::move(crowded)) {}

  void add_family(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name,
                   escaped(help, false), name, type);
  }

  // `labels` without braces; "" for none.
  void add_sample(std::string_view name, std::string_view labels, double value) {
    text_ += name;
    if (!labels.empty()) fmt::format_to(std::back_inserter(text_), "{{{}}}", labels);
    fmt::format_to(std::back_inserter(text_), " {}\n", value);
  }

  void add_metric(const metrics::Store& store, metrics::MetricId id) {
    const metrics::Metric& metric = store.registry().at(id);
    std::map<std::string, metrics::Series> series;  // By labels.
    store.for_each_of(id, [&](const metrics::TagSet& tags, const metrics::Series& one) {
      if (!metrics::has_samples(one)) return;
      const auto [place, is_new] = series.try_emplace(labels_of(tags), one);
      if (!is_new) metrics::merge(place->second, one);
    });
    if (series.empty()) return;
    const std::string name = unused(base_name(metric));
    switch (metric.type) {
      case metrics::Type::kCounter:
        return add_counters(name + "_total", metric, series);
      case metrics::Type::kGauge:
        return add_gauges(name, metric, series);
      case metrics::Type::kRate:
        return add_rates(name, metric, series);
      case metrics::Type::kTrend:
        return add_trends(name, metric, series);
    }
  }

  std::string take_text() { return std::move(text_); }

 private:
  using SeriesByLabels = std::map<std::string, metrics::Series>;

  std::string labels_of(const metrics::TagSet& tags) const {
    std::map<std::string, std::string_view> labels;
    for (const auto& [key, value] : tags.tags()) {
      if (crowded_.contains(key)) continue;
      std::string name = label_name(key);
      while (labels.contains(name)) name += '_';
      labels.emplace(std::move(name), value);
    }
    std::string text;
    for (const auto& [name, value] : labels) {
      if (!text.empty()) text += ',';
      text += name + "=\"" + escaped(value, true) + '"';
    }
    return text;
  }

  // A script's metric may come out with the name of another one.
  std::string unused(std::string name) {
    while (!names_.insert(name).second) name += '_';
    return name;
  }

  void add_counters(const std::string& name, const metrics::Metric& metric,
                    const SeriesByLabels& series) {
    add_family(name, "counter", help_of(metric));
    for (const auto& [labels, one] : series) {
      add_sample(name, labels, std::get<metrics::Counter>(one).sum);
    }
  }

  void add_gauges(const std::string& name, const metrics::Metric& metric,
                  const SeriesByLabels& series) {
    add_family(name, "gauge", help_of(metric));
    for (const auto& [labels, one] : series) {
      add_sample(name, labels, std::get<metrics::Gauge>(one).last);
    }
  }

  void add_rates(const std::string& name, const metrics::Metric& metric,
                 const SeriesByLabels& series) {
    const std::string of = metric.of.empty() ? "" : fmt::format(" Of {}.", metric.of);
    add_family(name + "_true_total", "counter",
               help_of(metric) + of + " Those for which it holds.");
    for (const auto& [labels, one] : series) {
      add_sample(name + "_true_total", labels,
                 static_cast<double>(std::get<metrics::Rate>(one).trues));
    }
    add_family(name + "_of_total", "counter", help_of(metric) + of + " All of them.");
    for (const auto& [labels, one] : series) {
      add_sample(name + "_of_total", labels,
                 static_cast<double>(std::get<metrics::Rate>(one).total));
    }
  }

  void add_trends(const std::string& name, const metrics::Metric& metric,
                  const SeriesByLabels& series) {
    add_family(name, "histogram", help_of(metric));
    for (const auto& [labels, one] : series) {
      add_histogram(name, labels, std::get<metrics::Trend>(one), bounds_of(metric.unit));
    }
  }

  void add_histogram(const std::string& name, const std::string& labels,
                     const metrics::Trend& trend, const std::vector<Bound>& bounds) {
    std::vector<std::uint64_t> counts(bounds.size() + 1);
    counts[0] = trend.values.zero_count();
    std::size_t at = 0;
    trend.values.for_each_bucket([&](int index, std::uint64_t count) {
      while (at < bounds.size() && index >= bounds[at].below) ++at;
      counts[at] += count;
    });
    const char* comma = labels.empty() ? "" : ",";
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      so_far += counts[i];
      fmt::format_to(std::back_inserter(text_), "{}_bucket{{{}{}le=\"{}\"}} {}\n", name, labels,
                     comma, bounds[i].text, so_far);
    }
    fmt::format_to(std::back_inserter(text_), "{}_bucket{{{}{}le=\"+Inf\"}} {}\n", name, labels,
                   comma, trend.count());
    add_sample(name + "_sum", labels, trend.sum().value);
    add_sample(name + "_count", labels, static_cast<double>(trend.count()));
  }

  static std::string help_of(const metrics::Metric& metric) {
    return metric.meaning.empty() ? "Declared by the script." : metric.meaning;
  }

  std::set<std::string, std::less<>> crowded_;
  std::set<std::string> names_;
  std::string text_;
};

}  // namespace

std::string prometheus_text(const metrics::Store* store, const PrometheusRun& run) {
  Writer writer(store != nullptr ? crowded_keys(*store) : std::set<std::string, std::less<>>{});
  writer.add_family("perigee_run_info", "gauge", "Always 1; what runs stands in the labels.");
  writer.add_sample("perigee_run_info",
                    fmt::format("script=\"{}\",version=\"{}\"", escaped(run.script, true),
                                escaped(run.version, true)),
                    1);
  writer.add_family("perigee_run_elapsed_seconds", "gauge", "Time since the load began.");
  writer.add_sample("perigee_run_elapsed_seconds", "", base::to_seconds(run.elapsed));
  if (store != nullptr) {
    for (metrics::MetricId id = 0; id < store->registry().size(); ++id) {
      writer.add_metric(*store, id);
    }
  }
  return writer.take_text();
}

}  // namespace output
