// Result files with figures that a test chooses.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "analysis/comparison.h"
#include "metrics/histogram.h"

namespace tests {

inline nlohmann::json histogram_json(const metrics::Histogram& histogram) {
  nlohmann::json deltas = nlohmann::json::array();
  nlohmann::json counts = nlohmann::json::array();
  int before = 0;
  histogram.for_each_bucket([&](int index, std::uint64_t count) {
    deltas.push_back(index - before);
    counts.push_back(count);
    before = index;
  });
  return {{"count", histogram.count()},
          {"sum", histogram.sum()},
          {"min", histogram.min()},
          {"max", histogram.max()},
          {"stddev", histogram.stddev()},
          {"zeros", histogram.zero_count()},
          {"out_of_range", 0},
          {"scale", 7},
          {"index_deltas", deltas},
          {"counts", counts}};
}

// One run: what it measured, interval by interval where there is a course.
class FiguresRun {
 public:
  nlohmann::json document = {
      {"schema", "perigee-result"},
      {"schema_version", 2},
      {"perigee", {{"version", "0.1.0"}}},
      {"run",
       {{"script", "chat.lua"},
        {"started_at", "2026-01-01T00:00:00Z"},
        {"end", "finished"},
        {"elapsed_s", 100.0},
        {"warmup_s", 0.0},
        {"judged_s", 100.0}}},
      {"options", {{"scenarios", {{"default", {{"vus", 4}}}}}, {"warmup_s", 0.0}}},
      {"host", {{"cpus", 2}, {"stamps", "kernel"}}},
      {"tags_overflowed", 0},
      {"metrics", nlohmann::json::array()},
      {"apart", nlohmann::json::array()},
      {"intervals",
       {{"elapsed_s", nlohmann::json::array()},
        {"trends", nlohmann::json::array()},
        {"rates", nlohmann::json::array()}}}};

  void add_trend(const std::string& name, const metrics::Histogram& values,
                 const metrics::Histogram& lower_bounds = {}) {
    add(name, "trend", "s",
        {{"values", histogram_json(values)}, {"lower_bounds", histogram_json(lower_bounds)}});
  }
  // As many values as a p(99) wants, all alike.
  void add_time(const std::string& name, double seconds) {
    metrics::Histogram values;
    values.record(seconds, 1000);
    add_trend(name, values);
  }
  void add_rate(const std::string& name, std::uint64_t trues, std::uint64_t total) {
    add(name, "rate", "share", {{"trues", trues}, {"total", total}});
  }
  void add_counter(const std::string& name, double sum, const std::string& unit = "") {
    add(name, "counter", unit, {{"sum", sum}});
  }

  // A trend with its course: one histogram a second.
  void add_course(const std::string& name, const std::vector<metrics::Histogram>& seconds) {
    metrics::Histogram all;
    nlohmann::json written = nlohmann::json::array();
    nlohmann::json ends = nlohmann::json::array();
    for (const metrics::Histogram& one : seconds) {
      all.merge(one);
      written.push_back(one.empty() ? nlohmann::json() : histogram_json(one));
      ends.push_back(static_cast<double>(written.size()));
    }
    document["intervals"]["elapsed_s"] = ends;
    document["intervals"]["trends"].push_back({{"metric", name},
                                               {"selector", ""},
                                               {"histograms", written},
                                               {"lower_bounds", nlohmann::json::array()}});
    add_trend(name, all);
  }

  analysis::ComparedRun read(const std::string& path) const {
    auto run = analysis::read_result(document.dump(), path);
    if (!run) throw std::runtime_error(run.error().message);
    return {path, std::move(*run)};
  }

 private:
  void add(const std::string& name, const char* type, const std::string& unit,
           nlohmann::json series) {
    series["tags"] = nlohmann::json::object();
    document["metrics"].push_back({{"name", name},
                                   {"type", type},
                                   {"unit", unit},
                                   {"of", ""},
                                   {"series", nlohmann::json::array({std::move(series)})}});
  }
};

inline std::vector<analysis::ComparedRun> read_all(const std::vector<FiguresRun>& runs,
                                                   const std::string& name) {
  std::vector<analysis::ComparedRun> read;
  for (const FiguresRun& run : runs) {
    read.push_back(run.read(name + std::to_string(read.size() + 1) + ".json"));
  }
  return read;
}

inline const analysis::ComparedIndicator& figure_of(const analysis::Comparison& comparison,
                                                    const std::string& label) {
  for (const auto& one : comparison.figures) {
    if (one.figure.label() == label) return one;
  }
  throw std::runtime_error("no figure " + label);
}

}  // namespace tests
