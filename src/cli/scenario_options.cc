#include "cli/scenario_options.h"

#include <cmath>
#include <filesystem>

#include "base/text.h"
#include "cli/option_values.h"
#include "load/trace.h"

namespace cli {
namespace {

using base::Duration;
using base::Result;
using load::ExecutorKind;
using load::Scenario;
using nlohmann::json;

// Sets of executors, a bit for each.
using Executors = unsigned;
constexpr Executors only(ExecutorKind kind) { return 1U << static_cast<unsigned>(kind); }
constexpr Executors kConstantVus = only(ExecutorKind::kConstantVus);
constexpr Executors kRampingVus = only(ExecutorKind::kRampingVus);
constexpr Executors kIterations =
    only(ExecutorKind::kSharedIterations) | only(ExecutorKind::kPerVuIterations);
constexpr Executors kConstantRate = only(ExecutorKind::kConstantArrivalRate);
constexpr Executors kRampingRate = only(ExecutorKind::kRampingArrivalRate);
constexpr Executors kTrace = only(ExecutorKind::kTrace);
constexpr Executors kRates = kConstantRate | kRampingRate;
constexpr Executors kOpen = kRates | kTrace;
constexpr Executors kAll = kConstantVus | kRampingVus | kIterations | kOpen;

// ---- values that only scenarios have

Result<load::Stage> read_stage(const json& value, bool fractions) {
  if (value.is_string()) {
    auto stage = load::parse_stage(value.get<std::string>());
    if (stage && !fractions && stage->target != std::floor(stage->target)) {
      return base::fail("expected a whole number of VUs, got {}", shown(value));
    }
    return stage;
  }
  if (!value.is_object() || !value.contains("duration") || !value.contains("target")) {
    return base::fail(
        "expected a stage such as \"30s:10\" or {{ duration = \"30s\", target = 10 }}, got {}",
        shown(value));
  }
  if (auto known = check_fields(value, {"duration", "target"}); !known) {
    return tl::unexpected(known.error());
  }
  const auto duration = read_duration(value["duration"]);
  if (!duration) return within(".duration", duration.error());
  if (fractions) {
    const auto target = read_number(value["target"]);
    if (!target) return within(".target", target.error());
    return load::Stage{*duration, *target};
  }
  const auto target = read_whole(value["target"]);
  if (!target) return within(".target", target.error());
  return load::Stage{*duration, static_cast<double>(*target)};
}

Result<load::Arrival> read_arrival(const json& value) {
  using Kind = load::Arrival::Kind;
  if (value == "uniform") return load::Arrival{Kind::kUniform, 1};
  if (value == "poisson") return load::Arrival{Kind::kPoisson, 1};
  if (!value.is_object() || !value.contains("gamma")) {
    return base::fail("expected \"uniform\", \"poisson\" or {{ gamma = 0.5 }}, got {}",
                      shown(value));
  }
  if (auto known = check_fields(value, {"gamma"}); !known) return tl::unexpected(known.error());
  const auto burstiness = read_positive(value["gamma"]);
  if (!burstiness) return within(".gamma", burstiness.error());
  return load::Arrival{Kind::kGamma, *burstiness};
}

json describe(const load::Arrival& arrival) {
  if (arrival.kind == load::Arrival::Kind::kGamma) return {{"gamma", arrival.burstiness}};
  return arrival.kind == load::Arrival::Kind::kPoisson ? "poisson" : "uniform";
}

Result<load::Overflow> read_overflow(const json& value) {
  if (value == "queue") return load::Overflow::kQueue;
  if (value == "drop") return load::Overflow::kDrop;
  return base::fail("expected \"queue\" or \"drop\", got {}", shown(value));
}

// An open executor without a bound is one that does not mention it.
Result<std::uint64_t> read_bound(const json& value) {
  auto bound = read_whole(value);
  if (!bound || *bound > 0) return bound;
  return base::fail("expected a whole number of one or more, got 0");
}

json describe(load::Overflow overflow) {
  return overflow == load::Overflow::kQueue ? "queue" : "drop";
}

Result<double> read_whole_level(const json& value) {
  const auto level = read_whole(value);
  if (!level) return tl::unexpected(level.error());
  return static_cast<double>(*level);
}

// ---- the table of fields

struct Field {
  const char* name;
  Executors executors;
  bool required;
  Result<void> (*read)(const json& value, const Reading& reading, Scenario& into);
  void (*describe)(const Scenario& scenario, const char* name, json& into);
};

template <auto kRead, auto kMember>
Result<void> read_into(const json& value, const Reading& /*unused*/, Scenario& into) {
  auto result = kRead(value);
  if (!result) return tl::unexpected(result.error());
  into.*kMember = std::move(*result);
  return {};
}

template <auto kMember>
void describe_plain(const Scenario& scenario, const char* name, json& into) {
  into[name] = scenario.*kMember;
}

template <auto kMember>
void describe_word(const Scenario& scenario, const char* name, json& into) {
  into[name] = describe(scenario.*kMember);
}

template <auto kMember>
void describe_duration(const Scenario& scenario, const char* name, json& into) {
  into[fmt::format("{}_s", name)] = base::to_seconds(scenario.*kMember);
}

void describe_nothing(const Scenario& /*unused*/, const char* /*unused*/, json& /*unused*/) {}

Result<void> read_scenario_stages(const json& value, const Reading& /*unused*/, Scenario& into) {
  auto stages = read_stages(value, into.executor == ExecutorKind::kRampingArrivalRate);
  if (!stages) return tl::unexpected(stages.error());
  into.stages = std::move(*stages);
  return {};
}

void describe_stages(const Scenario& scenario, const char* name, json& into) {
  for (const load::Stage& stage : scenario.stages) {
    into[name].push_back(
        {{"duration_s", base::to_seconds(stage.duration)}, {"target", stage.target}});
  }
}

Result<void> read_users(const json& value, const Reading& reading, Scenario& into) {
  const auto names = read_texts(value);
  if (!names) return tl::unexpected(names.error());
  auto classes = find_classes(*names, reading.description);
  if (!classes) return tl::unexpected(classes.error());
  into.users = std::move(*classes);
  return {};
}

Result<void> read_exec(const json& value, const Reading& reading, Scenario& into) {
  const auto name = read_text(value);
  if (!name) return tl::unexpected(name.error());
  return read_users(json::array({*name}), reading, into);
}

void describe_users(const Scenario& scenario, const char* name, json& into) {
  for (const load::UserClass& user : scenario.users) {
    json entry = {{"name", user.name}, {"weight", user.weight}};
    if (user.fixed_count) entry["fixed_count"] = *user.fixed_count;
    into[name].push_back(std::move(entry));
  }
}

Result<void> read_tags(const json& value, const Reading& /*unused*/, Scenario& into) {
  const auto tags = read_text_map(value);
  if (!tags) return tl::unexpected(tags.error());
  for (const auto& [key, text] : *tags) into.tags.set(key, text);
  return {};
}

void describe_tags(const Scenario& scenario, const char* name, json& into) {
  for (const auto& [key, value] : scenario.tags.tags()) into[name][key] = value;
}

Result<void> read_file(const json& value, const Reading& reading, Scenario& into) {
  const auto path = read_text(value);
  if (!path) return tl::unexpected(path.error());
  auto trace = load::read_trace(resolve_path(*path, reading));
  if (!trace) return tl::unexpected(trace.error());
  into.trace = std::move(*trace);
  return {};
}

void describe_file(const Scenario& scenario, const char* name, json& into) {
  if (scenario.trace == nullptr) return;
  if (scenario.trace->rows != nullptr) into[name] = scenario.trace->rows->path();
  into["arrivals"] = scenario.trace->arrivals.size();
}

// The names of variables are told, their values are not: they may be keys.
void describe_env(const Scenario& scenario, const char* name, json& into) {
  for (const auto& [variable, value] : scenario.env) into[name].push_back(variable);
}

constexpr Field kFields[] = {
    {"users", kAll, false, &read_users, &describe_users},
    {"exec", kAll, false, &read_exec, &describe_nothing},
    {"start_time", kAll, false, &read_into<&read_duration, &Scenario::start_time>,
     &describe_duration<&Scenario::start_time>},
    {"graceful_stop", kAll, false, &read_into<&read_duration, &Scenario::graceful_stop>,
     &describe_duration<&Scenario::graceful_stop>},
    {"env", kAll, false, &read_into<&read_text_map, &Scenario::env>, &describe_env},
    {"tags", kAll, false, &read_tags, &describe_tags},
    {"vus", kConstantVus | kIterations, false, &read_into<&read_whole, &Scenario::vus>,
     &describe_plain<&Scenario::vus>},
    {"spawn_rate", kConstantVus, false, &read_into<&read_positive, &Scenario::spawn_rate>,
     &describe_plain<&Scenario::spawn_rate>},
    {"duration", kConstantVus | kConstantRate, true,
     &read_into<&read_duration, &Scenario::duration>, &describe_duration<&Scenario::duration>},
    {"start_vus", kRampingVus, false, &read_into<&read_whole_level, &Scenario::start_vus>,
     &describe_plain<&Scenario::start_vus>},
    {"start_rate", kRampingRate, false, &read_into<&read_number, &Scenario::start_rate>,
     &describe_plain<&Scenario::start_rate>},
    {"stages", kRampingVus | kRampingRate, true, &read_scenario_stages, &describe_stages},
    {"graceful_ramp_down", kRampingVus, false,
     &read_into<&read_duration, &Scenario::graceful_ramp_down>,
     &describe_duration<&Scenario::graceful_ramp_down>},
    {"iterations", kIterations, false, &read_into<&read_whole, &Scenario::iterations>,
     &describe_plain<&Scenario::iterations>},
    {"max_duration", kIterations, false, &read_into<&read_duration, &Scenario::max_duration>,
     &describe_duration<&Scenario::max_duration>},
    {"rate", kConstantRate, true, &read_into<&read_positive, &Scenario::rate>,
     &describe_plain<&Scenario::rate>},
    {"time_unit", kRates, false, &read_into<&read_positive_duration, &Scenario::time_unit>,
     &describe_duration<&Scenario::time_unit>},
    {"arrival", kRates, false, &read_into<&read_arrival, &Scenario::arrival>,
     &describe_word<&Scenario::arrival>},
    {"file", kTrace, true, &read_file, &describe_file},
    {"speed", kTrace, false, &read_into<&read_positive, &Scenario::speed>,
     &describe_plain<&Scenario::speed>},
    {"pre_allocated_vus", kOpen, false, &read_into<&read_whole, &Scenario::pre_allocated_vus>,
     &describe_plain<&Scenario::pre_allocated_vus>},
    {"max_vus", kOpen, false, &read_into<&read_bound, &Scenario::max_vus>,
     &describe_plain<&Scenario::max_vus>},
    {"overflow", kOpen, false, &read_into<&read_overflow, &Scenario::overflow>,
     &describe_word<&Scenario::overflow>},
};

std::string names_of(Executors executors) {
  std::vector<std::string> names;
  for (const std::string& name : load::executor_names()) {
    if ((executors & only(*load::find_executor(name))) != 0) names.push_back(name);
  }
  return base::join(names, ", ");
}

Result<ExecutorKind> read_executor(const json& object) {
  const auto names = load::executor_names();
  if (!object.contains("executor")) {
    return base::fail(": expected an executor; known are {}", base::join(names, ", "));
  }
  const auto name = read_text(object["executor"]);
  if (!name) return within(".executor", name.error());
  const auto kind = load::find_executor(*name);
  if (kind) return *kind;
  return within(".executor", unknown_name("executor", *name, names).value());
}

// Errors begin with the rest of the path, as in ".rate: …", or with ": ".
Result<ScenarioOptions> read_scenario(const std::string& name, const json& object,
                                      const Reading& reading) {
  if (!object.is_object()) {
    return base::fail(": expected a table such as {{ executor = \"constant-vus\", … }}, got {}",
                      shown(object));
  }
  if (auto known = check_fields(object, scenario_field_names()); !known) {
    return within("", known.error());
  }
  const auto executor = read_executor(object);
  if (!executor) return tl::unexpected(executor.error());
  if (object.contains("exec") && object.contains("users")) {
    return base::fail(": exec and users exclude each other; keep one of them");
  }
  ScenarioOptions result;
  result.scenario.name = name;
  result.scenario.executor = *executor;
  for (const Field& field : kFields) {
    const bool belongs = (field.executors & only(*executor)) != 0;
    if (!object.contains(field.name)) {
      if (!belongs || !field.required) continue;
      return base::fail(": {} needs {}, which is missing", load::to_string(*executor), field.name);
    }
    if (!belongs) {
      return base::fail(".{}: goes with {}, not with {}", field.name, names_of(field.executors),
                        load::to_string(*executor));
    }
    auto done = field.read(object[field.name], reading, result.scenario);
    if (!done) return within(fmt::format(".{}", field.name), done.error());
    result.given.insert(field.name);
  }
  return result;
}

}  // namespace

std::string resolve_path(const std::string& path, const Reading& reading) {
  const std::filesystem::path given(path);
  if (given.is_absolute() || reading.directory.empty()) return path;
  return (std::filesystem::path(reading.directory) / given).string();
}

Result<std::vector<load::Stage>> read_stages(const json& value, bool fractions) {
  if (!value.is_array() || value.empty()) {
    return base::fail("expected a list of stages such as {{ \"30s:10\", \"1m:0\" }}, got {}",
                      shown(value));
  }
  std::vector<load::Stage> stages;
  for (const json& entry : value) {
    const auto stage = read_stage(entry, fractions);
    // Lists count from 1, as in the script.
    if (!stage) return within(fmt::format("[{}]", stages.size() + 1), stage.error());
    stages.push_back(*stage);
  }
  return stages;
}

Result<std::vector<load::UserClass>> find_classes(const std::vector<std::string>& names,
                                                  const script::Description& description) {
  std::vector<load::UserClass> found;
  std::set<std::string> taken;
  for (const std::string& name : names) {
    if (!taken.insert(name).second) return base::fail("\"{}\" is named twice", name);
    const std::size_t before = found.size();
    std::vector<std::string> known;
    for (const load::UserClass& user : description.classes) {
      known.push_back(user.name);
      if (user.name == name) found.push_back(user);
    }
    if (found.size() == before) return unknown_name("user class or function", name, known);
  }
  return found;
}

Result<std::vector<ScenarioOptions>> read_scenarios(const json& value, const Reading& reading) {
  if (!value.is_object() || value.empty()) {
    return base::fail(
        "expected a table such as {{ peak = {{ executor = \"constant-vus\", … }} }}, "
        "got {}",
        shown(value));
  }
  std::vector<ScenarioOptions> scenarios;
  for (const auto& [name, object] : value.items()) {
    auto scenario = read_scenario(name, object, reading);
    if (!scenario) return base::fail(".{}{}", name, scenario.error().message);
    scenarios.push_back(std::move(*scenario));
  }
  return scenarios;
}

json describe_scenario(const Scenario& scenario) {
  json described = {{"executor", load::to_string(scenario.executor)}};
  for (const Field& field : kFields) {
    const bool belongs = (field.executors & only(scenario.executor)) != 0;
    if (belongs) field.describe(scenario, field.name, described);
  }
  return described;
}

std::vector<std::string> scenario_field_names() {
  std::vector<std::string> names = {"executor"};
  for (const Field& field : kFields) names.emplace_back(field.name);
  return names;
}

}  // namespace cli
