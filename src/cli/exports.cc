#include "cli/exports.h"

#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <utility>

#include "cli/version.h"
#include "output/locust_files.h"
#include "output/prometheus_endpoint.h"

namespace cli {
namespace {

base::Result<std::unique_ptr<output::Output>> open_csv(
    const RunFlags& flags, const std::function<void(const std::string&)>& on_problem) {
  auto files = output::LocustFiles::open(
      {.prefix = flags.csv_prefix,
       .full_history = flags.csv_full_history,
       .unix_time = [] { return static_cast<std::int64_t>(std::time(nullptr)); },
       .on_problem = [on_problem](const std::string& text) { on_problem("--csv: " + text); }});
  if (!files) return base::fail_at("--csv", files.error());
  return std::move(*files);
}

base::Result<std::unique_ptr<output::Output>> start_prometheus(const RunFlags& flags) {
  const auto address = output::parse_listen_address(flags.prometheus);
  if (!address) return base::fail_at("--prometheus", address.error());
  auto endpoint = output::PrometheusEndpoint::start(*address, kVersion, flags.script);
  if (!endpoint) return base::fail_at("--prometheus", endpoint.error());
  fmt::print(stderr, "Prometheus metrics at {}\n", (*endpoint)->url());
  return std::move(*endpoint);
}

}  // namespace

void add_export_flags(CLI::App& command, RunFlags& flags) {
  command.add_option("--requests", flags.requests_file,
                     "Write a line of JSON for each request, whatever became of it");
  command.add_option("--csv", flags.csv_prefix,
                     "Write PREFIX_stats.csv and three more, as Locust's --csv does");
  command.add_flag("--csv-full-history", flags.csv_full_history,
                   "With --csv: a history of each kind of request, not only of all together");
  command.add_option("--prometheus", flags.prometheus,
                     "Serve /metrics for Prometheus on PORT or HOST:PORT while the run goes");
}

base::Result<std::vector<std::unique_ptr<output::Output>>> open_exports(
    const RunFlags& flags, const std::function<void(const std::string&)>& on_problem) {
  std::vector<std::unique_ptr<output::Output>> outputs;
  if (flags.csv_full_history && flags.csv_prefix.empty()) {
    return base::fail("--csv-full-history: goes with --csv, which was not given");
  }
  if (!flags.csv_prefix.empty()) {
    auto csv = open_csv(flags, on_problem);
    if (!csv) return tl::unexpected(csv.error());
    outputs.push_back(std::move(*csv));
  }
  if (!flags.prometheus.empty()) {
    auto endpoint = start_prometheus(flags);
    if (!endpoint) return tl::unexpected(endpoint.error());
    outputs.push_back(std::move(*endpoint));
  }
  return outputs;
}

}  // namespace cli
