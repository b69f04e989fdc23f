// Whether the client kept up, second by second: what was its own doing and not the server's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "metrics/shard.h"
#include "metrics/threshold.h"

namespace metrics {

// What can keep a client from measuring. None of them is ever brought about by a slow server alone.
enum class ClientCause {
  kCpu,          // A worker used all of its core.
  kScheduler,    // A worker was ready and had no core: other processes, a quota, a pause.
  kScript,       // Scripts kept a worker's loop from its sockets.
  kLateReads,    // Bytes lay unread in the kernel.
  kLateStarts,   // Iterations began late though a VU was free.
  kCoalescing,   // Events that arrived apart were read together, so their gaps are lost.
  kDescriptors,  // No more files could be opened.
  kPorts,        // No more local ports.
  kDns,          // Names were looked up slowly.
};
inline constexpr std::size_t kClientCauses = 9;

std::string_view to_string(ClientCause cause);  // "cpu", "scheduler", …
std::string_view advice(ClientCause cause);     // What to do about it, in one sentence.

// The client's own figures in one second; shares are 0..1, times in seconds. Negative where there
// was nothing to measure.
struct ClientSecond {
  double lag_p99 = -1;  // client_lag
  double lag_max = -1;
  double start_lag_p99 = -1;
  double start_lag_max = -1;
  double loop_time_p99 = -1;
  double loop_time_max = -1;
  double script_time_max = -1;
  double script_share = -1;  // Of the busiest worker, as are the next two.
  double cpu = -1;
  double run_queue_share = -1;
  double memory = -1;           // Bytes.
  double events_per_read = -1;  // Mean.
  double blurred_share = -1;    // Of the gaps between content events.
  double look_up_max = -1;
  double descriptor_errors = 0;
  double port_errors = 0;

  void take_worst(const ClientSecond& other);  // Of each figure the higher one.
};

// One cause, over the whole run.
struct ClientFinding {
  ClientCause cause = ClientCause::kCpu;
  std::vector<Span> spans;  // When it held, in order; neighbouring seconds are one span.
  Span worst;               // The second in which it was worst,
  std::string figure;       // and what was seen in it: "a worker used 99% of its core".
};

// Rules, each second by itself: a worker's CPU over 90 %, its wait for a core over 10 % of the
// second, one stretch of scripts over 20 ms, client_lag p99 over 5 ms, start_lag p99 over 10 ms,
// over 1 % of gaps blurred, any request that failed for want of a descriptor or a port, a look-up
// of over 0.5 s.
//
// Threads: the control thread's.
// Memory:  a span for each stretch of bad seconds.
class ClientHealth {
 public:
  // How many reads a statement about lag needs.
  static constexpr std::uint64_t kReadsWanted = 500;

  // What was counted in that second of the test; deltas that are `apart` are ignored.
  ClientSecond on_second(Span second, std::span<const Delta> deltas);

  // In the order of ClientCause; those that never held are left out.
  std::vector<ClientFinding> findings() const;

 private:
  struct Watch {
    std::vector<Span> spans;
    Span worst;
    double badness = 0;
    std::string figure;
  };

  void note(ClientCause cause, Span second, double value, double limit, std::string figure);

  std::array<Watch, kClientCauses> watches_;
};

}  // namespace metrics
