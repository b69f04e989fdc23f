#include "analysis/comparison.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "analysis/runs_of_figures.h"
#include "base/random.h"

using analysis::compare;
using analysis::Comparison;
using analysis::Outcome;
using tests::figure_of;
using tests::FiguresRun;

namespace {

using Values = std::vector<double>;

std::vector<FiguresRun> runs_of_time(const Values& values) {
  std::vector<FiguresRun> runs(values.size());
  for (std::size_t i = 0; i < runs.size(); ++i) runs[i].add_time("llm_ttft", values[i]);
  return runs;
}

Comparison compare_runs(const std::vector<FiguresRun>& base, const std::vector<FiguresRun>& next,
                        const analysis::ComparisonOptions& options = {}) {
  return compare(tests::read_all(base, "base"), tests::read_all(next, "new"), options);
}

Outcome outcome_of_rates(std::uint64_t base, std::uint64_t next) {
  std::vector<FiguresRun> before(3);
  std::vector<FiguresRun> after(3);
  for (FiguresRun& run : before) run.add_rate("llm_request_failed", base, 1000);
  for (FiguresRun& run : after) run.add_rate("llm_request_failed", next, 1000);
  return figure_of(compare_runs(before, after), "llm_request_failed rate").outcome;
}

// One run of 60 s, 20 values a second about `seconds`, which wander from second to second.
FiguresRun wandering_run(double seconds, std::uint64_t seed) {
  base::RandomStream random(seed);
  std::vector<metrics::Histogram> course(60);
  double drift = 0;
  for (metrics::Histogram& second : course) {
    drift = 0.5 * drift + 0.05 * random.normal();
    for (int i = 0; i < 20; ++i) {
      second.record(seconds * std::exp(drift + 0.2 * random.normal()));
    }
  }
  FiguresRun run;
  run.add_course("llm_ttft", course);
  return run;
}

}  // namespace

TEST_CASE("runs whose spread leaves out no change are worse or better") {
  const Values base = {0.400, 0.408, 0.396, 0.404, 0.392};
  const Comparison slower =
      compare_runs(runs_of_time(base), runs_of_time({0.44, 0.45, 0.436, 0.444}));
  const auto& median = figure_of(slower, "llm_ttft med");
  CHECK(slower.basis == analysis::Basis::kRuns);
  CHECK(median.outcome == Outcome::kWorse);
  CHECK(median.change_of(median.change->difference.estimate) == Approx(0.106).margin(0.01));
  REQUIRE(median.effect);
  CHECK(*median.effect > 3);
  const Comparison faster = compare_runs(runs_of_time({0.44, 0.45, 0.436}), runs_of_time(base));
  CHECK(figure_of(faster, "llm_ttft p(95)").outcome == Outcome::kBetter);
  const Comparison same = compare_runs(runs_of_time(base), runs_of_time({0.41, 0.396, 0.402}));
  CHECK(figure_of(same, "llm_ttft med").outcome == Outcome::kNoEvidence);
}

TEST_CASE("one run against several is taken to be as noisy as they are") {
  const std::vector<FiguresRun> base = runs_of_time({0.400, 0.408, 0.396, 0.404, 0.392});
  const Comparison near = compare_runs(base, runs_of_time({0.41}));
  CHECK(near.basis == analysis::Basis::kRuns);
  CHECK(figure_of(near, "llm_ttft med").outcome == Outcome::kNoEvidence);
  CHECK(figure_of(near, "llm_ttft med").change->difference.degrees == 4);
  CHECK(figure_of(compare_runs(base, runs_of_time({0.5})), "llm_ttft med").outcome ==
        Outcome::kWorse);
}

