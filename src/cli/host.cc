#include "cli/host.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>

#include "base/descriptors.h"
#include "base/text.h"

namespace cli {
namespace {

// Each worker's loop takes a few descriptors, each shard of its HTTP client two.
constexpr std::uint64_t kOfProcess = 32;
constexpr std::uint64_t kOfWorker = 8;

std::uint64_t descriptors_for(std::uint64_t connections, std::uint64_t workers) {
  const std::uint64_t shards =
      connections / workers / net::HttpClientOptions{}.transfers_per_shard + 1;
  return connections + workers * (2 * shards + kOfWorker) + kOfProcess;
}

}  // namespace

std::uint64_t most_connections(std::uint64_t workers) {
  const std::uint64_t limit = base::raise_descriptor_limit();
  const std::uint64_t own = kOfProcess + workers * (kOfWorker + 2);
  if (limit <= own) return 0;
  // Of a worker's connections every 128th brings a shard with two descriptors of its own.
  const std::uint64_t per_shard = net::HttpClientOptions{}.transfers_per_shard;
  return static_cast<std::uint64_t>(static_cast<double>(limit - own) /
                                    (1 + 2.0 / static_cast<double>(per_shard)));
}

std::uint64_t most_vus(const load::Plan& plan) {
  std::uint64_t vus = 0;
  for (const load::Scenario& scenario : plan.scenarios) vus += scenario.most_vus();
  return vus;
}

std::string warn_of_connections(const load::Plan& plan, std::uint64_t workers) {
  const std::uint64_t vus = most_vus(plan);
  const std::uint64_t wanted = descriptors_for(vus, workers);
  const std::uint64_t limit = base::raise_descriptor_limit();
  if (limit == RLIM_INFINITY || wanted <= limit) return "";
  return fmt::format(
      "{} VUs with a connection each need about {} open files, and this shell allows {}: beyond "
      "that, requests fail to connect; raise it with `ulimit -n {}`",
      vus, wanted, limit, wanted);
}

double resident_memory() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

nlohmann::json host_facts(const WorkerFacts& facts) {
  utsname name{};
  uname(&name);
  const bool none = facts.kernel_stamped_reads + facts.other_reads == 0;
  const char* by_most = facts.kernel_stamped_reads > facts.other_reads ? "kernel" : "loop";
  return {{"kernel", fmt::format("{} {}", name.sysname, name.release)},
          {"cpus", sysconf(_SC_NPROCESSORS_ONLN)},
          {"stamps", none ? "none" : by_most},
          {"reads_stamped_by_kernel", facts.kernel_stamped_reads},
          {"reads_stamped_by_loop", facts.other_reads}};
}

}  // namespace cli
