#include "metrics/client_health.h"

#include <algorithm>
#include <utility>

#include "metrics/builtin.h"

namespace metrics {
namespace {

constexpr double kMostCpu = 0.90;
constexpr double kMostRunQueue = 0.10;
constexpr double kLongestScript = 0.020;
constexpr double kMostLag = 0.005;
constexpr double kMostStartLag = 0.010;
constexpr double kMostBlurred = 0.01;
constexpr double kLongestLookUp = 0.5;

// The client's own series of one second, whatever their tags.
struct Merged {
  Trend lag, start_lag, loop_time, script_time, events_per_read, look_up;
  Gauge cpu, script_share, run_queue, memory;
  double gaps = 0;
  double blurred = 0;
  double descriptor_errors = 0;
  double port_errors = 0;

  void add(const Delta::Entry& entry) {
    switch (entry.metric) {
      case kClientLag:
        return lag.merge(std::get<Trend>(entry.series));
      case kStartLag:
        return start_lag.merge(std::get<Trend>(entry.series));
      case kLoopTime:
        return loop_time.merge(std::get<Trend>(entry.series));
      case kScriptTime:
        return script_time.merge(std::get<Trend>(entry.series));
      case kEventsPerRead:
        return events_per_read.merge(std::get<Trend>(entry.series));
      case kHttpReqLookingUp:
        return look_up.merge(std::get<Trend>(entry.series));
      case kClientCpu:
        return cpu.merge(std::get<Gauge>(entry.series));
      case kClientScript:
        return script_share.merge(std::get<Gauge>(entry.series));
      case kClientRunQueue:
        return run_queue.merge(std::get<Gauge>(entry.series));
      case kClientMemory:
        return memory.merge(std::get<Gauge>(entry.series));
      case kLlmItl:
        gaps += static_cast<double>(std::get<Trend>(entry.series).count());
        return;
      case kLlmItlCoalesced:
        blurred += std::get<Counter>(entry.series).sum;
        return;
      case kClientErrors:
        (entry.tags->get("cause") == to_string(ClientCause::kPorts) ? port_errors
                                                                    : descriptor_errors) +=
            std::get<Counter>(entry.series).sum;
        return;
      default:
        return;
    }
  }
};

double p99_or_none(const Trend& trend) {
  return trend.count() > 0 ? trend.quantile(0.99).value : -1;
}
double max_or_none(const Trend& trend) { return trend.count() > 0 ? trend.max().value : -1; }
double max_or_none(const Gauge& gauge) { return gauge.count > 0 ? gauge.max : -1; }

ClientSecond figures_of(const Merged& m) {
  const double all_gaps = m.gaps + m.blurred;
  return {.lag_p99 = p99_or_none(m.lag),
          .lag_max = max_or_none(m.lag),
          .start_lag_p99 = p99_or_none(m.start_lag),
          .start_lag_max = max_or_none(m.start_lag),
          .loop_time_p99 = p99_or_none(m.loop_time),
          .loop_time_max = max_or_none(m.loop_time),
          .script_time_max = max_or_none(m.script_time),
          .script_share = max_or_none(m.script_share),
          .cpu = max_or_none(m.cpu),
          .run_queue_share = max_or_none(m.run_queue),
          .memory = max_or_none(m.memory),
          .events_per_read = m.events_per_read.count() > 0 ? m.events_per_read.mean().value : -1,
          .blurred_share = all_gaps > 0 ? m.blurred / all_gaps : -1,
          .look_up_max = max_or_none(m.look_up),
          .descriptor_errors = m.descriptor_errors,
          .port_errors = m.port_errors};
}

std::string share(double value) { return format_value(value, Unit::kShare); }
std::string time(double value) { return format_value(value, Unit::kTime); }

}  // namespace

std::string_view to_string(ClientCause cause) {
  constexpr std::array<std::string_view, kClientCauses> kNames = {
      "cpu",        "scheduler",   "script", "late_reads", "late_starts",
      "coalescing", "descriptors", "ports",  "dns"};
  return kNames.at(static_cast<std::size_t>(cause));
}

std::string_view advice(ClientCause cause) {
  switch (cause) {
    case ClientCause::kCpu:
      return "use more workers (--threads) where cores are free, fewer users or a faster machine";
    case ClientCause::kScheduler:
      return "stop what else runs on this machine, raise its CPU quota, or use fewer --threads";
    case ClientCause::kScript:
      return "do less in Lua between two requests: prepare data at load time, keep tables small";
    case ClientCause::kLateReads:
      return "the stamps of single events still hold; lower the load of this machine for the rest";
    case ClientCause::kLateStarts:
      return "lower the arrival rate or spread it over more workers or machines";
    case ClientCause::kCoalescing:
      return "lower the event rate per worker: fewer streams, or more --threads on free cores";
    case ClientCause::kDescriptors:
      return "raise the limit of open files (ulimit -n) or use fewer users";
    case ClientCause::kPorts:
      return "keep connections open, widen net.ipv4.ip_local_port_range, or use more addresses";
    case ClientCause::kDns:
      return "use a resolver that is near, or an address in the base URL";
  }
  return "";
}

void ClientSecond::take_worst(const ClientSecond& other) {
  for (double ClientSecond::*figure :
       {&ClientSecond::lag_p99, &ClientSecond::lag_max, &ClientSecond::start_lag_p99,
        &ClientSecond::start_lag_max, &ClientSecond::loop_time_p99, &ClientSecond::loop_time_max,
        &ClientSecond::script_time_max, &ClientSecond::script_share, &ClientSecond::cpu,
        &ClientSecond::run_queue_share, &ClientSecond::memory, &ClientSecond::events_per_read,
        &ClientSecond::blurred_share, &ClientSecond::look_up_max,
        &ClientSecond::descriptor_errors, &ClientSecond::port_errors}) {
    this->*figure = std::max(this->*figure, other.*figure);
  }
}

ClientSecond ClientHealth::on_second(Span second, std::span<const Delta> deltas) {
  Merged merged;
  for (const Delta& delta : deltas) {
    if (delta.apart) continue;
    for (const Delta::Entry& entry : delta.entries) merged.add(entry);
  }
  const ClientSecond figures = figures_of(merged);
  const auto& f = figures;
  note(ClientCause::kCpu, second, f.cpu, kMostCpu,
       "a worker used " + share(f.cpu) + " of its core");
  note(ClientCause::kScheduler, second, f.run_queue_share, kMostRunQueue,
       "a worker waited " + share(f.run_queue_share) + " of the second for a core");
  note(ClientCause::kScript, second, f.script_time_max, kLongestScript,
       "scripts ran for " + time(f.script_time_max) + " at a stretch");
  note(ClientCause::kLateReads, second, f.lag_p99, kMostLag, "client_lag p99 " + time(f.lag_p99));
  note(ClientCause::kLateStarts, second, f.start_lag_p99, kMostStartLag,
       "start_lag p99 " + time(f.start_lag_p99));
  note(ClientCause::kCoalescing, second, f.blurred_share, kMostBlurred,
       share(f.blurred_share) + " of the gaps blurred");
  note(ClientCause::kDescriptors, second, f.descriptor_errors, 0,
       fmt::format("{:.0f} requests found no free descriptor", f.descriptor_errors));
  note(ClientCause::kPorts, second, f.port_errors, 0,
       fmt::format("{:.0f} requests found no free port", f.port_errors));
  note(ClientCause::kDns, second, f.look_up_max, kLongestLookUp,
       "a look-up took " + time(f.look_up_max));
  return figures;
}

void ClientHealth::note(ClientCause cause, Span second, double value, double limit,
                        std::string figure) {
  if (value <= limit) return;
  Watch& watch = watches_.at(static_cast<std::size_t>(cause));
  if (!watch.spans.empty() && watch.spans.back().end >= second.begin) {
    watch.spans.back().end = second.end;
  } else {
    watch.spans.push_back(second);
  }
  if (value <= watch.badness) return;
  watch.badness = value;
  watch.worst = second;
  watch.figure = std::move(figure);
}

std::vector<ClientFinding> ClientHealth::findings() const {
  std::vector<ClientFinding> found;
  for (std::size_t i = 0; i < kClientCauses; ++i) {
    const Watch& watch = watches_[i];
    if (watch.spans.empty()) continue;
    found.push_back({static_cast<ClientCause>(i), watch.spans, watch.worst, watch.figure});
  }
  return found;
}

}  // namespace metrics