TEST_CASE("throughput is worse when it falls, and of tokens in nobody can say") {
  std::vector<FiguresRun> base(3);
  std::vector<FiguresRun> next(3);
  for (std::size_t i = 0; i < 3; ++i) {
    const double noise = static_cast<double>(i);
    base[i].add_counter("llm_requests", 1000 + noise);
    base[i].add_counter("llm_input_tokens", 5000 + noise, "tokens");
    next[i].add_counter("llm_requests", 900 + noise);
    next[i].add_counter("llm_input_tokens", 9000 + noise, "tokens");
  }
  const Comparison comparison = compare_runs(base, next);
  CHECK(figure_of(comparison, "llm_requests rate").outcome == Outcome::kWorse);
  CHECK(figure_of(comparison, "llm_requests rate").base.front().value == Approx(10));
  CHECK(figure_of(comparison, "llm_input_tokens per request").outcome == Outcome::kChanged);
  CHECK(figure_of(comparison, "llm_input_tokens per request").base_value ==
        Approx(5.0).epsilon(0.001));
}

TEST_CASE("shares are told apart by their own noise, also where runs agree to the last request") {
  CHECK(outcome_of_rates(0, 0) == Outcome::kNoEvidence);
  CHECK(outcome_of_rates(0, 1) == Outcome::kNoEvidence);
  CHECK(outcome_of_rates(10, 12) == Outcome::kNoEvidence);
  CHECK(outcome_of_rates(0, 50) == Outcome::kWorse);
  CHECK(outcome_of_rates(50, 0) == Outcome::kBetter);
}

TEST_CASE("counts that may be 0 are compared as they are") {
  const auto stalls = [](const Values& counts) {
    std::vector<FiguresRun> runs(counts.size());
    for (std::size_t i = 0; i < runs.size(); ++i) runs[i].add_counter("llm_stalls", counts[i]);
    return runs;
  };
  const Comparison none = compare_runs(stalls({0, 0, 0}), stalls({1, 1, 1}));
  CHECK(figure_of(none, "llm_stalls count").scale == analysis::Scale::kPlain);
  CHECK(figure_of(none, "llm_stalls count").outcome == Outcome::kNoEvidence);
  const Comparison many = compare_runs(stalls({0, 1, 0}), stalls({40, 35, 44}));
  CHECK(figure_of(many, "llm_stalls count").outcome == Outcome::kWorse);
}

TEST_CASE("single runs are compared by their course") {
  const Comparison same = compare_runs({wandering_run(0.4, 1)}, {wandering_run(0.4, 2)});
  CHECK(same.basis == analysis::Basis::kWithinOneRun);
  CHECK(figure_of(same, "llm_ttft med").outcome == Outcome::kNoEvidence);
  CHECK(figure_of(same, "llm_ttft med").block_length >= 4);
  CHECK_FALSE(figure_of(same, "llm_ttft med").effect);
  const Comparison slower = compare_runs({wandering_run(0.4, 1)}, {wandering_run(0.52, 3)});
  CHECK(figure_of(slower, "llm_ttft med").outcome == Outcome::kWorse);
  CHECK(figure_of(slower, "llm_ttft p(95)").outcome == Outcome::kWorse);
}

TEST_CASE("what a single run says nothing of is said so") {
  FiguresRun old;
  old.add_time("llm_ttft", 0.4);
  old.document["schema_version"] = 1;
  const Comparison comparison = compare_runs({old}, {wandering_run(0.4, 1)});
  const auto& median = figure_of(comparison, "llm_ttft med");
  CHECK(median.outcome == Outcome::kNotComparable);
  CHECK_THAT(median.reason,
             Catch::Contains("base1.json: a file of schema version 1 does not have"));
  FiguresRun brief;
  metrics::Histogram second;
  second.record(0.4, 200);
  brief.add_course("llm_ttft", std::vector<metrics::Histogram>(9, second));
  CHECK_THAT(figure_of(compare_runs({brief}, {brief}), "llm_ttft med").reason,
             Catch::Contains("too short"));
}

TEST_CASE("too few samples are no ground for a verdict") {
  metrics::Histogram few;
  few.record(0.4, 100);
  std::vector<FiguresRun> runs(3);
  for (FiguresRun& run : runs) run.add_trend("llm_ttft", few);
  const Comparison comparison = compare_runs(runs, runs);
  CHECK(figure_of(comparison, "llm_ttft med").outcome == Outcome::kNoEvidence);
  CHECK(figure_of(comparison, "llm_ttft p(95)").outcome == Outcome::kNotComparable);
  CHECK_THAT(figure_of(comparison, "llm_ttft p(95)").reason,
             Catch::Contains("too few samples: it wants 130, and a run has 100"));
}

