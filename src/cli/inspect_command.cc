#include "cli/inspect_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>

#include "base/duration.h"
#include "base/text.h"
#include "cli/host.h"
#include "cli/load_flags.h"
#include "cli/loading.h"
#include "cli/scenario_options.h"
#include "load/arrivals.h"
#include "load/rate_curve.h"
#include "output/verdict.h"

namespace cli {
namespace {

using base::Duration;
using load::ExecutorKind;
using load::Scenario;
using nlohmann::json;

// Exact where starts are evenly spaced and not too many to be counted one by one; else the rate's
// integral, about which random arrivals vary.
std::uint64_t expected_starts(const Scenario& scenario) {
  const auto total = static_cast<double>(load::RateCurve(scenario).total());
  if (scenario.arrival.kind != load::Arrival::Kind::kUniform || total > 1e7) {
    return static_cast<std::uint64_t>(std::llround(total));
  }
  load::Arrivals arrivals(scenario, 0);
  std::uint64_t starts = 0;
  while (arrivals.next()) ++starts;
  return starts;
}

// What the plan says about the number of iterations; null where they depend on how long they take.
json expected_iterations(const Scenario& scenario) {
  switch (scenario.executor) {
    case ExecutorKind::kSharedIterations:
      return scenario.iterations;
    case ExecutorKind::kPerVuIterations:
      return scenario.iterations * scenario.vus;
    case ExecutorKind::kTrace:
      return scenario.trace == nullptr ? 0 : scenario.trace->arrivals.size();
    case ExecutorKind::kConstantArrivalRate:
    case ExecutorKind::kRampingArrivalRate:
      return expected_starts(scenario);
    case ExecutorKind::kConstantVus:
    case ExecutorKind::kRampingVus:
      break;
  }
  return nullptr;
}

json inspect_scenario(const Scenario& scenario, const script::Description& description) {
  json inspected = describe_scenario(scenario);
  inspected["start_time_s"] = base::to_seconds(scenario.start_time);
  inspected["regular_duration_s"] = base::to_seconds(scenario.regular_duration());
  inspected["most_vus"] = scenario.most_vus();
  inspected["expected_iterations"] = expected_iterations(scenario);
  for (json& user : inspected["users"]) {
    const auto tasks = description.tasks.find(user["name"].get<std::string>());
    if (tasks != description.tasks.end()) user["tasks"] = tasks->second;
  }
  return inspected;
}

std::string duration_text(const json& seconds) {
  return base::format_duration(base::from_seconds(seconds.get<double>()));
}

std::string value_text(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_number_float()) return value.dump();
  return fmt::format("{:g}", value.get<double>());
}

std::string stages_text(const json& stages) {
  std::vector<std::string> texts;
  for (const json& stage : stages) {
    texts.push_back(
        fmt::format("{}:{:g}", duration_text(stage["duration_s"]), stage["target"].get<double>()));
  }
  return base::join(texts, ", ");
}

// "vus 10, duration 5m00s": the fields that the lines below do not say.
std::string fields_text(const json& scenario) {
  constexpr std::string_view kSaidElsewhere[] = {
      "executor",           "users",        "most_vus", "expected_iterations",
      "regular_duration_s", "start_time_s", "env",      "tags"};
  std::vector<std::string> texts;
  for (const auto& [name, value] : scenario.items()) {
    const auto* const end = std::end(kSaidElsewhere);
    if (std::find(std::begin(kSaidElsewhere), end, name) != end) continue;
    if (name == "stages") {
      texts.push_back("stages " + stages_text(value));
    } else if (name.ends_with("_s")) {
      texts.push_back(name.substr(0, name.size() - 2) + " " + duration_text(value));
    } else {
      texts.push_back(name + " " + value_text(value));
    }
  }
  return base::join(texts, ", ");
}

std::string users_text(const json& users) {
  std::string text;
  for (const json& user : users) {
    text += fmt::format("  {:<12}{}", "class", user["name"].get<std::string>());
    if (user.contains("fixed_count")) {
      text += fmt::format(", {} VUs", user["fixed_count"].get<std::uint64_t>());
    } else {
      text += fmt::format(", weight {:g}", user["weight"].get<double>());
    }
    if (user.contains("tasks")) {
      text += ": " + base::join(user["tasks"].get<std::vector<std::string>>(), ", ");
    }
    text += '\n';
  }
  return text;
}

std::string scenario_text(const std::string& name, const json& scenario) {
  std::string text =
      fmt::format("scenario {}: {}\n", name, scenario["executor"].get<std::string>());
  const auto line = [&text](const char* title, const std::string& words) {
    text += fmt::format("  {:<12}{}\n", title, words);
  };
  line("load", fields_text(scenario));
  line("starts", "at " + duration_text(scenario["start_time_s"]) + ", for at most " +
                     duration_text(scenario["regular_duration_s"]));
  line("most VUs", base::format_count(scenario["most_vus"].get<std::uint64_t>()));
  const json& iterations = scenario["expected_iterations"];
  line("iterations", iterations.is_null() ? "as many as fit"
                                          : base::format_count(iterations.get<std::uint64_t>()));
  return text + users_text(scenario["users"]);
}

int inspect_script(const RunFlags& flags, bool as_json) {
  const auto refuse = [](const base::Error& error) {
    fmt::print(stderr, "perigee: {}\n", error.message);
    return static_cast<int>(output::kExitBadOptions);
  };
  Loading loading;
  if (auto prepared = loading.prepare(flags); !prepared) return refuse(prepared.error());
  pretend_keys(loading.surroundings());
  const auto settings = loading.load(flags);
  if (!settings) return refuse(settings.error());
  const json inspected = inspect(*settings, loading.description());
  fmt::print("{}\n", as_json ? inspected.dump(2, ' ', false, json::error_handler_t::replace)
                             : inspect_text(inspected));
  return output::kExitPassed;
}

}  // namespace

