#include "output/html_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>
#include <vector>

#include "analysis/rules.h"
#include "base/duration.h"
#include "base/text.h"
#include "metrics/builtin.h"
#include "metrics/threshold.h"
#include "output/evidence.h"
#include "output/html.h"
#include "output/html_overview.h"
#include "output/html_sections.h"
#include "output/report_chart.h"
#include "output/report_page.h"
#include "output/text_file.h"
#include "output/verdict.h"

namespace output {
namespace {

using Section = ReportSection;

std::string legend_in_words(const Legend& legend, bool has_errors) {
  std::string text;
  if (legend.few_samples) {
    text += fmt::format(
        "<p class=\"note\">~ fewer samples than the percentile wants (p50 {}, p90 {}, p95 {}, p99 "
        "{}): it may well be higher.</p>\n",
        metrics::samples_wanted(50), metrics::samples_wanted(90), metrics::samples_wanted(95),
        metrics::samples_wanted(99));
  }
  if (legend.lower_bound) {
    text +=
        "<p class=\"note\">≥ at least this: requests that timed out or were unfinished can only "
        "raise it.</p>\n";
  }
  if (has_errors) {
    text +=
        "<p class=\"note\">± by how much perigee’s own delays may have got it wrong; where that "
        "could change a verdict, none is given.</p>\n";
  }
  return text;
}

// What the shades mean, where there are any.
std::string chart_key(const RunResult& result) {
  std::string items;
  if (!result.client_findings.empty()) {
    items +=
        "<li><i class=\"doubtful\"></i>perigee was held up: figures of that time are doubtful</li>";
  }
  if (result.warmup > base::Duration::zero()) {
    items += "<li><i class=\"apart\"></i>warm-up: not in the run’s figures</li>";
  }
  return items.empty() ? "" : "<ul class=\"key\">" + items + "</ul>\n";
}

std::string html_charts(const Charts& charts) {
  std::string text;
  for (const std::string& sentence : charts.missing) {
    text += "<p class=\"note\">" + html_text(sentence) + "</p>\n";
  }
  return text + html_figures(charts.charts);
}

// In the order of the page; those without a body are left out of it.
std::vector<Section> sections_of(const RunResult& result, std::vector<Chart>& charts) {
  Legend legend;
  std::vector<analysis::Finding> findings;
  if (result.store != nullptr) findings = analysis::diagnose(evidence_of(result));
  std::vector<Section> sections = {
      {"overview", "Overview", html_overview(result, findings, legend)}};
  if (result.store != nullptr) {
    Charts course = charts_over_time(result);
    Charts distributions = distribution_charts(result);
    sections.push_back({"findings", "Findings", html_findings(findings, legend)});
    sections.push_back({"thresholds", "Thresholds", html_thresholds(result, legend)});
    sections.push_back({"time", "Over time", chart_key(result) + html_charts(course)});
    sections.push_back(
        {"latency", "Latency", html_charts(distributions) + html_latency(result, legend)});
    sections.push_back({"requests", "Requests", html_requests(result, legend)});
    sections.push_back({"http", "HTTP", html_http(result, legend)});
    sections.push_back({"script", "Script", html_script(result, legend)});
    sections.push_back({"client", "Load generator", html_client(result, legend)});
    const bool has_errors = std::any_of(sections.begin(), sections.end(), [](const auto& each) {
      return each.body.find("±") != std::string::npos;
    });
    sections[0].body += legend_in_words(legend, has_errors);  // Of the signs that all of them used.
    std::move(course.charts.begin(), course.charts.end(), std::back_inserter(charts));
    std::move(distributions.charts.begin(), distributions.charts.end(), std::back_inserter(charts));
  }
  sections.push_back({"definitions", "As other tools", html_definitions(result)});
  sections.push_back({"errors", "Errors and warnings", html_errors(result)});
  sections.push_back({"run", "The run", html_run(result)});
  std::erase_if(sections, [](const Section& section) { return section.body.empty(); });
  return sections;
}

// The most used first, and how many there are beside.
std::vector<std::string> models_of(const metrics::Store& store) {
  constexpr std::size_t kMost = 3;
  std::vector<std::pair<double, std::string>> used;
  for (const auto& [model, series] : store.grouped(metrics::kLlmRequests, "model")) {
    if (!model.empty()) used.emplace_back(-std::get<metrics::Counter>(series).sum, model);
  }
  std::sort(used.begin(), used.end());
  std::vector<std::string> models;
  for (const auto& [count, model] : used) {
    if (models.size() < kMost) models.push_back(model);
  }
  if (used.size() > kMost) models.push_back(fmt::format("{} more models", used.size() - kMost));
  return models;
}

std::string when(const RunResult& result) {
  std::string text =
      moment_in_words(result.started_at) + " · took " + base::format_duration(result.elapsed);
  if (result.store == nullptr) return text;
  const metrics::Gauge vus = result.store->gauge(metrics::kVusMax);
  if (vus.count > 0) text += " · up to " + plural(vus.max, "user");
  const std::vector<std::string> models = models_of(*result.store);
  return models.empty() ? text : text + " · " + base::join(models, ", ");
}

}  // namespace

std::string html_report(const RunResult& result) {
  std::vector<Chart> charts;
  std::vector<Section> sections = sections_of(result, charts);
  const std::string name = std::filesystem::path(result.script).filename().string();
  return html_page({.kind = "load test report",
                    .title = fmt::format("{}: {} – perigee", headline(result).label, name),
                    .script = name,
                    .when = when(result),
                    .version = result.version,
                    .sections = std::move(sections),
                    .data = chart_data(charts, result)});
}

base::Result<void> write_html_report(const RunResult& result, const std::string& path) {
  if (auto written = write_file(html_report(result), path); !written) {
    return base::fail("cannot write the report \"{}\": {}", path, written.error().message);
  }
  return {};
}

}  // namespace output
