#include "cli/calibration_text.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/text.h"
#include "metrics/threshold.h"
#include "output/figures.h"
#include "output/table.h"

namespace cli {
namespace {

using output::format_whole;

constexpr std::size_t kWidth = 11;

// Columns, each aligned right, and words behind them.
std::string row(const std::vector<std::string>& cells, const std::string& words) {
  std::string line;
  for (const std::string& cell : cells) line += output::pad_left(cell, kWidth);
  return line + (words.empty() ? "" : "  " + words) + "\n";
}

std::string percent(double share) { return fmt::format("{:.2f}%", 100 * share); }
std::string off(double share) { return fmt::format("{:+.2f}%", 100 * share); }
std::string cores(double number) { return fmt::format("{:.2f}", number); }

std::string bytes(double number) { return metrics::format_value(number, metrics::Unit::kBytes); }

std::string verdict(const StepResult& step) {
  switch (outcome_of(step)) {
    case StepOutcome::kClientGaveIn:
      return "client: " + client_error(step);
    case StepOutcome::kServerGaveIn:
      return fmt::format("mock: {:.0f}% of its pace", 100 * step.pace);
    default:
      return "held";
  }
}

std::string request_line(const StepResult& step) {
  const std::string words = step.ran_out_of_time       ? "it did not come to its end"
                            : step.failed > kMostError ? "client: requests failed"
                                                       : "";
  return row({base::format_count(step.plan.users), format_whole(step.requests_per_second),
              percent(step.failed), cores(step.client_cores), cores(step.server_cores)},
             words);
}

// Who gave in first, or why nobody did.
std::string reason(const CalibratedValue& value, const std::string& error) {
  if (value.limit == "client") {
    return error.empty() ? "the client gave in first" : "the client gave in first: " + error;
  }
  if (value.limit == "mock") return "the mock gave in first: the client can do more";
  if (value.limit == "cores")
    return "client and mock took turns on the cores: the client can do more";
  if (value.limit == "time") return "the time was up; --time allows more";
  return "no more was tried";
}

std::string value_line(std::string_view name, const CalibratedValue& value,
                       const std::string& error, const char* what) {
  const std::string figure = (value.is_at_least() ? "≥ " : "") + format_whole(value.value);
  return fmt::format("{}{}  {}; {}\n", output::pad_right(name, 18), output::pad_left(figure, 9),
                     what, reason(value, error));
}

}  // namespace

std::string step_header(StepPlan::Kind kind) {
  if (kind == StepPlan::Kind::kRequests) {
    return row({"users", "requests/s", "failed", "client", "mock"}, "");
  }
  return row({"streams", "gap", "events/s", "itl p50", "itl p99", "ttft p99", "blurred", "client",
              "mock", "memory"},
             "");
}

std::string step_line(const StepResult& step) {
  if (step.plan.kind == StepPlan::Kind::kRequests) return request_line(step);
  return row({base::format_count(step.plan.users), base::format_duration(step.plan.gap),
              format_whole(step.events_per_second), off(step.itl_off[0]), off(step.itl_off[2]),
              off(step.ttft_off[2]), percent(step.blurred), cores(step.client_cores),
              cores(step.server_cores), bytes(step.client_memory)},
             verdict(step));
}

std::string calibration_text(const Calibration& calibration, const Calibrator& calibrator) {
  const CalibratedHost& host = calibration.host;
  std::string text =
      fmt::format("ceilings of this machine, with the mock beside the client on the same {}\n\n",
                  output::plural(static_cast<double>(host.cpus), "core"));
  text += value_line("streams", calibration.streams, calibrator.streams_error(),
                     "open at once, an event every 20ms each");
  text += value_line("events/s", calibration.events_per_second, calibrator.events_error(),
                     "of at most 1,000 streams");
  text += value_line("requests/s", calibration.requests_per_second, "", "short, not streamed");
  const auto& memory = calibration.memory_per_stream;
  text += fmt::format("{}{}\n\n", output::pad_right("memory per stream", 18),
                      output::pad_left(memory ? bytes(*memory) : "-", 9));
  text += fmt::format("{} · {} · {} · perigee {} · {}\n", host.cpu,
                      output::plural(static_cast<double>(host.cpus), "core"),
                      output::plural(host.threads, "thread"), host.version, calibration.at);
  return text;
}

}  // namespace cli
