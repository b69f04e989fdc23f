// How much memory a stream takes, found by trying: in perigee itself, or in the user's own service.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/measured_workload.h"
#include "base/result.h"

namespace cli {

// perigee against its own mock, at several numbers of streams: some 20 s.
// Errors: a run that fails; a memory that does not grow with the streams.
// Threads: as StepRunner.
base::Result<analysis::MemoryUse> probe_own_memory();

// The resident memory of process `pid` while `perigee run script` puts load on it, with a quarter
// of the users, half of them and all of them. How many streams were open on average is what the
// run itself measured; the memory is its largest meanwhile.
struct ServiceProbe {
  std::string script;
  pid_t pid = 0;
  std::uint64_t users = 40;
  base::Duration step = std::chrono::seconds(10);
};
base::Result<analysis::MemoryUse> probe_service_memory(const ServiceProbe& probe);

}  // namespace cli