TEST_CASE("what is known only from below decides nothing but what it cannot undo") {
  const auto with_unfinished = [](double seconds) {
    std::vector<FiguresRun> runs(3);
    for (std::size_t i = 0; i < runs.size(); ++i) {
      metrics::Histogram values;
      metrics::Histogram bounds;
      values.record(seconds * (1 + 0.01 * static_cast<double>(i)), 900);
      bounds.record(seconds * 2, 100);
      runs[i].add_trend("llm_ttft", values, bounds);
    }
    return runs;
  };
  const auto finished = runs_of_time({0.4, 0.404, 0.408});
  // A new p95 of at least twice the base's is worse, whatever became of its unfinished requests.
  CHECK(figure_of(compare_runs(finished, with_unfinished(0.4)), "llm_ttft p(95)").outcome ==
        Outcome::kWorse);
  // Less than what the base is at least is better; more than that may still be less than the base.
  CHECK(figure_of(compare_runs(with_unfinished(0.4), finished), "llm_ttft p(95)").outcome ==
        Outcome::kBetter);
  const Comparison open_base = compare_runs(with_unfinished(0.4), runs_of_time({1.6, 1.61, 1.62}));
  const auto& hidden = figure_of(open_base, "llm_ttft p(95)");
  CHECK(hidden.outcome == Outcome::kNotComparable);
  CHECK_THAT(hidden.reason, Catch::Contains("unfinished"));
}

TEST_CASE("runs of different load, model or script are not compared unless that is asked for") {
  auto base = runs_of_time({0.4, 0.404, 0.408});
  auto next = runs_of_time({0.4, 0.404, 0.408});
  for (FiguresRun& run : next) run.document["options"]["scenarios"]["default"]["vus"] = 8;
  const Comparison differs = compare_runs(base, next);
  REQUIRE(differs.obstacles.size() == 1);
  CHECK(
      differs.obstacles.front() ==
      "load: scenarios.default.vus is 4 in base1.json and 8 in new1.json; with --across load they "
      "are compared all the same");
  CHECK(figure_of(differs, "llm_ttft med").outcome == Outcome::kNotComparable);
  CHECK(figure_of(differs, "llm_ttft med").base_value == Approx(0.404).epsilon(0.01));
  const Comparison across =
      compare_runs(base, next, {.wanted = {}, .across = {analysis::Trait::kLoad}});
  CHECK(across.obstacles.empty());
  CHECK(figure_of(across, "llm_ttft med").outcome == Outcome::kNoEvidence);
  CHECK_THAT(across.cautions.front(), Catch::Contains("load: scenarios.default.vus is 4"));

  next = base;
  next[1].document["run"]["script"] = "elsewhere/chat.lua";
  CHECK(compare_runs(base, next).obstacles.empty());
  next[1].document["run"]["script"] = "search.lua";
  CHECK_THAT(compare_runs(base, next).obstacles.front(),
             Catch::StartsWith("script: chat.lua in base1.json and search.lua in new2.json"));
  next = base;
  next[2].document["run"]["end"] = "interrupted";
  CHECK(compare_runs(base, next).obstacles.front() ==
        "new3.json did not come to its end (interrupted)");
}

TEST_CASE("other machines and clients that were held up are a caution") {
  auto base = runs_of_time({0.4, 0.404});
  auto next = base;
  next[0].document["host"]["cpus"] = 4;
  next[1].document["client"]["findings"] = nlohmann::json::array({{{"cause", "cpu"}}});
  const Comparison comparison = compare_runs(base, next);
  REQUIRE(comparison.cautions.size() == 2);
  CHECK(comparison.cautions[0] == "CPUs: 2 in base1.json and 4 in new1.json");
  CHECK(comparison.cautions[1] ==
        "the client of new2.json was held up (cpu): see perigee report new2.json");
}
