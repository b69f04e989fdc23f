#include "cli/step_runner.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "cli/cpu_meter.h"
#include "cli/signals.h"

namespace cli {
namespace {

namespace fs = std::filesystem;
using base::Duration;

constexpr Duration kTtft = std::chrono::milliseconds(200);
constexpr Duration kLook = std::chrono::milliseconds(100);
constexpr Duration kStarting = std::chrono::seconds(1);  // Of the processes, and reading the files.
constexpr int kShortAnswer = 8;                          // Tokens of a request without a stream.

// Over which the users begin.
Duration spread_of(const StepPlan& plan) {
  return plan.kind == StepPlan::Kind::kStreams ? plan.length / 5 : Duration::zero();
}

// Of each of a user's two streams.
std::int64_t tokens_of(const StepPlan& plan) {
  return std::max<std::int64_t>(2, (plan.length / 2 - kTtft) / plan.gap);
}

std::vector<std::string> mock_arguments(const StepPlan& plan) {
  const auto constant = [](auto value, const char* unit = "") {
    return fmt::format("constant:{}{}", value, unit);
  };
  if (plan.kind == StepPlan::Kind::kRequests) {
    return {"--ttft",
            constant(0, "ms"),
            "--itl",
            constant(0, "ms"),
            "--tokens",
            constant(kShortAnswer),
            "--tokens-per-delta",
            "1"};
  }
  return {"--ttft",
          constant(kTtft.count(), "ns"),
          "--itl",
          constant(plan.gap.count(), "ns"),
          "--tokens",
          constant(tokens_of(plan)),
          "--tokens-per-delta",
          "1"};
}

}  // namespace

base::Result<std::unique_ptr<StepRunner>> StepRunner::make(std::optional<int> threads,
                                                           int servers) {
  std::error_code error;
  std::string folder = (fs::temp_directory_path(error) / "perigee-calibrate-XXXXXX").string();
  if (error || mkdtemp(folder.data()) == nullptr) {
    return base::fail("cannot make a folder in {} for what is measured: {}; TMPDIR names another",
                      fs::path(folder).parent_path().string(),
                      error ? error.message() : std::strerror(errno));
  }
  return std::unique_ptr<StepRunner>(new StepRunner(std::move(folder), threads, servers));
}

StepRunner::~StepRunner() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

Duration StepRunner::cost_of(const StepPlan& plan) {
  return spread_of(plan) + plan.length + kStarting;
}

base::Result<StepResult> StepRunner::measure(const StepPlan& plan) {
  StepResult step;
  step.plan = plan;
  {
    auto servers = start_servers(plan);
    if (!servers) return tl::unexpected(servers.error());
    auto client = start_client(plan, *servers);
    if (!client) return tl::unexpected(client.error());
    if (auto watched = watch(**client, *servers, step); !watched) {
      return tl::unexpected(watched.error());
    }
  }  // The servers have ended, and their records are whole.
  if (step.ran_out_of_time) return step;
  if (auto read = read_results(step); !read) return tl::unexpected(read.error());
  return step;
}

base::Result<StepRunner::Servers> StepRunner::start_servers(const StepPlan& plan) const {
  Servers servers;
  for (int i = 0; i < server_count_; ++i) {
    std::vector<std::string> arguments = mock_arguments(plan);
    // The ids of requests follow from the seed.
    arguments.insert(arguments.end(), {"--seed", std::to_string(i + 1)});
    if (plan.kind == StepPlan::Kind::kStreams) {
      arguments.insert(arguments.end(), {"--record", record_file(i)});
    }
    auto server = MockProcess::start(arguments, file("log"));
    if (!server) return base::fail("{}{}", server.error().message, last_words());
    servers.push_back(std::move(*server));
  }
  return servers;
}

base::Result<std::unique_ptr<ChildProcess>> StepRunner::start_client(const StepPlan& plan,
                                                                     const Servers& servers) const {
  const bool streams = plan.kind == StepPlan::Kind::kStreams;
  std::vector<std::string> urls;
  for (const auto& server : servers) urls.push_back(server->base_url());
  std::vector<std::string> arguments = {"run",        "embedded:perigee.internal.calibrate",
                                        "--progress", "none",
                                        "--json",     file("result.json")};
  const auto tell = [&arguments](const char* name, const std::string& value) {
    arguments.insert(arguments.end(), {"-e", fmt::format("CALIBRATE_{}={}", name, value)});
  };
  tell("KIND", streams ? "streams" : "requests");
  tell("SERVERS", base::join(urls, " "));
  tell("USERS", std::to_string(plan.users));
  tell("SECONDS", fmt::format("{}", base::to_seconds(plan.length)));
  tell("SPREAD", fmt::format("{}", base::to_seconds(spread_of(plan))));
  if (streams) arguments.insert(arguments.end(), {"--events", file("events")});
  if (threads_) arguments.insert(arguments.end(), {"--threads", std::to_string(*threads_)});
  return ChildProcess::start(arguments, {.log_file = file("log")});
}

base::Result<void> StepRunner::watch(ChildProcess& client, const Servers& servers,
                                     StepResult& step) {
  const base::MonotonicClock clock;
  const base::TimePoint start = clock.now();
  const Duration limit = 3 * cost_of(step.plan) + 5 * kStarting;
  CpuMeter client_meter(client.pid());
  std::vector<CpuMeter> server_meters;
  for (const auto& server : servers) server_meters.emplace_back(server->pid());
  while (!client.exit_code()) {
    const base::TimePoint now = clock.now();
    client_meter.look(now);
    for (CpuMeter& meter : server_meters) meter.look(now);
    step.ran_out_of_time = now - start > limit;
    if (step.ran_out_of_time) return {};
    interrupted_ = wait_for_stop_signal(kLook);
    if (interrupted_) return base::fail("interrupted by a signal");
  }
  step.client_cores = client_meter.busiest();
  for (const CpuMeter& meter : server_meters) step.server_cores += meter.busiest();
  if (*client.exit_code() == 0) return {};
  return base::fail("the run of a step ended with exit code {}{}", *client.exit_code(),
                    last_words());
}

base::Result<void> StepRunner::read_results(StepResult& step) const {
  std::ifstream result(file("result.json"));
  const auto told = nlohmann::json::parse(result, nullptr, false);
  if (!told.is_object()) return base::fail("the run of a step left no result{}", last_words());
  take_figures(told, step);
  if (step.plan.kind == StepPlan::Kind::kRequests) return {};
  std::vector<std::string> records;
  for (int i = 0; i < server_count_; ++i) records.push_back(record_file(i));
  const auto truth = read_truth(records, file("events"));
  if (!truth) return tl::unexpected(truth.error());
  compare(told, *truth, step);
  return {};
}

std::string StepRunner::record_file(int server) const {
  return file(fmt::format("record{}", server));
}

// What the children printed last, to stand behind an error.
std::string StepRunner::last_words() const {
  constexpr std::size_t kMost = 1000;
  std::ifstream log(file("log"));
  std::string text{std::istreambuf_iterator<char>(log), {}};
  if (text.size() > kMost) text = "…" + text.substr(text.size() - kMost);
  text = base::without_controls(base::trim(text));
  return text.empty() ? "" : ":\n" + text;
}

}  // namespace cli
