// Charts as the page has them: a figure each, and one block of JSON.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "output/html.h"
#include "output/report_chart.h"

namespace output {
namespace {

using Json = nlohmann::ordered_json;

// Five digits are more than a chart shows, and a third of the bytes.
Json number(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == std::round(value) && std::abs(value) < 1e9) return static_cast<std::int64_t>(value);
  return std::stod(fmt::format("{:.5g}", value));
}

Json numbers(const std::vector<double>& values) {
  Json json = Json::array();
  for (const double value : values) json.push_back(number(value));
  return json;
}

Json marks(const std::vector<ChartMark>& all) {
  Json json = Json::array();
  for (const ChartMark& mark : all) json.push_back({{"label", mark.label}, {"value", mark.value}});
  return json;
}

Json series_to_json(const ChartSeries& series) {
  Json json = {{"label", series.label}, {"values", numbers(series.values)}};
  if (series.signs.empty()) return json;
  json["signs"] = Json::object();
  for (const auto& [index, sign] : series.signs) json["signs"][std::to_string(index)] = sign;
  return json;
}

const char* kind_name(Chart::Kind kind) {
  switch (kind) {
    case Chart::Kind::kTime:
      return "time";
    case Chart::Kind::kPercentiles:
      return "percentiles";
    case Chart::Kind::kBars:
      return "bars";
    case Chart::Kind::kLoads:
      return "loads";
  }
  return "";
}

Json to_json(const Chart& chart) {
  Json json = {{"id", chart.id},
               {"title", chart.title},
               {"kind", kind_name(chart.kind)},
               {"unit", chart.unit},
               {"stacked", chart.stacked},
               {"log", chart.logarithmic},
               {"highest", number(chart.highest)}};
  json["series"] = Json::array();
  for (const ChartSeries& series : chart.series) json["series"].push_back(series_to_json(series));
  switch (chart.kind) {
    case Chart::Kind::kTime:
      json["edges"] = {{"from", numbers(chart.begins)}, {"to", numbers(chart.ends)}};
      json["at_ends"] = chart.at_ends;
      json["limits"] = marks(chart.limits);
      break;
    case Chart::Kind::kPercentiles:
      json["shares"] = chart.shares;
      break;
    case Chart::Kind::kBars:
      json["first"] = chart.first;
      json["per_octave"] = chart.per_octave;
      json["bar_unit"] = chart.bar_unit;
      json["marks"] = marks(chart.marks);
      break;
    case Chart::Kind::kLoads:
      json["loads"] = numbers(chart.loads);
      json["outcomes"] = chart.outcomes;
      json["load_name"] = chart.load_name;
      json["load_unit"] = chart.load_unit;
      json["limits"] = marks(chart.limits);
      json["marks"] = marks(chart.marks);
      break;
  }
  return json;
}

// What several causes say of the same second is one range.
std::vector<metrics::Span> doubtful_spans(const RunResult& result) {
  std::vector<metrics::Span> spans;
  for (const metrics::ClientFinding& finding : result.client_findings) {
    spans.insert(spans.end(), finding.spans.begin(), finding.spans.end());
  }
  std::sort(spans.begin(), spans.end(),
            [](const metrics::Span& a, const metrics::Span& b) { return a.begin < b.begin; });
  std::vector<metrics::Span> merged;
  for (const metrics::Span& span : spans) {
    if (merged.empty() || span.begin > merged.back().end) {
      merged.push_back(span);
    } else {
      merged.back().end = std::max(merged.back().end, span.end);
    }
  }
  return merged;
}

Json ranges_to_json(const RunResult& result) {
  Json json = Json::array();
  const auto add = [&json](const metrics::Span& span, bool apart) {
    json.push_back({{"begin", base::to_seconds(span.begin)},
                    {"end", base::to_seconds(span.end)},
                    {"apart", apart}});
  };
  if (result.warmup > base::Duration::zero()) add({{}, result.warmup}, true);
  for (const metrics::Span& span : doubtful_spans(result)) add(span, false);
  return json;
}

std::string data_block(const std::vector<Chart>& charts, Json ranges) {
  Json json = {{"ranges", std::move(ranges)}, {"charts", Json::array()}};
  for (const Chart& chart : charts) json["charts"].push_back(to_json(chart));
  // In ASCII, so without U+2028; and without what could end the element or begin a comment in it.
  const std::string text = json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  std::string safe;
  for (const char c : text) {
    if (c == '<' || c == '>' || c == '&') {
      safe += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      safe += c;
    }
  }
  return safe;
}

}  // namespace

std::string chart_data(const std::vector<Chart>& charts, const RunResult& result) {
  return data_block(charts, ranges_to_json(result));
}

std::string chart_data(const std::vector<Chart>& charts) {
  return data_block(charts, Json::array());
}

std::string html_figures(const std::vector<Chart>& charts) {
  if (charts.empty()) return "";
  std::string text = "<div class=\"figures\">\n";
  for (const Chart& chart : charts) {
    text += fmt::format(
        "<figure id=\"{0}\" aria-labelledby=\"{0}-title\"><h3 id=\"{0}-title\">{1}</h3>"
        "<figcaption id=\"{0}-caption\">{2}</figcaption></figure>\n",
        chart.id, html_text(chart.title), html_text(chart.caption));
  }
  return text + "</div>\n";
}

}  // namespace output
