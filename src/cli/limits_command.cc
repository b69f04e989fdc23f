#include "cli/limits_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "cli/limit_probe.h"
#include "cli/load_flags.h"
#include "cli/option_values.h"
#include "cli/run_command.h"
#include "cli/terminal.h"
#include "metrics/threshold.h"
#include "mock/limit_options.h"
#include "output/figures.h"
#include "output/page.h"
#include "output/table.h"
#include "output/text_file.h"
#include "output/verdict.h"

namespace cli {
namespace {

using metrics::Unit;

struct LimitsFlags {
  RunFlags run;
  ProbeSettings settings;
  std::optional<double> budget;
  bool probe = false;
  std::string longest = "60s";
  std::string after = "20s";
  std::string json_file;
};

struct Findings {
  std::vector<BucketView> views;
  std::vector<std::string> presets;
  std::vector<ProbedBucket> probes;
  double cost_usd = 0;
};

// The published presets whose limits the headers show.
std::vector<std::string> matching_presets(const std::vector<BucketView>& views,
                                          const std::string& model) {
  const auto limit_of = [&views](const char* name) {
    const auto found = std::find_if(views.begin(), views.end(),
                                    [name](const BucketView& view) { return view.name == name; });
    return found == views.end() ? 0.0 : found->limit;
  };
  std::vector<std::string> presets;
  for (const std::string& name : mock::preset_names()) {
    const auto limits = mock::limits_of(mock::parse_limits(name).value(), mock::limit_class(model));
    if (limits.requests == limit_of("requests") &&
        limits.input_tokens == limit_of("input tokens") &&
        limits.output_tokens == limit_of("output tokens")) {
      presets.push_back(name);
    }
  }
  return presets;
}

// So long that the bucket of input is empty before that of requests.
std::uint64_t words_for_input(const std::vector<BucketView>& views) {
  constexpr double kUnknown = 1'000;
  double requests = 0;
  double input = 0;
  for (const BucketView& view : views) {
    if (view.name == "requests") requests = view.limit;
    if (view.name == "input tokens") input = view.limit;
  }
  const double words = requests > 0 && input > 0 ? 2 * input / requests : kUnknown;
  return static_cast<std::uint64_t>(std::clamp(std::ceil(words), 20.0, 100'000.0));
}

base::Result<Findings> find(const LimitsFlags& flags, LimitProbe& probe) {
  Findings findings;
  auto views = probe.look();
  if (!views) return tl::unexpected(views.error());
  findings.views = std::move(*views);
  findings.presets = matching_presets(findings.views, flags.settings.model);
  if (flags.probe) {
    for (const char* bucket : {"requests", "input tokens"}) {
      const bool is_input = std::string_view(bucket) != "requests";
      auto probed = probe.probe(bucket, is_input ? words_for_input(findings.views) : 1);
      if (!probed) return tl::unexpected(probed.error());
      findings.probes.push_back(std::move(*probed));
    }
  }
  findings.cost_usd = probe.cost_usd();
  return findings;
}

std::string per_minute(const std::optional<double>& rate) {
  return rate ? output::format_rate(*rate) : "-";
}

std::string seconds(const std::optional<double>& value) {
  return value ? metrics::format_value(*value, Unit::kTime) : "-";
}

void add_views(output::Page& page, const Findings& findings) {
  output::Table table({"headers, per minute", "limit", "remaining", "used", "full in",
                       "refill by the reset", "by the clock"});
  for (const BucketView& view : findings.views) {
    table.add_row({view.name, output::format_whole(view.limit),
                   output::format_whole(view.remaining),
                   metrics::format_value(view.used, Unit::kShare), seconds(view.reset_s),
                   per_minute(view.refill_by_reset), per_minute(view.refill_by_clock)});
  }
  page.add_table(table);
}

void add_probes(output::Page& page, const Findings& findings) {
  output::Table table({"probe", "rate/min", "burst", "429s after", "in", "recovered in",
                       "retry-after", "accepted", "refused"});
  table.may_drop(8);
  table.may_drop(7);
  for (const ProbedBucket& probed : findings.probes) {
    if (!probed.fit) continue;
    const analysis::BucketFit& fit = *probed.fit;
    table.add_row({probed.name, output::format_rate(fit.rate_per_s * 60),
                   output::format_whole(fit.burst), output::format_whole(fit.accepted_first),
                   seconds(fit.first_refusal_s), seconds(fit.recovered_s),
                   seconds(fit.retry_after_s), base::format_count(fit.accepted),
                   base::format_count(fit.refused)});
  }
  if (table.size() > 1) page.add_table(table);
  page.start_section();
  for (const ProbedBucket& probed : findings.probes) {
    if (!probed.fit) page.add_wrapped(fmt::format("{}: {}", probed.name, probed.reason));
  }
}

std::string limits_text(const LimitsFlags& flags, const Findings& findings) {
  output::Page page(summary_options());
  const std::string preset = findings.views.empty() ? "no header tells of a limit"
                             : findings.presets.empty()
                                 ? "these are the limits of no published preset"
                                 : "these are the limits of " + base::join(findings.presets, ", ");
  page.add_wrapped(fmt::format("{}: {}", flags.settings.model, preset));
  if (!findings.views.empty()) add_views(page, findings);
  if (!findings.probes.empty()) add_probes(page, findings);
  page.start_section();
  page.add_wrapped("cost " + metrics::format_value(findings.cost_usd, Unit::kUsd));
  return page.take_text();
}

nlohmann::ordered_json limits_json(const LimitsFlags& flags, const Findings& findings) {
  using Json = nlohmann::ordered_json;
  const auto or_null = [](const auto& value) { return value ? Json(*value) : Json(); };
  Json json = {{"schema", "perigee-limits"}, {"schema_version", 1}};
  json["model"] = flags.settings.model;
  json["presets"] = findings.presets;
  json["headers"] = Json::array();
  for (const BucketView& view : findings.views) {
    json["headers"].push_back({{"bucket", view.name},
                               {"limit_per_min", view.limit},
                               {"remaining", view.remaining},
                               {"used", view.used},
                               {"reset_s", or_null(view.reset_s)},
                               {"refill_by_reset_per_min", or_null(view.refill_by_reset)},
                               {"refill_by_clock_per_min", or_null(view.refill_by_clock)}});
  }
  json["probes"] = Json::array();
  for (const ProbedBucket& probed : findings.probes) {
    Json probe = {{"bucket", probed.name}, {"amount", probed.amount}, {"reason", probed.reason}};
    if (probed.fit) {
      probe["rate_per_min"] = probed.fit->rate_per_s * 60;
      probe["burst"] = probed.fit->burst;
      probe["accepted_first"] = probed.fit->accepted_first;
      probe["first_refusal_s"] = probed.fit->first_refusal_s;
      probe["recovered_s"] = probed.fit->recovered_s;
      probe["retry_after_s"] = or_null(probed.fit->retry_after_s);
      probe["accepted"] = probed.fit->accepted;
      probe["refused"] = probed.fit->refused;
    }
    json["probes"].push_back(std::move(probe));
  }
  json["cost_usd"] = findings.cost_usd;
  return json;
}

base::Result<void> read_times(LimitsFlags& flags) {
  if (auto read = read_duration_flag("--longest", flags.longest, flags.settings.longest); !read) {
    return read;
  }
  return read_duration_flag("--after", flags.after, flags.settings.after);
}

int limits(LimitsFlags& flags) {
  const auto refuse = [](const base::Error& error, int code) {
    fmt::print(stderr, "perigee: limits: {}\n", error.message);
    return code;
  };
  if (auto read = read_times(flags); !read) return refuse(read.error(), output::kExitBadOptions);
  if (flags.budget) flags.run.options["budget"] = *flags.budget;
  fmt::print(stderr, "perigee limits: {}\n",
             flags.probe ? "sends requests until they are refused; what else uses the account will "
                           "be refused meanwhile"
                         : "twenty short requests, and one up to half a minute later");
  LimitProbe probe(flags.run, flags.settings);
  const auto findings = find(flags, probe);
  if (!findings) {
    return refuse(findings.error(),
                  probe.was_interrupted() ? output::kExitInterrupted : output::kExitBadOptions);
  }
  fmt::print("{}", limits_text(flags, *findings));
  if (flags.json_file.empty()) return output::kExitPassed;
  const auto written =
      output::write_file(limits_json(flags, *findings).dump(2) + "\n", flags.json_file);
  if (written) return output::kExitPassed;
  return refuse(written.error(), output::kExitInternalError);
}

}  // namespace

void add_limits_command(CLI::App& app, int& exit_code) {
  const auto flags = std::make_shared<LimitsFlags>();
  CLI::App* command =
      app.add_subcommand("limits", "Show what an account is limited to, and which tier that is");
  command->add_option("--api", flags->settings.api, "anthropic or openai")
      ->check(CLI::IsMember({"anthropic", "openai"}))
      ->capture_default_str();
  command->add_option("--model", flags->settings.model, "Limits are a model's own")
      ->capture_default_str();
  command->add_flag("--probe", flags->probe,
                    "Send requests until they are refused, to find rate and burst by trying");
  command->add_option("--users", flags->settings.users, "With --probe: requests at once")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  command->add_option("--longest", flags->longest, "With --probe: how long until a refusal")
      ->capture_default_str();
  command->add_option("--after", flags->after, "With --probe: how long after it")
      ->capture_default_str();
  command->add_option("--budget", flags->budget, "Most dollars to spend")
      ->check(CLI::PositiveNumber);
  command->add_option("--json", flags->json_file, "Write what was found as JSON");
  add_mock_flags(*command, flags->run);
  command->callback([flags, &exit_code] { exit_code = limits(*flags); });
}

}  // namespace cli
