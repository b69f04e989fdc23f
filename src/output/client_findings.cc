#include "output/client_findings.h"

#include <fmt/format.h>

#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include "metrics/builtin.h"
#include "metrics/threshold.h"

namespace output {
namespace {

using Json = nlohmann::ordered_json;
using metrics::ClientFinding;
using metrics::ClientSecond;

constexpr std::array<std::pair<const char*, double ClientSecond::*>, 16> kColumns = {
    {{"client_lag_p99", &ClientSecond::lag_p99},
     {"client_lag_max", &ClientSecond::lag_max},
     {"start_lag_p99", &ClientSecond::start_lag_p99},
     {"start_lag_max", &ClientSecond::start_lag_max},
     {"loop_time_p99", &ClientSecond::loop_time_p99},
     {"loop_time_max", &ClientSecond::loop_time_max},
     {"script_time_max", &ClientSecond::script_time_max},
     {"client_script", &ClientSecond::script_share},
     {"client_cpu", &ClientSecond::cpu},
     {"client_run_queue", &ClientSecond::run_queue_share},
     {"client_memory", &ClientSecond::memory},
     {"events_per_read", &ClientSecond::events_per_read},
     {"blurred_share", &ClientSecond::blurred_share},
     {"look_up_max", &ClientSecond::look_up_max},
     {"descriptor_errors", &ClientSecond::descriptor_errors},
     {"port_errors", &ClientSecond::port_errors}}};

std::uint64_t reads_of(const RunResult& result) {
  return result.store == nullptr ? 0 : result.store->trend(metrics::kClientLag).count();
}

// "at 12s; 8s in all, from 10s to 31s"
std::string when(const ClientFinding& finding) {
  base::Duration total{};
  for (const metrics::Span& span : finding.spans) total += span.end - span.begin;
  std::string text = "at " + metrics::format_seconds(finding.worst.begin);
  if (total > finding.worst.end - finding.worst.begin) {
    text += fmt::format("; {} in all, from {} to {}", metrics::format_seconds(total),
                        metrics::format_seconds(finding.spans.front().begin),
                        metrics::format_seconds(finding.spans.back().end));
  }
  return text;
}

metrics::Span span_from_json(const nlohmann::json& written) {
  return {base::from_seconds(written.at("begin_s").get<double>()),
          base::from_seconds(written.at("end_s").get<double>())};
}

metrics::ClientCause cause_from_file(const std::string& name) {
  for (std::size_t i = 0; i < metrics::kClientCauses; ++i) {
    const auto cause = static_cast<metrics::ClientCause>(i);
    if (metrics::to_string(cause) == name) return cause;
  }
  throw std::runtime_error("an unknown cause of the client's: " + name);
}

Json to_json(const metrics::Span& span) {
  return {{"begin_s", base::to_seconds(span.begin)}, {"end_s", base::to_seconds(span.end)}};
}

}  // namespace

void add_client_findings(Page& page, const RunResult& result) {
  for (const ClientFinding& finding : result.client_findings) {
    page.add_titled("held up", finding_in_words(finding));
  }
}

std::string finding_in_words(const ClientFinding& finding) {
  return fmt::format("{} {}: {}", finding.figure, when(finding), metrics::advice(finding.cause));
}

Json client_to_json(const RunResult& result) {
  const std::uint64_t reads = reads_of(result);
  Json findings = Json::array();
  for (const ClientFinding& finding : result.client_findings) {
    Json spans = Json::array();
    for (const metrics::Span& span : finding.spans) spans.push_back(to_json(span));
    findings.push_back({{"cause", metrics::to_string(finding.cause)},
                        {"figure", finding.figure},
                        {"worst", to_json(finding.worst)},
                        {"spans", std::move(spans)},
                        {"advice", metrics::advice(finding.cause)}});
  }
  return {{"reads", reads},
          {"enough_reads", reads >= metrics::ClientHealth::kReadsWanted},
          {"findings", std::move(findings)}};
}

Json client_intervals_to_json(const std::vector<Interval>& intervals) {
  Json json = Json::object();
  for (const auto& [name, member] : kColumns) {
    Json values = Json::array();
    for (const Interval& interval : intervals) {
      const double value = interval.client.*member;
      values.push_back(value < 0 ? Json() : Json(value));
    }
    json[name] = std::move(values);
  }
  return json;
}

void read_client(const nlohmann::json& document, RunResult& result) {
  if (!document.contains("client")) return;
  for (const nlohmann::json& written : document.at("client").at("findings")) {
    ClientFinding finding;
    finding.cause = cause_from_file(written.at("cause").get<std::string>());
    written.at("figure").get_to(finding.figure);
    finding.worst = span_from_json(written.at("worst"));
    for (const auto& span : written.at("spans")) finding.spans.push_back(span_from_json(span));
    result.client_findings.push_back(std::move(finding));
  }
  const nlohmann::json& columns = document.at("intervals").at("client");
  for (const auto& [name, member] : kColumns) {
    const nlohmann::json& values = columns.at(name);
    for (std::size_t i = 0; i < result.intervals.size(); ++i) {
      if (!values.at(i).is_null()) values.at(i).get_to(result.intervals[i].client.*member);
    }
  }
}

}  // namespace output