json inspect(const RunSettings& settings, const script::Description& description) {
  json inspected = settings.options;
  inspected["seed"] = settings.plan.seed;
  Duration longest{};
  for (const Scenario& scenario : settings.plan.scenarios) {
    longest = std::max(longest,
                       scenario.start_time + scenario.regular_duration() + scenario.graceful_stop);
    inspected["scenarios"][scenario.name] = inspect_scenario(scenario, description);
  }
  inspected["most_vus"] = most_vus(settings.plan);
  inspected["longest_s"] = base::to_seconds(longest);
  inspected["hooks"] = json::array();
  if (description.has_setup) inspected["hooks"].push_back("setup");
  if (description.has_teardown) inspected["hooks"].push_back("teardown");
  if (description.has_summary) inspected["hooks"].push_back("summary");
  return inspected;
}

std::string inspect_text(const json& inspected) {
  std::string text;
  for (const auto& [name, scenario] : inspected["scenarios"].items()) {
    text += scenario_text(name, scenario) + "\n";
  }
  const auto line = [&text](const char* title, const std::string& words) {
    text += fmt::format("{:<14}{}\n", title, words);
  };
  const auto list = [&](const char* title, const char* name) {
    if (!inspected.contains(name) || inspected[name].empty()) return;
    line(title, base::join(inspected[name].get<std::vector<std::string>>(), "; "));
  };
  line("most VUs", base::format_count(inspected["most_vus"].get<std::uint64_t>()));
  line("longest", duration_text(inspected["longest_s"]) + ", graceful stop included");
  if (inspected["warmup_s"].get<double>() > 0)
    line("warm-up", duration_text(inspected["warmup_s"]));
  line("workers", value_text(inspected["threads"]));
  list("hooks", "hooks");
  list("thresholds", "thresholds");
  list("objectives", "slo");
  line("cost", inspected.contains("budget_usd")
                   ? fmt::format("at most ${:g}, the budget", inspected["budget_usd"].get<double>())
                   : "no budget: it depends on what the tasks send");
  text.pop_back();
  return text;
}

void add_inspect_command(CLI::App& app, int& exit_code) {
  auto flags = std::make_shared<RunFlags>();
  auto as_json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("inspect", "Say what a script would run; sends nothing");
  add_script_flags(*command, *flags);
  add_option_flags(*command, *flags);
  command->add_flag("--json", *as_json, "Print JSON");
  command->callback([command, flags, as_json, &exit_code] {
    take_rest(*command, *flags);
    exit_code = inspect_script(*flags, *as_json);
  });
}

}  // namespace cli
