#include "output/html_report.h"

#include <fmt/format.h>

#include <filesystem>
#include <iterator>
#include <vector>

#include "base/duration.h"
#include "metrics/builtin.h"
#include "metrics/threshold.h"
#include "output/html.h"
#include "output/html_overview.h"
#include "output/html_sections.h"
#include "output/report_chart.h"
#include "output/report_files.h"
#include "output/text_file.h"
#include "output/verdict.h"

namespace output {
namespace {

struct Section {
  const char* id;
  const char* title;
  std::string body;
};

std::string legend_in_words(const Legend& legend) {
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
  std::vector<Section> sections = {{"overview", "Overview", html_overview(result, legend)}};
  if (result.store != nullptr) {
    Charts course = charts_over_time(result);
    Charts distributions = distribution_charts(result);
    sections.push_back({"findings", "Findings", html_findings(result, legend)});
    sections.push_back({"thresholds", "Thresholds", html_thresholds(result, legend)});
    sections.push_back({"time", "Over time", chart_key(result) + html_charts(course)});
    sections.push_back(
        {"latency", "Latency", html_charts(distributions) + html_latency(result, legend)});
    sections.push_back({"requests", "Requests", html_requests(result, legend)});
    sections.push_back({"http", "HTTP", html_http(result, legend)});
    sections.push_back({"script", "Script", html_script(result, legend)});
    sections.push_back({"client", "Load generator", html_client(result, legend)});
    sections[0].body += legend_in_words(legend);  // Of the signs that all of them used.
    std::move(course.charts.begin(), course.charts.end(), std::back_inserter(charts));
    std::move(distributions.charts.begin(), distributions.charts.end(), std::back_inserter(charts));
  }
  sections.push_back({"definitions", "As other tools", html_definitions(result)});
  sections.push_back({"errors", "Errors and warnings", html_errors(result)});
  sections.push_back({"run", "The run", html_run(result)});
  std::erase_if(sections, [](const Section& section) { return section.body.empty(); });
  return sections;
}

std::string navigation(const std::vector<Section>& sections) {
  std::string text;
  for (const Section& section : sections) {
    text += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", section.id, section.title);
  }
  return text;
}

std::string html_section(const Section& section) {
  // The verdict is the overview's heading.
  const bool has_heading = std::string_view(section.id) != "overview";
  const std::string heading =
      has_heading ? fmt::format("<h2 id=\"{}-title\">{}</h2>\n", section.id, section.title) : "";
  const std::string label = has_heading ? fmt::format("aria-labelledby=\"{}-title\"", section.id)
                                        : fmt::format("aria-label=\"{}\"", section.title);
  return fmt::format("<section id=\"{}\" {}>\n{}{}</section>\n", section.id, label, heading,
                     section.body);
}

std::string when(const RunResult& result) {
  std::string text = result.started_at;
  if (const auto t = text.find('T'); t != std::string::npos) text[t] = ' ';
  if (text.ends_with('Z')) text.replace(text.size() - 1, 1, " UTC");
  text += " · " + base::format_duration(result.elapsed);
  if (result.store == nullptr) return text;
  const metrics::Gauge vus = result.store->gauge(metrics::kVusMax);
  if (vus.count > 0) text += " · " + plural(vus.max, "user");
  return text;
}

}  // namespace

std::string html_report(const RunResult& result) {
  std::vector<Chart> charts;
  const std::vector<Section> sections = sections_of(result, charts);
  std::string body;
  for (const Section& section : sections) body += html_section(section);
  const std::string name = std::filesystem::path(result.script).filename().string();
  return fill_slots(
      report_page(),
      {{"title", html_text(fmt::format("{}: {} – perigee", headline(result).label, name))},
       {"style", std::string(report_style())},
       {"script", html_text(name)},
       {"when", html_text(when(result))},
       {"nav", navigation(sections)},
       {"sections", std::move(body)},
       {"footer", html_text("Written by perigee " + result.version +
                            ". Every figure is defined in its docs/metrics.md.")},
       {"data", chart_data(charts, result)},
       {"chart_js", std::string(report_chart_js())},
       {"format_js", std::string(report_format())},
       {"charts_js", std::string(report_charts())},
       {"page_js", std::string(report_script())}});
}

base::Result<void> write_html_report(const RunResult& result, const std::string& path) {
  if (auto written = write_file(html_report(result), path); !written) {
    return base::fail("cannot write the report \"{}\": {}", path, written.error().message);
  }
  return {};
}

}  // namespace output
