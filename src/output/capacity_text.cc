#include "output/capacity_text.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/text.h"
#include "metrics/threshold.h"
#include "output/escape.h"
#include "output/figures.h"
#include "output/markdown.h"
#include "output/table.h"

namespace output {
namespace {

using analysis::CapacityPlan;
using metrics::Unit;

constexpr double kHour = 3'600;
constexpr double kDay = 86'400;
constexpr double kMonth = 30 * kDay;

// A spike is no day.
bool is_of_a_day(const analysis::LimitUse& use) { return use.name == "tokens/day"; }

// What text and Markdown have in common: titled lines, then tables.
struct Line {
  std::string title;
  std::string text;
};
struct Grid {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};
struct Document {
  std::string heading;
  std::vector<Line> lines;
  std::vector<Grid> grids;
  std::vector<std::string> notes;
};

std::string time(double seconds) { return metrics::format_value(seconds, Unit::kTime); }
std::string usd(double dollars) { return metrics::format_value(dollars, Unit::kUsd); }
std::string bytes(double count) { return metrics::format_value(count, Unit::kBytes); }
std::string share(double part) { return metrics::format_value(part, Unit::kShare); }

// "2.5/s", "0.05/s"
std::string rate(double calls_per_s) { return fmt::format("{:.4g}/s", calls_per_s); }

std::string heading(const CapacityPlan& plan) {
  const analysis::Workload& workload = plan.question.workload;
  const double input =
      workload.input_tokens + workload.cache_write_tokens + workload.cache_read_tokens;
  std::string text = fmt::format("{}{} calls, each a stream of {}",
                                 workload.model.empty() ? "" : workload.model + ": ",
                                 rate(workload.calls_per_s), time(workload.stream_s));
  if (input + workload.output_tokens > 0) {
    text += fmt::format(", {} tokens in", format_whole(input));
    if (workload.cache_read_tokens > 0) {
      text += fmt::format(" ({} of them cached)", format_whole(workload.cache_read_tokens));
    }
    text += fmt::format(", {} out", format_whole(workload.output_tokens));
  }
  if (workload.requests_per_call > 1) {
    text += fmt::format(", {:.3g} requests a call", workload.requests_per_call);
  }
  return text;
}

Line concurrency_line(const CapacityPlan& plan) {
  const analysis::Workload& workload = plan.question.workload;
  const std::string product =
      fmt::format("{:.4g} streams at once on average ({} × {})", plan.streams,
                  rate(workload.calls_per_s), time(workload.stream_s));
  const std::string provided =
      plan.question.places ? fmt::format("{} are provided", base::format_count(plan.places))
                           : fmt::format("provide {} (headroom × {:g})",
                                         base::format_count(plan.places), plan.question.headroom);
  return {"concurrency", product + "; " + provided};
}

Line limits_line(const CapacityPlan& plan) {
  std::vector<std::string> parts;
  if (plan.question.limits) {
    parts.push_back(plan.binds_first.empty()
                        ? plan.question.limits->name + " limits nothing of this"
                        : fmt::format("of {}, {} binds first, at {} calls",
                                      plan.question.limits->name, plan.binds_first,
                                      rate(plan.highest_rate.value_or(0))));
  }
  if (!plan.question.tiers.empty()) {
    parts.push_back(
        plan.tier_needed.empty()
            ? "no published tier holds it with headroom"
            : fmt::format("the tier that holds it with headroom is {}", plan.tier_needed));
  }
  return {"rate limits", base::join(parts, "; ")};
}

Line memory_line(const analysis::MemoryNeed& need, std::uint64_t places) {
  return {"memory",
          fmt::format("{}: {} = {} + {} × {} a stream ({})", need.use.of, bytes(need.bytes),
                      bytes(need.use.base_bytes), base::format_count(places),
                      bytes(need.use.stream_bytes), need.use.source)};
}

Line queue_line(const CapacityPlan& plan) {
  const std::string depth =
      plan.queue_depth == 0
          ? "none that waits is sure to be answered within {1}, so let none wait"
          : "{0} that wait are answered within {1}, so turn away what would wait behind them";
  return {"queue", fmt::format("{} calls are answered at most; ", rate(plan.answered_per_s)) +
                       fmt::format(fmt::runtime(depth), base::format_count(plan.queue_depth),
                                   time(plan.question.tolerable_wait_s))};
}

Line spike_line(const CapacityPlan& plan) {
  const analysis::Spike& spike = *plan.question.spike;
  const analysis::SpikeOutcome& outcome = *plan.spike;
  const std::string what =
      fmt::format("{} for {}: ", rate(spike.calls_per_s), time(spike.duration_s));
  if (outcome.longest_queue == 0) return {"spike", what + "nobody waits"};
  const std::string drained =
      outcome.drain_s ? fmt::format("gone {} after its end", time(*outcome.drain_s))
                      : std::string("never gone: what is answered is no more than what arrives");
  const std::string wanted =
      fmt::format("for nobody to wait: {} streams{}", base::format_count(plan.spike_places),
                  plan.question.tiers.empty() ? ""
                  : plan.spike_tier.empty()   ? ", and more than any published tier"
                                              : ", and the tier " + plan.spike_tier);
  return {"spike", what + fmt::format("the queue grows to {} calls, the last of them waits {}; it "
                                      "is {}; {}",
                                      format_whole(outcome.longest_queue),
                                      time(outcome.worst_wait_s), drained, wanted)};
}

Line cost_line(const CapacityPlan& plan) {
  const double per_s = *plan.cost_of_call * plan.question.workload.calls_per_s;
  std::string text = fmt::format("{} a call; at {}, {} an hour, {} a day, {} a month of 30 days",
                                 usd(*plan.cost_of_call), rate(plan.question.workload.calls_per_s),
                                 usd(per_s * kHour), usd(per_s * kDay), usd(per_s * kMonth));
  if (plan.spike_cost) {
    text += fmt::format("; a spike of {} calls {}", format_whole(plan.spike_calls),
                        usd(*plan.spike_cost));
  }
  return {"cost", std::move(text)};
}

Grid limit_grid(const CapacityPlan& plan) {
  const bool limited = plan.question.limits.has_value();
  Grid grid{{"limit", "needed", "with headroom"}, {}};
  if (plan.spike) grid.header.emplace_back("in the spike");
  if (limited) {
    grid.header.push_back(plan.question.limits->name);
    grid.header.emplace_back("used");
  }
  for (std::size_t i = 0; i < plan.uses.size(); ++i) {
    const analysis::LimitUse& use = plan.uses[i];
    const bool is_streams = i + 1 == plan.uses.size();
    if (is_streams && use.limit <= 0) continue;  // The first line has it.
    std::vector<std::string> row = {use.name, fmt::format("{}", format_whole(use.need)),
                                    format_whole(use.need * plan.question.headroom)};
    if (plan.spike) row.push_back(is_of_a_day(use) ? "-" : format_whole(plan.spike_uses[i].need));
    if (limited) {
      row.push_back(use.limit > 0 ? format_whole(use.limit) : "-");
      row.push_back(use.limit > 0 ? share(use.share()) : "-");
    }
    grid.rows.push_back(std::move(row));
  }
  return grid;
}

Grid tier_grid(const CapacityPlan& plan) {
  Grid grid{{"tier", "holds up to", "binds first", "holds it with headroom"}, {}};
  for (const analysis::TierUse& tier : plan.tiers) {
    grid.rows.push_back(
        {tier.limits.name, rate(tier.highest_rate), tier.tightest, tier.holds ? "yes" : "no"});
  }
  return grid;
}

Grid savings_grid(const CapacityPlan& plan) {
  Grid grid{{"instead", "a call", "a month", "saved"}, {}};
  for (const analysis::Alternative& other : plan.alternatives) {
    const double saved = 1 - other.cost_of_call / *plan.cost_of_call;
    grid.rows.push_back({other.name, usd(other.cost_of_call),
                         usd(other.cost_of_call * plan.question.workload.calls_per_s * kMonth),
                         share(saved)});
  }
  return grid;
}

Document describe(const CapacityPlan& plan) {
  Document document{.heading = heading(plan), .lines = {}, .grids = {}, .notes = {}};
  for (const auto& other : plan.alternatives) {
    document.notes.push_back(other.name + ": " + other.consequence);
  }
  document.notes.insert(document.notes.end(), plan.notes.begin(), plan.notes.end());
  document.lines.push_back(concurrency_line(plan));
  if (plan.question.limits || !plan.tiers.empty()) document.lines.push_back(limits_line(plan));
  for (const auto& need : plan.memory) document.lines.push_back(memory_line(need, plan.places));
  document.lines.push_back(queue_line(plan));
  if (plan.spike) document.lines.push_back(spike_line(plan));
  if (plan.cost_of_call) document.lines.push_back(cost_line(plan));
  document.grids.push_back(limit_grid(plan));
  if (!plan.tiers.empty()) document.grids.push_back(tier_grid(plan));
  if (plan.cost_of_call && *plan.cost_of_call > 0) document.grids.push_back(savings_grid(plan));
  return document;
}

}  // namespace

std::string capacity_text(const CapacityPlan& plan, const SummaryOptions& options) {
  const Document document = describe(plan);
  Page page(options);
  page.start_section();
  page.add_wrapped(document.heading);
  page.start_section();
  for (const Line& line : document.lines) page.add_titled(line.title, line.text);
  for (const Grid& grid : document.grids) {
    Table table(grid.header);
    for (const auto& row : grid.rows) table.add_row(row);
    page.add_table(table);
  }
  page.start_section();
  for (const std::string& note : document.notes) page.add_wrapped("· " + note);
  return page.take_text();
}

std::string capacity_markdown(const CapacityPlan& plan) {
  const Document document = describe(plan);
  std::string text = "## Capacity plan\n\n" + markdown_escaped(document.heading) + "\n\n";
  for (const Line& line : document.lines) {
    text += fmt::format("- **{}**: {}\n", line.title, markdown_escaped(line.text));
  }
  for (const std::string& note : document.notes) text += "- " + markdown_escaped(note) + "\n";
  for (const Grid& grid : document.grids) {
    std::vector<std::vector<std::string>> rows = {grid.header};
    rows.insert(rows.end(), grid.rows.begin(), grid.rows.end());
    for (auto& row : rows) {
      for (std::string& cell : row) cell = markdown_escaped(cell);
    }
    text += "\n" + markdown_table(rows);
  }
  return text;
}

nlohmann::ordered_json capacity_json(const CapacityPlan& plan) {
  using Json = nlohmann::ordered_json;
  const analysis::Workload& workload = plan.question.workload;
  const auto or_null = [](const auto& value) { return value ? Json(*value) : Json(); };
  Json json = {{"schema", "perigee-plan"}, {"schema_version", 1}};
  json["workload"] = {{"model", workload.model},
                      {"calls_per_s", workload.calls_per_s},
                      {"stream_s", workload.stream_s},
                      {"input_tokens", workload.input_tokens},
                      {"cache_write_tokens", workload.cache_write_tokens},
                      {"cache_read_tokens", workload.cache_read_tokens},
                      {"output_tokens", workload.output_tokens},
                      {"requests_per_call", workload.requests_per_call}};
  json["headroom"] = plan.question.headroom;
  json["concurrency"] = {{"streams", plan.streams}, {"places", plan.places}};
  json["limits"] = Json::array();
  for (std::size_t i = 0; i < plan.uses.size(); ++i) {
    const analysis::LimitUse& use = plan.uses[i];
    const bool has_spike = plan.spike && !is_of_a_day(use);
    json["limits"].push_back({{"name", use.name},
                              {"need", use.need},
                              {"need_in_spike", has_spike ? Json(plan.spike_uses[i].need) : Json()},
                              {"limit", use.limit > 0 ? Json(use.limit) : Json()},
                              {"used", use.limit > 0 ? Json(use.share()) : Json()}});
  }
  json["binds_first"] = plan.binds_first.empty() ? Json() : Json(plan.binds_first);
  json["highest_calls_per_s"] = or_null(plan.highest_rate);
  json["tier_needed"] = plan.tier_needed.empty() ? Json() : Json(plan.tier_needed);
  json["tiers"] = Json::array();
  for (const auto& tier : plan.tiers) {
    json["tiers"].push_back({{"name", tier.limits.name},
                             {"highest_calls_per_s", tier.highest_rate},
                             {"binds_first", tier.tightest},
                             {"holds", tier.holds}});
  }
  json["memory"] = Json::array();
  for (const auto& need : plan.memory) {
    json["memory"].push_back({{"of", need.use.of},
                              {"base_bytes", need.use.base_bytes},
                              {"stream_bytes", need.use.stream_bytes},
                              {"bytes", need.bytes},
                              {"source", need.use.source}});
  }
  json["queue"] = {{"answered_per_s", plan.answered_per_s},
                   {"tolerable_wait_s", plan.question.tolerable_wait_s},
                   {"depth", plan.queue_depth}};
  json["spike"] = nullptr;
  if (plan.spike) {
    json["spike"] = {
        {"calls_per_s", plan.question.spike->calls_per_s},
        {"duration_s", plan.question.spike->duration_s},
        {"calls", plan.spike_calls},
        {"cost_usd", or_null(plan.spike_cost)},
        {"longest_queue", plan.spike->longest_queue},
        {"worst_wait_s", plan.spike->worst_wait_s},
        {"drain_s", or_null(plan.spike->drain_s)},
        {"places_without_wait", plan.spike_places},
        {"tier_without_wait", plan.spike_tier.empty() ? Json() : Json(plan.spike_tier)}};
  }
  json["cost_of_call_usd"] = or_null(plan.cost_of_call);
  json["alternatives"] = Json::array();
  for (const auto& other : plan.alternatives) {
    json["alternatives"].push_back({{"name", other.name},
                                    {"cost_of_call_usd", other.cost_of_call},
                                    {"consequence", other.consequence}});
  }
  json["notes"] = plan.notes;
  return json;
}

}  // namespace output
