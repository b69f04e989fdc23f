// What a run is asked to do: the script's options with the command line's on top.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "load/plan.h"
#include "metrics/objective.h"
#include "metrics/registry.h"
#include "metrics/threshold.h"
#include "net/http_client.h"
#include "script/script.h"

namespace cli {

// The flags of `perigee run`, as they were given; what was not given is empty.
struct RunFlags {
  std::string script;
  std::optional<std::uint64_t> vus;
  std::optional<std::string> duration;
  std::optional<std::uint64_t> iterations;
  std::vector<std::string> stages;
  std::optional<double> spawn_rate;
  std::optional<std::string> graceful_stop;
  std::optional<std::uint64_t> seed;
  std::optional<int> threads;
  std::vector<std::string> variables;   // NAME=VALUE
  std::vector<std::string> thresholds;  // In addition to the script's.
  std::string mock;                     // The profile; "" for no mock.
  std::string mock_args;
  std::string json_file;
  std::string events_file;
  std::string progress = "auto";
  bool allow_script_errors = false;
  bool use_jit = false;
};

struct RunSettings {
  load::Plan plan;
  std::vector<metrics::Threshold> thresholds;
  std::vector<metrics::Objective> objectives;
  base::Duration warmup{};  // Its samples are shown apart.
  base::Duration setup_timeout = std::chrono::seconds(60);
  base::Duration teardown_timeout = std::chrono::seconds(60);
  base::Duration summary_timeout = std::chrono::seconds(120);
  net::HttpClientOptions http;
  std::string host;  // What relative URLs begin with; "" for none.
  nlohmann::json options;  // As they came out, for the result file.
  int threads = 1;
};

// A seed for a run that names none; short enough to be typed again from the summary.
std::uint64_t draw_seed();

// The flag's seed, else the script's, else the drawn one.
std::uint64_t choose_seed(const RunFlags& flags, const nlohmann::json& script_options,
                          std::uint64_t drawn);

// A higher level's duration, iterations or stages replace all three of the level below it, as in
// k6; vus and spawn_rate are replaced one by one.
//
// Errors: name the field or flag, what was expected and what was given, with "did you mean" for an
// unknown field: `options: unknown field "durration" (did you mean "duration"?)`.
base::Result<RunSettings> consolidate(const RunFlags& flags, const script::Description& description,
                                      const metrics::Registry& registry, std::uint64_t seed);

// "NAME=VALUE" of -e.
base::Result<std::map<std::string, std::string>> parse_variables(
    const std::vector<std::string>& variables);

}  // namespace cli
